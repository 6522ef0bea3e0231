import { type ByteWriter, byteLength } from "@polymq/wire"
import { CODE } from "./constructors.ts"

export function writeNull(writer: ByteWriter): void {
  writer.uint8(CODE.null)
}

export function writeBoolean(writer: ByteWriter, value: boolean): void {
  writer.uint8(value ? CODE.true : CODE.false)
}

/** Writes a ubyte, 0 to 255. */
export function writeUbyte(writer: ByteWriter, value: number): void {
  writer.uint8(CODE.ubyte)
  writer.uint8(value)
}

/** Writes a ushort, 0 to 65 535. */
export function writeUshort(writer: ByteWriter, value: number): void {
  writer.uint8(CODE.ushort)
  writer.uint16(value)
}

/** Writes a uint, 0 to 2^32-1. */
export function writeUint(writer: ByteWriter, value: number): void {
  if (value === 0) writer.uint8(CODE.uint0)
  else if (value < 0x100) writeCodeAndByte(writer, CODE.smalluint, value)
  else {
    writer.uint8(CODE.uint)
    writer.uint32(value)
  }
}

/** Writes a ulong: a number from 0 to 2^53-1, or a bigint to 2^64-1. */
export function writeUlong(writer: ByteWriter, value: number | bigint): void {
  if (value < 0x100) {
    if (value <= 0) writer.uint8(CODE.ulong0)
    else writeCodeAndByte(writer, CODE.smallulong, Number(value))
    return
  }
  writer.uint8(CODE.ulong)
  writer.uint64(BigInt.asUintN(64, BigInt(value)))
}

/** Writes an int of 32 signed bits. */
export function writeInt(writer: ByteWriter, value: number): void {
  if (value >= -0x80 && value < 0x80) writeCodeAndByte(writer, CODE.smallint, value)
  else {
    writer.uint8(CODE.int)
    writer.uint32(value)
  }
}

/** Writes a long: a safe integer, or a bigint of 64 signed bits. */
export function writeLong(writer: ByteWriter, value: number | bigint): void {
  if (value >= -0x80 && value < 0x80) writeCodeAndByte(writer, CODE.smalllong, Number(value))
  else {
    writer.uint8(CODE.long)
    writer.uint64(BigInt.asUintN(64, BigInt(value)))
  }
}

/** Writes a timestamp in milliseconds since 1970-01-01T00:00Z. */
export function writeTimestamp(writer: ByteWriter, milliseconds: number | bigint): void {
  writer.uint8(CODE.timestamp)
  writer.uint64(BigInt.asUintN(64, BigInt(milliseconds)))
}

/** Writes a string. */
export function writeString(writer: ByteWriter, text: string): void {
  writeSize(writer, CODE.str8, CODE.str32, byteLength(text))
  writer.utf8(text)
}

/** Writes a symbol, which the specification wants to be ASCII. */
export function writeSymbol(writer: ByteWriter, text: string): void {
  writeSize(writer, CODE.sym8, CODE.sym32, byteLength(text))
  writer.utf8(text)
}

/** Writes `bytes[start, end)` as binary. */
export function writeBinary(writer: ByteWriter, bytes: Uint8Array, start = 0, end: number = bytes.length): void {
  writeSize(writer, CODE.vbin8, CODE.vbin32, end - start)
  writer.copy(bytes, start, end)
}

/** Writes an array of symbols, as fields that are "multiple" want them (part 1, section 1.4). */
export function writeSymbols(writer: ByteWriter, symbols: readonly string[]): void {
  const mark = beginCompound(writer)
  const isShort = symbols.every((symbol) => byteLength(symbol) < 0x100)
  writer.uint8(isShort ? CODE.sym8 : CODE.sym32)
  for (const symbol of symbols) {
    if (isShort) writer.uint8(byteLength(symbol))
    else writer.uint32(byteLength(symbol))
    writer.utf8(symbol)
  }
  endCompound(writer, mark, symbols.length, CODE.array8, CODE.array32)
}

/** Writes a numeric descriptor; the described value is to follow. */
export function writeDescriptor(writer: ByteWriter, code: number): void {
  writer.uint8(CODE.described)
  if (code > 0 && code < 0x100) writeCodeAndByte(writer, CODE.smallulong, code)
  else writeUlong(writer, code)
}

/** Begins a list; its elements are to follow. Returns the mark that `endList` takes. */
export function beginList(writer: ByteWriter): number {
  return beginCompound(writer)
}

/** Ends a list of `count` elements in its smallest encoding. Lists are ended inside out. */
export function endList(writer: ByteWriter, mark: number, count: number): void {
  if (count > 0) endCompound(writer, mark, count, CODE.list8, CODE.list32)
  else {
    writer.at = mark
    writer.uint8(CODE.list0)
  }
}

/** Begins a map; its keys and values are to follow. Returns the mark that `endMap` takes. */
export function beginMap(writer: ByteWriter): number {
  return beginCompound(writer)
}

/** Ends a map of `entries` keys and as many values in its smallest encoding. */
export function endMap(writer: ByteWriter, mark: number, entries: number): void {
  endCompound(writer, mark, 2 * entries, CODE.map8, CODE.map32)
}

/** Format code, size and count of an encoding with one byte each; most lists fit it. */
const SMALL_HEADER = 3
const LARGE_HEADER = 9

/** Leaves room for a small header; returns its offset. */
export function beginCompound(writer: ByteWriter): number {
  return writer.skip(SMALL_HEADER)
}

/** Patches the header at `mark`; moves the elements where they need a large one. */
export function endCompound(writer: ByteWriter, mark: number, count: number, code8: number, code32: number): void {
  const start = mark + SMALL_HEADER
  const length = writer.at - start
  if (length < 0xff && count < 0x100) {
    writer.patchUint8(mark, code8)
    writer.patchUint8(mark + 1, length + 1)
    writer.patchUint8(mark + 2, count)
    return
  }
  writer.skip(LARGE_HEADER - SMALL_HEADER)
  writer.bytes.copyWithin(mark + LARGE_HEADER, start, start + length)
  writer.patchUint8(mark, code32)
  writer.patchUint32(mark + 1, length + 4)
  writer.patchUint32(mark + 5, count)
}

/** Writes format code and size of a variable-width value, the smaller one where it will do. */
export function writeSize(writer: ByteWriter, code8: number, code32: number, size: number): void {
  if (size < 0x100) writeCodeAndByte(writer, code8, size)
  else {
    writer.uint8(code32)
    writer.uint32(size)
  }
}

function writeCodeAndByte(writer: ByteWriter, code: number, value: number): void {
  writer.ensure(2)
  const { bytes, at } = writer
  bytes[at] = code
  bytes[at + 1] = value
  writer.at = at + 2
}
