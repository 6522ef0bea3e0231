import type { FieldIndex } from "../field-index.ts"
import { readText } from "../text.ts"
import type { Datum, Value } from "../value.ts"
import { TYPES, type TypeName } from "./catalogue.ts"

type Read = (bytes: Uint8Array, start: number, end: number) => Datum

/** What each type's bytes, without a length, stand for. */
const READ: Readonly<Record<TypeName, Read>> = {
  bits: readUnsigned,
  byte: readUnsigned,
  ushort: readUnsigned,
  uint: readUnsigned,
  varint: readUnsigned,
  utf8: readText,
  binary: (bytes, start, end) => bytes.subarray(start, end),
}

/** `Format.read`. Binary values are views. */
export function read(index: FieldIndex, slot: number): Value {
  const { name } = TYPES[index.type[slot] as number] as (typeof TYPES)[number]
  const bytes = index.bytes[slot] as Uint8Array
  return { type: name, value: READ[name](bytes, index.start[slot] as number, index.end[slot] as number) }
}

/** `Format.readKey`. */
export function readKey(index: FieldIndex, slot: number): Value {
  const bytes = index.bytes[slot] as Uint8Array
  return { type: "utf8", value: readText(bytes, index.keyStart[slot] as number, index.keyEnd[slot] as number) }
}

function readUnsigned(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] as number)
  return value
}
