import { z } from "zod"
import { configurationSchema } from "./schema.ts"

/** One thing that can be set. */
export interface Setting {
  /** Keys from the top of the configuration. */
  readonly path: readonly string[]
  /** Its environment variable: `POLYMQ_LISTENERS_AMQP_PORT`. */
  readonly variable: string
  /** What a value must be, in words: "a whole number from 0 to 65535, or off". */
  readonly expects: string
  readonly isNumeric: boolean
  readonly default: string | number | undefined
  readonly description: string
}

type JsonSchema = z.core.JSONSchema.JSONSchema

/** Every setting, in the order of the schema. */
export function listSettings(): readonly Setting[] {
  return settingsBelow(z.toJSONSchema(configurationSchema, { io: "input" }) as JsonSchema, [])
}

function settingsBelow(schema: JsonSchema, path: readonly string[]): readonly Setting[] {
  if (schema.properties === undefined) return [settingOf(schema, path)]
  return Object.entries(schema.properties).flatMap(([key, child]) => settingsBelow(child as JsonSchema, [...path, key]))
}

function settingOf(schema: JsonSchema, path: readonly string[]): Setting {
  const choices = (schema.anyOf ?? [schema]) as readonly JsonSchema[]
  return {
    path,
    variable: `POLYMQ_${path.map(upperSnake).join("_")}`,
    expects: choices.map(inWords).join(", or "),
    isNumeric: choices.some((choice) => choice.type === "integer"),
    default: schema.default as string | number | undefined,
    description: schema.description ?? "",
  }
}

function inWords(schema: JsonSchema): string {
  if (schema.const !== undefined) return String(schema.const)
  if (schema.enum !== undefined)
    return schema.enum.length === 1 ? String(schema.enum[0]) : `one of ${schema.enum.join(", ")}`
  if (schema.type === "integer") return `a whole number from ${schema.minimum} to ${schema.maximum}`
  return "a text"
}

function upperSnake(key: string): string {
  return key.replace(/[A-Z]/g, "_$&").toUpperCase()
}
