import { ByteReader, cloneBytes, DecodeError, readUint32, readUint64 } from "@polymq/wire"
import { readUnsigned } from "../read-unsigned.ts"
import type { Slot } from "../slot.ts"
import { readText } from "../text.ts"
import { type Datum, Described, type Value, ValueMap } from "../value.ts"
import { TYPES, type TypeName } from "./catalogue.ts"
import { CODE, LAYOUT, LAYOUTS, TYPE_OF_CODE } from "./constructors.ts"
import { contentEnd, skipValue, valueEnd } from "./values.ts"

/** How many values, nested ones included, one value is decoded to; an object costs many times the byte it can stand for. */
export const MAX_READ_VALUES = 100_000

/** Values that may still be decoded. */
interface Budget {
  left: number
}

type Composite = "list" | "map" | "array" | "described"

/** What the bytes of a type, without format code and size, stand for. */
const READ: Readonly<Record<Exclude<TypeName, Composite>, (bytes: Uint8Array, start: number, end: number) => Datum>> = {
  null: () => null,
  boolean: (bytes, start) => bytes[start] !== 0,
  ubyte: readUnsigned,
  ushort: readUnsigned,
  uint: readUnsigned,
  ulong: readUlong,
  byte: readSigned,
  short: readSigned,
  int: readSigned,
  long: readLong,
  float: (bytes, start, end) => new ByteReader(bytes, start, end).float32(),
  double: (bytes, start, end) => new ByteReader(bytes, start, end).float64(),
  decimal32: cloneBytes,
  decimal64: cloneBytes,
  decimal128: cloneBytes,
  char: readUnsigned,
  timestamp: readLong,
  uuid: cloneBytes,
  binary: cloneBytes,
  string: readText,
  symbol: readText,
  sections: (bytes, start, end) => bytes.subarray(start, end),
}

/**
 * Decodes the value that fills `bytes[start, end)`: 64-bit integers and timestamps (milliseconds) to bigint, a char to
 * its code point, uuid and decimals to their exact bytes, elements of an array each with its type. Raises `DecodeError`,
 * `TOO_LARGE` above `MAX_READ_VALUES`.
 */
export function readValue(bytes: Uint8Array, start: number, end: number): Value {
  const next = skipValue(bytes, start, end)
  if (next !== end) throw new DecodeError("MALFORMED", `${end - next} bytes left over behind a value`)
  return readChecked(bytes, start, { left: MAX_READ_VALUES })
}

/** `Format.read`. */
export function read({ type, bytes, start, end }: Slot): Value {
  return readLocated(type, bytes, start, end)
}

/** `Format.readKey`. */
export function readKey({ keyType, keyBytes, keyStart, keyEnd }: Slot): Value {
  return readLocated(keyType, keyBytes, keyStart, keyEnd)
}

function readLocated(type: number, bytes: Uint8Array, start: number, end: number): Value {
  const { name, encoding } = TYPES[type] as (typeof TYPES)[number]
  return encoding === "encoded" ? readValue(bytes, start, end) : { type: name, value: READ[name](bytes, start, end) }
}

function readChecked(bytes: Uint8Array, start: number, budget: Budget): Value {
  return readContent(bytes, bytes[start] as number, start + 1, budget)
}

/** Decodes what follows a format code. */
function readContent(bytes: Uint8Array, code: number, start: number, budget: Budget): Value {
  if (budget.left-- <= 0) throw new DecodeError("TOO_LARGE", `more than ${MAX_READ_VALUES} nested values`)
  const { name } = TYPES[TYPE_OF_CODE[code] as number] as (typeof TYPES)[number]
  switch (name) {
    case "boolean":
      return { type: name, value: code === CODE.true || (code === CODE.boolean && bytes[start] !== 0) }
    case "list":
      return { type: name, value: readElements(bytes, code, start, budget) }
    case "map":
      return { type: name, value: readEntries(bytes, code, start, budget) }
    case "array":
      return { type: name, value: readArray(bytes, code, start, budget) }
    case "described":
      return { type: name, value: readDescribed(bytes, start, budget) }
    default:
      return { type: name, value: READ[name](bytes, start + sizeWidth(code), contentEnd(bytes, code, start)) }
  }
}

/** Bytes that the size takes behind a format code. */
function sizeWidth(code: number): 0 | 1 | 4 {
  const layout = LAYOUTS[code] as number
  if (layout >= 0) return 0
  return layout === LAYOUT.variable8 || layout === LAYOUT.compound8 || layout === LAYOUT.array8 ? 1 : 4
}

function readElements(bytes: Uint8Array, code: number, start: number, budget: Budget): readonly Value[] {
  const elements: Value[] = []
  if (code === CODE.list0) return elements
  const end = contentEnd(bytes, code, start)
  for (let at = start + 2 * sizeWidth(code); at < end; at = valueEnd(bytes, at)) {
    elements.push(readChecked(bytes, at, budget))
  }
  return elements
}

function readEntries(bytes: Uint8Array, code: number, start: number, budget: Budget): ValueMap {
  const elements = readElements(bytes, code, start, budget)
  const entries: (readonly [Value, Value])[] = []
  for (let index = 0; index + 1 < elements.length; index += 2) {
    entries.push([elements[index] as Value, elements[index + 1] as Value])
  }
  return new ValueMap(entries)
}

function readDescribed(bytes: Uint8Array, start: number, budget: Budget): Described {
  return new Described(readChecked(bytes, start, budget), readChecked(bytes, valueEnd(bytes, start), budget))
}

function readArray(bytes: Uint8Array, code: number, start: number, budget: Budget): readonly Value[] {
  const width = sizeWidth(code)
  const count = width === 1 ? (bytes[start + 1] as number) : readUint32(bytes, start + 4)
  const descriptors: Value[] = []
  let at = start + 2 * width
  for (; bytes[at] === CODE.described; at = valueEnd(bytes, at + 1)) {
    descriptors.unshift(readChecked(bytes, at + 1, budget))
  }
  const elementCode = bytes[at++] as number
  const elements: Value[] = []
  for (let left = count; left > 0; left--) {
    elements.push(described(descriptors, readContent(bytes, elementCode, at, budget)))
    at = contentEnd(bytes, elementCode, at)
  }
  return elements
}

/** The value with its descriptors, the innermost first, put on. */
function described(descriptors: readonly Value[], value: Value): Value {
  let outer = value
  for (const descriptor of descriptors) outer = { type: "described", value: new Described(descriptor, outer) }
  return outer
}

/** A big-endian two's complement integer of 1 to 4 bytes. */
function readSigned(bytes: Uint8Array, start: number, end: number): number {
  const unused = 32 - 8 * (end - start)
  return (readUnsigned(bytes, start, end) << unused) >> unused
}

function readUlong(bytes: Uint8Array, start: number, end: number): bigint {
  return end - start === 8 ? readUint64(bytes, start) : BigInt(readUnsigned(bytes, start, end))
}

function readLong(bytes: Uint8Array, start: number, end: number): bigint {
  return end - start === 8 ? BigInt.asIntN(64, readUint64(bytes, start)) : BigInt(readSigned(bytes, start, end))
}
