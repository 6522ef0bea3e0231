import type { Arguments } from "@polymq/broker"
import { type Value, ValueMap } from "@polymq/message"
import { argumentsOf } from "./arguments.ts"
import { Refusal } from "./refusal.ts"

/** What a field of each kind is once it is read. */
interface Kinds {
  readonly boolean: boolean
  readonly string: string
  readonly arguments: Arguments
}

/** The fields that a request's body may have. */
type Layout = Readonly<Record<string, keyof Kinds>>

type Fields<Of extends Layout> = { readonly [Name in keyof Of]?: Kinds[Of[Name]] }

/** Properties of a queue. */
export const QUEUE_FIELDS = {
  durable: "boolean",
  exclusive: "boolean",
  auto_delete: "boolean",
  arguments: "arguments",
} as const satisfies Layout

/** Properties of an exchange. */
export const EXCHANGE_FIELDS = {
  durable: "boolean",
  auto_delete: "boolean",
  type: "string",
  internal: "boolean",
  arguments: "arguments",
} as const satisfies Layout

/** Fields of a binding. */
export const BINDING_FIELDS = {
  source: "string",
  destination_queue: "string",
  destination_exchange: "string",
  binding_key: "string",
  arguments: "arguments",
} as const satisfies Layout

/**
 * Reads the fields of a body; `thing` names them in the error. Raises `Refusal` 400 for a field that the layout does not
 * have, or of another kind.
 */
export function readFields<Of extends Layout>(body: Value, layout: Of, thing: string): Fields<Of> {
  const fields: Record<string, unknown> = {}
  const entries = body.value instanceof ValueMap ? body.value.entries : []
  for (const [{ value: name }, value] of entries) {
    const kind = typeof name === "string" && Object.hasOwn(layout, name) ? layout[name] : undefined
    if (kind === undefined) throw new Refusal(400, `bad ${thing} '${String(name)}'`)
    fields[String(name)] = readField(value, kind, `${thing} '${String(name)}'`)
  }
  return fields as Fields<Of>
}

function readField(value: Value, kind: keyof Kinds, thing: string): Kinds[keyof Kinds] {
  if (kind === "arguments") return argumentsOf(value)
  if (value.type === kind && (typeof value.value === "boolean" || typeof value.value === "string")) return value.value
  throw new Refusal(400, `bad ${thing}: a ${kind} expected, not a ${value.type}`)
}
