import type { Accepted } from "./accepted.ts"
import { CONFIGURATION } from "./schema.ts"

/** One thing that can be set. */
export interface Setting extends Accepted<unknown> {
  /** Keys from the top of the configuration. */
  readonly path: readonly string[]
  /** Its environment variable: `POLYMQ_LISTENERS_AMQP_PORT`. */
  readonly variable: string
}

/** A section of the configuration, as the schema describes it. */
export interface Section {
  readonly [key: string]: Section | Accepted<unknown>
}

/** Every setting, in the order of the schema. */
export function listSettings(): readonly Setting[] {
  return settingsOf(CONFIGURATION, [])
}

/** Whether this is a setting, and not a section. */
export function isAccepted(node: Section | Accepted<unknown>): node is Accepted<unknown> {
  return typeof node["accepts"] === "function"
}

function settingsOf(section: Section, above: readonly string[]): readonly Setting[] {
  return Object.entries(section).flatMap(([key, node]) => {
    const path = [...above, key]
    if (!isAccepted(node)) return settingsOf(node, path)
    return [{ ...node, path, variable: `POLYMQ_${path.map(upperSnake).join("_")}` }]
  })
}

function upperSnake(key: string): string {
  return key.replace(/[A-Z]/g, "_$&").toUpperCase()
}
