import type { ByteWriter } from "@polymq/wire"
import { putSigned, putUnsigned } from "../put-integer.ts"
import { TYPES, type TypeName } from "./catalogue.ts"
import { CODE } from "./constructors.ts"

/** How values of a type are written. All have one shape, because every field of a converted message is looked up here. */
interface Writing {
  readonly kind: "variable" | "unsigned" | "signed" | "fixed" | "boolean" | "null" | "encoded"
  /** Bytes of the widest encoding of a number. */
  readonly width: number
  /** Format code of the widest encoding. */
  readonly wide: number
  /** Format code with a size, or a value, of one byte; that of the widest encoding where there is no other. */
  readonly oneByte: number
  /** Format code that stands for 0; likewise. */
  readonly noByte: number
}

function number(
  kind: "unsigned" | "signed" | "fixed",
  width: number,
  wide: number,
  oneByte = wide,
  noByte = wide,
): Writing {
  return { kind, width, wide, oneByte, noByte }
}

function variable(oneByte: number, wide: number): Writing {
  return { kind: "variable", width: 0, wide, oneByte, noByte: oneByte }
}

function other(kind: "boolean" | "null" | "encoded"): Writing {
  return { kind, width: 0, wide: 0, oneByte: 0, noByte: 0 }
}

const WRITINGS: Readonly<Record<TypeName, Writing>> = {
  null: other("null"),
  boolean: other("boolean"),
  ubyte: number("unsigned", 1, CODE.ubyte),
  ushort: number("unsigned", 2, CODE.ushort),
  uint: number("unsigned", 4, CODE.uint, CODE.smalluint, CODE.uint0),
  ulong: number("unsigned", 8, CODE.ulong, CODE.smallulong, CODE.ulong0),
  byte: number("signed", 1, CODE.byte),
  short: number("signed", 2, CODE.short),
  int: number("signed", 4, CODE.int, CODE.smallint),
  long: number("signed", 8, CODE.long, CODE.smalllong),
  float: number("fixed", 4, CODE.float),
  double: number("fixed", 8, CODE.double),
  decimal32: other("encoded"),
  decimal64: other("encoded"),
  decimal128: other("encoded"),
  char: other("encoded"),
  timestamp: number("signed", 8, CODE.timestamp),
  uuid: other("encoded"),
  binary: variable(CODE.vbin8, CODE.vbin32),
  string: variable(CODE.str8, CODE.str32),
  symbol: variable(CODE.sym8, CODE.sym32),
  list: other("encoded"),
  map: other("encoded"),
  array: other("encoded"),
  described: other("encoded"),
  sections: other("encoded"),
}

const BY_NUMBER: readonly Writing[] = TYPES.map(({ name }) => WRITINGS[name])

/**
 * Writes the value of a slot, `bytes[start, end)` in the encoding of its type, with its format code, in its smallest
 * form. Integers may have any width that their value fits. Raises `RangeError` where the type cannot hold the value.
 */
export function writeSlot(writer: ByteWriter, type: number, bytes: Uint8Array, start: number, end: number): void {
  const writing = BY_NUMBER[type] as Writing
  switch (writing.kind) {
    case "variable":
      writeVariable(writer, writing, bytes, start, end)
      break
    case "unsigned":
      writeUnsigned(writer, writing, bytes, start, end)
      break
    case "signed":
      writeSigned(writer, writing, bytes, start, end)
      break
    case "fixed":
      if (end - start !== writing.width) throw outOfRange(writing)
      writer.uint8(writing.wide)
      writer.copy(bytes, start, end)
      break
    case "boolean":
      writer.uint8(bytes[start] === 0 ? CODE.false : CODE.true)
      break
    case "null":
      writer.uint8(CODE.null)
      break
    case "encoded":
      writer.copy(bytes, start, end)
  }
}

/** Text and binaries, most of what is written. */
function writeVariable(writer: ByteWriter, writing: Writing, bytes: Uint8Array, start: number, end: number): void {
  if (end - start < 0x100) writer.tagged8(writing.oneByte, bytes, start, end)
  else {
    writer.uint8(writing.wide)
    writer.prefixed32(bytes, start, end)
  }
}

function writeUnsigned(writer: ByteWriter, writing: Writing, bytes: Uint8Array, start: number, end: number): void {
  let from = start
  while (from < end && bytes[from] === 0) from++
  const length = end - from
  if (length > writing.width) throw outOfRange(writing)
  const code = length === 0 ? writing.noByte : length === 1 ? writing.oneByte : writing.wide
  writer.uint8(code)
  if (code === writing.wide) putUnsigned(writer, bytes, from, end, writing.width)
  else if (length === 1) writer.uint8(bytes[from] as number)
}

function writeSigned(writer: ByteWriter, writing: Writing, bytes: Uint8Array, start: number, end: number): void {
  const sign = start < end && (bytes[start] as number) >= 0x80 ? 0xff : 0
  let from = start
  while (from + 1 < end && bytes[from] === sign && (((bytes[from + 1] as number) ^ sign) & 0x80) === 0) from++
  const length = end - from
  if (length > writing.width) throw outOfRange(writing)
  const code = length <= 1 ? writing.oneByte : writing.wide
  writer.uint8(code)
  putSigned(writer, bytes, from, end, code === writing.wide ? writing.width : 1)
}

function outOfRange({ wide }: Writing): RangeError {
  return new RangeError(`a value that the format code 0x${wide.toString(16)} cannot hold`)
}
