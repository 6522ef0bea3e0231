import { type ByteWriter, decodeUtf8 } from "@polymq/wire"
import { type Datum, Described, isList, type Value, ValueMap } from "../value.ts"
import { readEntries } from "./read.ts"
import { skipEntries } from "./values.ts"
import { writeTable } from "./write.ts"

/**
 * An argument of a declaration, binding or consumer as plain JavaScript, whatever protocol brought it: integers and
 * timestamps (seconds) are numbers where that is exact and bigint where not, text is a string unless it is not UTF-8,
 * decimals are text. Numbers are compared by value, whatever their wire type.
 */
export type Argument =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Argument[]
  | ReadonlyMap<string, Argument>

/**
 * Reads the entries of a table, without its length, that lie in `bytes[start, end)`: arguments of declarations, client
 * properties. Of entries with one key the first counts. Raises `DecodeError`.
 */
export function readArguments(bytes: Uint8Array, start: number, end: number): ReadonlyMap<string, Argument> {
  skipEntries(bytes, start, end, 1)
  return plainMap(readEntries(bytes, start, end))
}

/**
 * Writes a table with its length: integers as `I` or `l`, other numbers as `d`. Raises `RangeError` for keys above 255
 * bytes and integers outside 64 signed bits.
 */
export function writeArguments(writer: ByteWriter, values: ReadonlyMap<string, Argument>): void {
  writeTable(writer, taggedMap(values))
}

function plainMap(table: ValueMap): ReadonlyMap<string, Argument> {
  const plain = new Map<string, Argument>()
  for (const [key, value] of table.entries) {
    const name = key.value instanceof Uint8Array ? decodeUtf8(key.value) : String(key.value)
    if (!plain.has(name)) plain.set(name, plainValue(value.value))
  }
  return plain
}

function plainValue(value: Datum): Argument {
  if (value instanceof ValueMap) return plainMap(value)
  if (typeof value === "bigint") return isSafe(value) ? Number(value) : value
  if (isList(value)) return value.map((element) => plainValue(element.value))
  return value instanceof Described ? plainValue(value.value.value) : value
}

function isSafe(value: bigint): boolean {
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER)
}

function taggedMap(values: ReadonlyMap<string, Argument>): ValueMap {
  return new ValueMap(Array.from(values, ([key, value]) => [{ type: "shortstr", value: key }, tagged(value)]))
}

function tagged(value: Argument): Value {
  if (value === null) return { type: "void", value }
  if (typeof value === "boolean") return { type: "bool", value }
  if (typeof value === "string") return { type: "longstr", value }
  if (typeof value === "bigint") return { type: "long", value }
  if (typeof value === "number") return { type: numberType(value), value }
  if (value instanceof Uint8Array) return { type: "binary", value }
  if (value instanceof Map) return { type: "table", value: taggedMap(value) }
  return { type: "array", value: (value as readonly Argument[]).map(tagged) }
}

function numberType(value: number): "signedint" | "long" | "double" {
  if (!Number.isSafeInteger(value)) return "double"
  return value === (value | 0) ? "signedint" : "long"
}
