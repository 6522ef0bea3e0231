import { type DecodedField, Described, decode, isList, type Value, ValueMap } from "@polymq/message"
import type { Wire } from "./rabbitmq-deliveries.ts"
import { type Delivery, readDelivery } from "./wire-delivery.ts"

/** How alike two deliveries are: to the byte, in every decoded value, or not. */
export type Likeness = "bytes" | "values" | "different"

/**
 * Compares what was delivered with what was recorded. Values are compared in order, but for what has none: the headers of
 * AMQP 0.9.1 and, among each other, the different properties of MQTT (MQTT 5.0 section 2.2.2.2). Of fields in `varies`
 * only the presence is compared.
 */
export function likeness(wire: Wire, ours: Delivery, theirs: Delivery, varies: readonly string[]): Likeness {
  if (isEqual(ours.octets, theirs.octets) && isEqual(ours.body, theirs.body)) return "bytes"
  return textOf(wire, ours, varies) === textOf(wire, theirs, varies) ? "values" : "different"
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return Buffer.compare(left, right) === 0
}

function textOf(wire: Wire, delivery: Delivery, varies: readonly string[]): string {
  try {
    const { message, hop } = readDelivery(wire, delivery)
    const fields = decode(message).fields.map((field) => lineOf(field, varies))
    if (wire !== "amqp10") fields.sort(wire === "amqp091" ? undefined : byName)
    return [...hop.map(({ field, value }) => `${field} ${textOfValue(value)}`), ...fields].join("\n")
  } catch (cause) {
    return `unreadable: ${String(cause)} ${Buffer.from(delivery.octets).toString("hex")}`
  }
}

function lineOf({ field, key, value }: DecodedField, varies: readonly string[]): string {
  const shown = varies.some((name) => field === `properties.${name}`) ? "varies" : textOfValue(value)
  return `${field} ${key === undefined ? "" : textOfValue(key)} ${shown}`
}

/** By the name of the field only: equal names keep their order. */
function byName(left: string, right: string): number {
  const [one = ""] = left.split(" ")
  const [other = ""] = right.split(" ")
  return one < other ? -1 : one > other ? 1 : 0
}

function textOfValue({ type, value }: Value): string {
  if (value instanceof Uint8Array) return `${type} 0x${Buffer.from(value).toString("hex")}`
  if (isList(value)) return `${type} [${value.map(textOfValue).join()}]`
  if (value instanceof ValueMap) return `${type} {${value.entries.flat().map(textOfValue).join()}}`
  if (value instanceof Described) return `${type} ${textOfValue(value.descriptor)} ${textOfValue(value.value)}`
  return `${type} ${Object.is(value, -0) ? "-0" : JSON.stringify(String(value))}`
}
