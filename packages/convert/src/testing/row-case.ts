import { type Datum, decode, type FormatName, type Message, type Published, type Value } from "@polymq/message"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import type { Finding, FindingOutcome } from "../finding.ts"
import type { Profile } from "../profile.ts"

/** A message, one of its fields, and what a row must make of it; every expected value is written by hand. */
export interface RowCase {
  readonly row: string
  /** A sentence in the present: what happens. */
  readonly does: string
  readonly published: Published
  readonly field: string
  readonly outcome: FindingOutcome
  readonly reason?: string
  /** Field and value in the target; absent where the value is not there. */
  readonly after?: readonly [field: string, value: Value]
}

/** What explanation and conversion say about a case, in a form that can be compared with it. */
export interface RowResult {
  readonly found: readonly Pick<Finding, "row" | "outcome" | "reason" | "after">[]
  /** The target's value of `after.field`, read from the converted message. */
  readonly written: Value | undefined
}

/** Explains and converts the message of a case. */
export function resultOf(
  { published, field, after }: RowCase,
  target: FormatName,
  profile: Profile = "documented",
): RowResult {
  const options = { profile, names: { mqttExchange: "amq.topic" } }
  const found = explainPublished(published, target, options)
    .filter((finding) => finding.field === field)
    .map(({ row, outcome, reason, after }) => ({
      row,
      outcome,
      reason,
      after: after && { field: after.field, value: plain(after.value) },
    }))
  const converted = createConverters(options).convert(published.message, target)
  return { found, written: fieldsOf(converted).find(([name]) => name === after?.[0])?.[1] }
}

/** What a case expects, in the form of `resultOf`. */
export function expectedOf({ row, outcome, reason = "", after }: RowCase): RowResult {
  const target = after === undefined ? undefined : { field: after[0], value: after[1] }
  return { found: [{ row, outcome, reason, after: target }], written: after?.[1] }
}

/** Every field of a message, entries as `field[key]`. */
export function fieldsOf(message: Message): readonly (readonly [field: string, value: Value])[] {
  return decode(message).fields.map(({ field, key, value }) => [
    key === undefined ? field : `${field.replace(".*", "")}[${keyText(key.value)}]`,
    plain(value),
  ])
}

/** A key as explanations print it. */
function keyText(key: Datum): string {
  return key instanceof Uint8Array ? `0x${Buffer.from(key).toString("hex")}` : String(key)
}

/** Octets as a plain array, whatever memory they were read from. */
function plain(value: Value): Value {
  return value.value instanceof Uint8Array ? { type: value.type, value: Uint8Array.from(value.value) } : value
}
