import { Buffer } from "node:buffer"
import { ByteWriter, byteLength } from "@polymq/wire"
import { type Datum, Described, isList, type Value, ValueMap } from "../value.ts"
import { CODE, LAYOUT, LAYOUTS } from "./constructors.ts"
import { constructorOf, WIDEST } from "./smallest.ts"
import { MAX_DEPTH, MAX_EMPTY_ELEMENTS } from "./values.ts"
import { beginCompound, beginList, beginMap, endCompound, endList, endMap } from "./writer.ts"

/**
 * Writes a value in its smallest encoding, with its format code. An array without elements is one of nulls, because the
 * value does not tell their type. Raises `RangeError` for what AMQP 1.0 cannot hold, or nested more than 64 deep.
 */
export function writeValue(writer: ByteWriter, value: Value, depth = 0): void {
  if (value.type === "list") writeList(writer, elementsOf(value), deeper(depth))
  else if (value.type === "map") writeMap(writer, value.value, deeper(depth))
  else if (value.type === "array") writeArray(writer, elementsOf(value), deeper(depth))
  else if (value.type === "described") writeDescribed(writer, value.value, deeper(depth))
  else {
    const code = constructorOf(value)
    writer.uint8(code)
    writeContent(writer, code, value.value)
  }
}

function writeList(writer: ByteWriter, elements: readonly Value[], depth: number): void {
  const mark = beginList(writer)
  for (const element of elements) writeValue(writer, element, depth)
  endList(writer, mark, elements.length)
}

function writeMap(writer: ByteWriter, map: Datum, depth: number): void {
  if (!(map instanceof ValueMap)) throw new RangeError("a map without entries")
  const mark = beginMap(writer)
  for (const [key, value] of map.entries) {
    writeValue(writer, key, depth)
    writeValue(writer, value, depth)
  }
  endMap(writer, mark, map.entries.length)
}

function writeDescribed(writer: ByteWriter, described: Datum, depth: number): void {
  if (!(described instanceof Described)) throw new RangeError("a described value without descriptor")
  writer.uint8(CODE.described)
  writeValue(writer, described.descriptor, depth)
  writeValue(writer, described.value, depth)
}

function writeArray(writer: ByteWriter, elements: readonly Value[], depth: number): void {
  const mark = beginCompound(writer)
  writeElements(writer, elements, depth)
  endCompound(writer, mark, elements.length, CODE.array8, CODE.array32)
}

/** Writes the one constructor that all elements share, then each without it. */
function writeElements(writer: ByteWriter, elements: readonly Value[], depth: number): void {
  const type = elements[0]?.type ?? "null"
  if (elements.some((element) => element.type !== type)) throw new RangeError("an array of several types")
  if (type === "described") writeDescribedElements(writer, elements, depth)
  else writePlainElements(writer, elements, type, depth)
}

function writePlainElements(writer: ByteWriter, elements: readonly Value[], type: string, depth: number): void {
  const encoded = elements.map((element) => encodedAlone(element, depth))
  const code = sharedCode(encoded) ?? WIDEST[type]
  if (code === undefined) throw new RangeError(`no AMQP 1.0 type ${type}`)
  if (code === CODE.null && elements.length > MAX_EMPTY_ELEMENTS) throw new RangeError("an array of too many nulls")
  writer.uint8(code)
  for (const [index, bytes] of encoded.entries()) {
    if (bytes[0] === code) writer.copy(bytes, 1)
    else if (isCompound(code)) writeWide(writer, bytes)
    else writeContent(writer, code, (elements[index] as Value).value)
  }
}

function writeDescribedElements(writer: ByteWriter, elements: readonly Value[], depth: number): void {
  const inner = deeper(depth)
  const parts = elements.map(({ value }) => {
    if (!(value instanceof Described)) throw new RangeError("a described value without descriptor")
    return value
  })
  const descriptors = parts.map(({ descriptor }) => encodedAlone(descriptor, inner))
  const first = descriptors[0] as Uint8Array
  if (descriptors.some((descriptor) => Buffer.compare(descriptor, first) !== 0)) {
    throw new RangeError("an array of several descriptors")
  }
  writer.uint8(CODE.described)
  writer.copy(first)
  writeElements(
    writer,
    parts.map(({ value }) => value),
    inner,
  )
}

function encodedAlone(value: Value, depth: number): Uint8Array {
  const writer = new ByteWriter(32)
  writeValue(writer, value, depth)
  return writer.view()
}

/** The format code that all of them have, unless it leaves no bytes that could be counted. */
function sharedCode(encoded: readonly Uint8Array[]): number | undefined {
  const code = encoded[0]?.[0]
  if (code === undefined || LAYOUTS[code] === 0 || encoded.some((bytes) => bytes[0] !== code)) return undefined
  return code
}

function isCompound(code: number): boolean {
  const layout = LAYOUTS[code] as number
  return layout === LAYOUT.compound32 || layout === LAYOUT.array32
}

/** Writes an encoded list, map or array with a size and count of four bytes each, without format code. */
function writeWide(writer: ByteWriter, encoded: Uint8Array): void {
  const header = encoded[0] === CODE.list0 ? 1 : 3
  const count = header === 1 ? 0 : (encoded[2] as number)
  writer.uint32(encoded.length - header + 4)
  writer.uint32(count)
  writer.copy(encoded, header)
}

/** Writes what follows a format code of fixed or variable width; `constructorOf` has found that the value fits it. */
function writeContent(writer: ByteWriter, code: number, value: Datum): void {
  if (typeof value === "string") {
    writeContentSize(writer, code, byteLength(value))
    writer.utf8(value)
  } else if (value instanceof Uint8Array) {
    writeContentSize(writer, code, value.length)
    writer.copy(value)
  } else if (typeof value === "number" || typeof value === "bigint") writeNumber(writer, code, value)
  else if (code === CODE.boolean) writer.uint8(value === true ? 1 : 0)
}

function writeContentSize(writer: ByteWriter, code: number, size: number): void {
  const layout = LAYOUTS[code] as number
  if (layout === LAYOUT.variable8) writer.uint8(size)
  else if (layout === LAYOUT.variable32) writer.uint32(size)
}

function writeNumber(writer: ByteWriter, code: number, value: number | bigint): void {
  const width = LAYOUTS[code] as number
  if (code === CODE.float) writer.float32(Number(value))
  else if (code === CODE.double) writer.float64(Number(value))
  else if (width === 1) writer.uint8(Number(value))
  else if (width === 2) writer.uint16(Number(value))
  else if (width === 4) writer.uint32(Number(value))
  else if (width === 8) writer.uint64(BigInt.asUintN(64, BigInt(value)))
}

function elementsOf({ type, value }: Value): readonly Value[] {
  if (!isList(value)) throw new RangeError(`${type} without elements`)
  return value
}

function deeper(depth: number): number {
  if (depth >= MAX_DEPTH) throw new RangeError(`values nested more than ${MAX_DEPTH} deep`)
  return depth + 1
}
