import { DecodeError, readUint32 } from "@polymq/wire"
import { TYPES, type TypeName } from "./catalogue.ts"

/** Deepest nesting of tables and arrays in each other; a headers table or an arguments table is the first level. */
export const MAX_DEPTH = 64

/** A value whose length stands before it in one byte. */
export const SHORT_LENGTH = -1
/** A value whose length stands before it in four bytes. */
const LONG_LENGTH = -2

/** How wide the value of each type is, in bytes, or where its length stands (AMQP 0.9.1 section 4.2.5). */
const WIDTHS: Readonly<Record<TypeName, number>> = {
  shortstr: SHORT_LENGTH,
  octet: 1,
  payload: LONG_LENGTH,
  longstr: LONG_LENGTH,
  bool: 1,
  byte: 1,
  unsignedbyte: 1,
  short: 2,
  unsignedshort: 2,
  signedint: 4,
  unsignedint: 4,
  long: 8,
  float: 4,
  double: 8,
  decimal: 5,
  timestamp: 8,
  array: LONG_LENGTH,
  table: LONG_LENGTH,
  void: 0,
  binary: LONG_LENGTH,
}

/** Width by number of the type in `TYPES`: bytes, `SHORT_LENGTH` or `LONG_LENGTH`. */
export const WIDTH: Int8Array = Int8Array.from(TYPES, (type) => WIDTHS[type.name])

/** Letter by number of the type; 0 for types that no table holds. */
export const TAG: Uint8Array = Uint8Array.from(TYPES, (type) => type.tag?.charCodeAt(0) ?? 0)

/** Number of the type by letter; -1 for letters that mean nothing. RabbitMQ reads `L` like `l`: signed, 64 bits. */
export const TYPE_OF_TAG: Int8Array = typesByTag()

/** Number of a type in `TYPES`. */
export function typeNumber(name: TypeName): number {
  return TYPES.findIndex((type) => type.name === name)
}

const ARRAY = typeNumber("array")
const TABLE = typeNumber("table")

function typesByTag(): Int8Array {
  const types = new Int8Array(256).fill(-1)
  for (const [number, type] of TYPES.entries()) {
    if (type.tag !== undefined) types[type.tag.charCodeAt(0)] = number
  }
  types["L".charCodeAt(0)] = typeNumber("long")
  return types
}

/**
 * Passes over the field value whose letter is at `start`, checks everything in it but UTF-8, and returns the offset
 * behind it. Raises `DecodeError`. `depth` is the level of the table or array that holds the value.
 */
export function skipValue(bytes: Uint8Array, start: number, end: number, depth: number): number {
  if (start >= end) throw truncated(1, 0)
  const tag = bytes[start] as number
  const type = TYPE_OF_TAG[tag] as number
  if (type < 0) throw new DecodeError("MALFORMED", `no field value type has the letter 0x${tag.toString(16)}`)
  const width = WIDTH[type] as number
  const from = start + 1
  if (width >= 0) {
    if (width > end - from) throw truncated(width, end - from)
    return from + width
  }
  const next = skipLong(bytes, from, end)
  if (type === TABLE) skipEntries(bytes, from + 4, next, depth + 1)
  else if (type === ARRAY) skipElements(bytes, from + 4, next, depth + 1)
  return next
}

/** Passes over a four-byte length and as many bytes; returns the offset behind them. Raises `DecodeError`. */
export function skipLong(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4) throw truncated(4, end - start)
  const length = readUint32(bytes, start)
  if (length > end - start - 4) throw truncated(length, end - start - 4)
  return start + 4 + length
}

/** Passes over a one-byte length and as many bytes; returns the offset behind them. Raises `DecodeError`. */
export function skipShort(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) throw truncated(1, 0)
  const length = bytes[start] as number
  if (length > end - start - 1) throw truncated(length, end - start - 1)
  return start + 1 + length
}

/** Checks the entries of a table, without its length, that lie in `bytes[start, end)`. Raises `DecodeError`. */
export function skipEntries(bytes: Uint8Array, start: number, end: number, depth: number): void {
  checkDepth(depth)
  let at = start
  while (at < end) at = skipValue(bytes, skipShort(bytes, at, end), end, depth)
}

function skipElements(bytes: Uint8Array, start: number, end: number, depth: number): void {
  checkDepth(depth)
  let at = start
  while (at < end) at = skipValue(bytes, at, end, depth)
}

/** Offset of the first byte of the value whose letter is at `start`, in bytes that have been checked. */
export function valueStart(bytes: Uint8Array, start: number): number {
  const width = WIDTH[TYPE_OF_TAG[bytes[start] as number] as number] as number
  return width >= 0 ? start + 1 : start + 5
}

/** Offset behind the value whose letter is at `start`, in bytes that have been checked. */
export function valueEnd(bytes: Uint8Array, start: number): number {
  const width = WIDTH[TYPE_OF_TAG[bytes[start] as number] as number] as number
  return width >= 0 ? start + 1 + width : start + 5 + readUint32(bytes, start + 1)
}

function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new DecodeError("TOO_DEEP", `tables nested more than ${MAX_DEPTH} deep`)
}

function truncated(expected: number, left: number): DecodeError {
  return new DecodeError("TRUNCATED", `${expected} bytes expected, ${left} left`)
}
