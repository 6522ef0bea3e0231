import { Described, isList, readAmqp10Value, skipAmqp10Value, type Value, ValueMap } from "@polymq/message"

/** A value as plain JavaScript, for comparisons: maps as objects, 64-bit integers as bigint. */
export function plain({ value }: Value): unknown {
  if (value instanceof ValueMap) {
    return Object.fromEntries(value.entries.map(([key, entry]) => [String(key.value), plain(entry)]))
  }
  return isList(value) ? value.map(plain) : value
}

/** Plain JavaScript as a value: numbers as uint, bigint as long, arrays as lists, objects as maps with strings as keys. */
export function tagged(value: unknown): Value {
  if (value === null || value === undefined) return { type: "null", value: null }
  if (typeof value === "string" || typeof value === "boolean") return { type: typeof value, value }
  if (typeof value === "number") return { type: "uint", value }
  if (typeof value === "bigint") return { type: "long", value }
  if (value instanceof Uint8Array) return { type: "binary", value }
  if (Array.isArray(value)) return { type: "list", value: value.map(tagged) }
  return {
    type: "map",
    value: new ValueMap(Object.entries(value).map(([key, entry]) => [{ type: "string", value: key }, tagged(entry)])),
  }
}

/** The sections of a message by their descriptors' numbers, as plain JavaScript. */
export function plainSections(bytes: Uint8Array): ReadonlyMap<number, unknown> {
  const sections = new Map<number, unknown>()
  for (let at = 0; at < bytes.length; ) {
    const next = skipAmqp10Value(bytes, at, bytes.length)
    const { value: section } = readAmqp10Value(bytes, at, next)
    if (!(section instanceof Described)) throw new Error("a section expected")
    sections.set(Number(section.descriptor.value), plain(section.value))
    at = next
  }
  return sections
}
