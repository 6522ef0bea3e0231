import { type ByteWriter, byteLength } from "@polymq/wire"
import { type Datum, isList, type Value, ValueMap } from "../value.ts"
import { TYPES, type TypeName } from "./catalogue.ts"
import { TAG } from "./values.ts"

type Write = (writer: ByteWriter, value: Datum) => void

/** How each type's value is written, with the length before it where there is one. */
const WRITE: Readonly<Record<TypeName, Write>> = {
  shortstr: writeShortText,
  octet: integer(0, 0xff, (writer, value) => writer.uint8(value)),
  payload: writeLongBytes,
  longstr: writeLongBytes,
  bool: writeBoolean,
  byte: integer(-0x80, 0x7f, (writer, value) => writer.uint8(value)),
  unsignedbyte: integer(0, 0xff, (writer, value) => writer.uint8(value)),
  short: integer(-0x8000, 0x7fff, (writer, value) => writer.uint16(value)),
  unsignedshort: integer(0, 0xffff, (writer, value) => writer.uint16(value)),
  signedint: integer(-0x8000_0000, 0x7fff_ffff, (writer, value) => writer.uint32(value)),
  unsignedint: integer(0, 0xffff_ffff, (writer, value) => writer.uint32(value)),
  long: longInteger(-(2n ** 63n), 2n ** 63n - 1n),
  float: float((writer, value) => writer.float32(value)),
  double: float((writer, value) => writer.float64(value)),
  decimal: writeDecimal,
  timestamp: longInteger(0n, 2n ** 64n - 1n),
  array: writeElements,
  table: writeTableDatum,
  void: writeNothing,
  binary: writeLongBytes,
}

const NAMES: ReadonlyMap<string, number> = new Map(TYPES.map((type, number) => [type.name, number]))

/** Writes a field value with its letter. Raises `RangeError` for a value that AMQP 0.9.1 cannot hold in a table. */
export function writeTagged(writer: ByteWriter, value: Value): void {
  const type = NAMES.get(value.type)
  const tag = type === undefined ? 0 : (TAG[type] as number)
  if (tag === 0) throw new RangeError(`a table holds no ${value.type}`)
  writer.uint8(tag)
  writeUntagged(writer, value)
}

/** Writes a value without letter, with its length where it has one. Raises `RangeError` where its type cannot hold it. */
export function writeUntagged(writer: ByteWriter, value: Value): void {
  const type = NAMES.get(value.type)
  if (type === undefined) throw new RangeError(`AMQP 0.9.1 has no type ${value.type}`)
  const { name } = TYPES[type] as (typeof TYPES)[number]
  WRITE[name](writer, value.value)
}

/** Writes a table with its length. Raises `RangeError` for a key or value that it cannot hold. */
export function writeTable(writer: ByteWriter, table: ValueMap): void {
  const lengthAt = writer.skip(4)
  for (const [key, value] of table.entries) {
    writeShortText(writer, key.value)
    writeTagged(writer, value)
  }
  writer.patchUint32(lengthAt, writer.at - lengthAt - 4)
}

function writeTableDatum(writer: ByteWriter, value: Datum): void {
  if (!(value instanceof ValueMap)) throw mismatch("a table", value)
  writeTable(writer, value)
}

function writeElements(writer: ByteWriter, value: Datum): void {
  if (!isList(value)) throw mismatch("an array", value)
  const lengthAt = writer.skip(4)
  for (const element of value) writeTagged(writer, element)
  writer.patchUint32(lengthAt, writer.at - lengthAt - 4)
}

function writeShortText(writer: ByteWriter, value: Datum): void {
  const length = textBytes(value)
  if (length > 0xff) throw new RangeError(`a shortstr holds 255 bytes, not ${length}`)
  writer.uint8(length)
  writeText(writer, value)
}

function writeLongBytes(writer: ByteWriter, value: Datum): void {
  writer.uint32(textBytes(value))
  writeText(writer, value)
}

function writeText(writer: ByteWriter, value: Datum): void {
  if (typeof value === "string") writer.utf8(value)
  else if (value instanceof Uint8Array) writer.copy(value)
}

function textBytes(value: Datum): number {
  if (typeof value === "string") return byteLength(value)
  if (value instanceof Uint8Array) return value.length
  throw mismatch("text or bytes", value)
}

function writeBoolean(writer: ByteWriter, value: Datum): void {
  if (typeof value !== "boolean") throw mismatch("a boolean", value)
  writer.uint8(value ? 1 : 0)
}

function writeNothing(_writer: ByteWriter, value: Datum): void {
  if (value !== null) throw mismatch("null", value)
}

function integer(min: number, max: number, write: (writer: ByteWriter, value: number) => void): Write {
  return (writer, value) => {
    const number = typeof value === "bigint" ? Number(value) : value
    if (typeof number !== "number" || !Number.isInteger(number) || number < min || number > max) {
      throw mismatch(`an integer from ${min} to ${max}`, value)
    }
    write(writer, number)
  }
}

function longInteger(min: bigint, max: bigint): Write {
  return (writer, value) => {
    const exact = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value
    if (typeof exact !== "bigint" || exact < min || exact > max) {
      throw mismatch(`an integer from ${min} to ${max}`, value)
    }
    writer.uint64(BigInt.asUintN(64, exact))
  }
}

function float(write: (writer: ByteWriter, value: number) => void): Write {
  return (writer, value) => {
    if (typeof value !== "number") throw mismatch("a number", value)
    write(writer, value)
  }
}

const DECIMAL = /^(-?\d+)(?:\.(\d+))?$/

function writeDecimal(writer: ByteWriter, value: Datum): void {
  const parts = typeof value === "string" ? DECIMAL.exec(value) : null
  const places = parts?.[2]?.length ?? 0
  const unscaled = parts === null ? Number.NaN : Number(`${parts[1]}${parts[2] ?? ""}`)
  if (!(places <= 0xff && unscaled >= -0x8000_0000 && unscaled <= 0x7fff_ffff)) {
    throw mismatch("a decimal of 32 bits", value)
  }
  writer.uint8(places)
  writer.uint32(unscaled)
}

function mismatch(expected: string, value: Datum): RangeError {
  const shown = typeof value === "object" ? (value === null ? "null" : value.constructor.name) : String(value)
  return new RangeError(`${expected} expected, not ${shown}`)
}
