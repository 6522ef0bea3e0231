import { readUnsigned } from "../read-unsigned.ts"
import type { Slot } from "../slot.ts"
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
export function read({ type, bytes, start, end }: Slot): Value {
  const { name } = TYPES[type] as (typeof TYPES)[number]
  return { type: name, value: READ[name](bytes, start, end) }
}

/** `Format.readKey`. */
export function readKey({ keyBytes, keyStart, keyEnd }: Slot): Value {
  return { type: "utf8", value: readText(keyBytes, keyStart, keyEnd) }
}
