import type { ByteWriter } from "@polymq/wire"
import { putSigned, putUnsigned } from "../put-integer.ts"
import { TYPES, type TypeName } from "./catalogue.ts"
import { CODE } from "./constructors.ts"
import { writeSize } from "./writer.ts"

/** How values of a type are written; `oneByte` and `noByte` are the codes of the shorter encodings, where there are any. */
type Writing =
  | { readonly kind: "null" | "boolean" | "encoded" }
  | { readonly kind: "fixed"; readonly code: number; readonly width: number }
  | { readonly kind: "variable"; readonly code8: number; readonly code32: number }
  | { readonly kind: "unsigned"; readonly code: number; readonly width: number; readonly short?: Short }
  | { readonly kind: "signed"; readonly code: number; readonly width: number; readonly short?: number }

interface Short {
  readonly oneByte: number
  readonly noByte: number
}

const ENCODED: Writing = { kind: "encoded" }

const WRITINGS: Readonly<Partial<Record<TypeName, Writing>>> = {
  null: { kind: "null" },
  boolean: { kind: "boolean" },
  ubyte: { kind: "unsigned", code: CODE.ubyte, width: 1 },
  ushort: { kind: "unsigned", code: CODE.ushort, width: 2 },
  uint: { kind: "unsigned", code: CODE.uint, width: 4, short: { oneByte: CODE.smalluint, noByte: CODE.uint0 } },
  ulong: { kind: "unsigned", code: CODE.ulong, width: 8, short: { oneByte: CODE.smallulong, noByte: CODE.ulong0 } },
  byte: { kind: "signed", code: CODE.byte, width: 1 },
  short: { kind: "signed", code: CODE.short, width: 2 },
  int: { kind: "signed", code: CODE.int, width: 4, short: CODE.smallint },
  long: { kind: "signed", code: CODE.long, width: 8, short: CODE.smalllong },
  float: { kind: "fixed", code: CODE.float, width: 4 },
  double: { kind: "fixed", code: CODE.double, width: 8 },
  timestamp: { kind: "signed", code: CODE.timestamp, width: 8 },
  binary: { kind: "variable", code8: CODE.vbin8, code32: CODE.vbin32 },
  string: { kind: "variable", code8: CODE.str8, code32: CODE.str32 },
  symbol: { kind: "variable", code8: CODE.sym8, code32: CODE.sym32 },
}

const BY_NUMBER: readonly Writing[] = TYPES.map(({ name }) => WRITINGS[name] ?? ENCODED)

/**
 * Writes the value of a slot, `bytes[start, end)` in the encoding of its type, with its format code, in its smallest
 * form. Integers may have any width that their value fits. Raises `RangeError` where the type cannot hold the value.
 */
export function writeSlot(writer: ByteWriter, type: number, bytes: Uint8Array, start: number, end: number): void {
  const writing = BY_NUMBER[type] as Writing
  switch (writing.kind) {
    case "variable":
      writeSize(writer, writing.code8, writing.code32, end - start)
      writer.copy(bytes, start, end)
      break
    case "unsigned":
      writeUnsigned(writer, writing.code, writing.width, writing.short, bytes, start, end)
      break
    case "signed":
      writeSigned(writer, writing.code, writing.width, writing.short, bytes, start, end)
      break
    case "fixed":
      if (end - start !== writing.width) throw outOfRange(writing.code)
      writer.uint8(writing.code)
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

function writeUnsigned(
  writer: ByteWriter,
  code: number,
  width: number,
  short: Short | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let from = start
  while (from < end && bytes[from] === 0) from++
  const length = end - from
  if (length > width) throw outOfRange(code)
  if (short !== undefined && length === 0) writer.uint8(short.noByte)
  else if (short !== undefined && length === 1) {
    writer.uint8(short.oneByte)
    writer.uint8(bytes[from] as number)
  } else {
    writer.uint8(code)
    putUnsigned(writer, bytes, from, end, width)
  }
}

function writeSigned(
  writer: ByteWriter,
  code: number,
  width: number,
  short: number | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const sign = end > start && (bytes[start] as number) >= 0x80 ? 0xff : 0
  let from = start
  while (from + 1 < end && bytes[from] === sign && (((bytes[from + 1] as number) ^ sign) & 0x80) === 0) from++
  const length = end - from
  if (length > width) throw outOfRange(code)
  writer.uint8(short !== undefined && length <= 1 ? short : code)
  putSigned(writer, bytes, from, end, short !== undefined && length <= 1 ? 1 : width)
}

function outOfRange(code: number): RangeError {
  return new RangeError(`a value that the format code 0x${code.toString(16)} cannot hold`)
}
