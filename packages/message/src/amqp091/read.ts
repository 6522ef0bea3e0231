import { ByteReader, cloneBytes } from "@polymq/wire"
import type { Slot } from "../slot.ts"
import { readText } from "../text.ts"
import { type Datum, type Value, ValueMap } from "../value.ts"
import { TYPES, type TypeName } from "./catalogue.ts"
import { TYPE_OF_TAG, valueEnd, valueStart } from "./values.ts"

type Read = (bytes: Uint8Array, start: number, end: number) => Datum

/** What each type's bytes, without letter and length, stand for (AMQP 0.9.1 section 4.2.5). */
const READ: Readonly<Record<TypeName, Read>> = {
  shortstr: readText,
  octet: (bytes, start, end) => new ByteReader(bytes, start, end).uint8(),
  payload: (bytes, start, end) => bytes.subarray(start, end),
  longstr: readText,
  bool: (bytes, start) => bytes[start] !== 0,
  byte: (bytes, start, end) => new ByteReader(bytes, start, end).int8(),
  unsignedbyte: (bytes, start, end) => new ByteReader(bytes, start, end).uint8(),
  short: (bytes, start, end) => new ByteReader(bytes, start, end).int16(),
  unsignedshort: (bytes, start, end) => new ByteReader(bytes, start, end).uint16(),
  signedint: (bytes, start, end) => new ByteReader(bytes, start, end).int32(),
  unsignedint: (bytes, start, end) => new ByteReader(bytes, start, end).uint32(),
  long: (bytes, start, end) => new ByteReader(bytes, start, end).int64(),
  float: (bytes, start, end) => new ByteReader(bytes, start, end).float32(),
  double: (bytes, start, end) => new ByteReader(bytes, start, end).float64(),
  decimal: readDecimal,
  timestamp: (bytes, start, end) => new ByteReader(bytes, start, end).uint64(),
  array: readElements,
  table: (bytes, start, end) => readEntries(bytes, start, end),
  void: () => null,
  binary: cloneBytes,
}

/**
 * Decodes a value of `TYPES[type]` from its bytes without letter and length, which have been checked. Decimals become
 * their exact text ("-12.50"), 64-bit integers bigint, text that is not UTF-8 its bytes; a payload is not copied.
 */
function readValue(type: number, bytes: Uint8Array, start: number, end: number): Value {
  const { name } = TYPES[type] as (typeof TYPES)[number]
  return { type: name, value: READ[name](bytes, start, end) }
}

/** Decodes the field value whose letter is at `start`, in bytes that have been checked. */
export function readTagged(bytes: Uint8Array, start: number): Value {
  const type = TYPE_OF_TAG[bytes[start] as number] as number
  return readValue(type, bytes, valueStart(bytes, start), valueEnd(bytes, start))
}

/** Decodes the entries of a table, without its length, from bytes that have been checked; order and duplicates are kept. */
export function readEntries(bytes: Uint8Array, start: number, end: number): ValueMap {
  const entries: (readonly [Value, Value])[] = []
  let at = start
  while (at < end) {
    const keyEnd = at + 1 + (bytes[at] as number)
    entries.push([readKeyText(bytes, at + 1, keyEnd), readTagged(bytes, keyEnd)])
    at = valueEnd(bytes, keyEnd)
  }
  return new ValueMap(entries)
}

/** `Format.read`. */
export function read({ type, bytes, start, end }: Slot): Value {
  return readValue(type, bytes, start, end)
}

/** `Format.readKey`. */
export function readKey({ keyBytes, keyStart, keyEnd }: Slot): Value {
  return readKeyText(keyBytes, keyStart, keyEnd)
}

function readKeyText(bytes: Uint8Array, start: number, end: number): Value {
  return { type: "shortstr", value: readText(bytes, start, end) }
}

function readElements(bytes: Uint8Array, start: number, end: number): Datum {
  const elements: Value[] = []
  for (let at = start; at < end; at = valueEnd(bytes, at)) elements.push(readTagged(bytes, at))
  return elements
}

/** A number of decimal places and a signed integer (section 4.2.5.5 in words; its grammar says unsigned, clients do not). */
function readDecimal(bytes: Uint8Array, start: number, end: number): Datum {
  const reader = new ByteReader(bytes, start, end)
  const places = reader.uint8()
  const unscaled = reader.int32()
  if (places === 0) return String(unscaled)
  const digits = String(Math.abs(unscaled)).padStart(places + 1, "0")
  return `${unscaled < 0 ? "-" : ""}${digits.slice(0, -places)}.${digits.slice(-places)}`
}
