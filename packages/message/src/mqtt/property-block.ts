import {
  type ByteWriter,
  byteLength,
  cloneBytes,
  decodeUtf8,
  MAX_VARINT,
  readUint16,
  varintBytes,
  writeVarint,
} from "@polymq/wire"
import { PROPERTIES, type Properties, type PropertyPlace, type PropertySpec, type PropertyType } from "./properties.ts"
import { checkProperty, checkValue, readInteger, rulesOf } from "./values.ts"

const SPECS: readonly PropertySpec[] = PROPERTIES

type PropertyValue = number | string | Uint8Array | readonly [name: string, value: string]

const NO_PROPERTIES: Properties = {}

/**
 * Reads the properties of a packet that fill `bytes[start, end)`, without their length. Raises `DecodeError` for a
 * malformed packet (reason 0x81) and `PropertyError` for a protocol error (0x82). Binary values are copies.
 */
export function readProperties(bytes: Uint8Array, start: number, end: number, place: PropertyPlace): Properties {
  if (start === end) return NO_PROPERTIES
  const rules = rulesOf(place)
  const found: Record<string, PropertyValue | readonly PropertyValue[]> = {}
  const lists = new Map<string, PropertyValue[]>()
  let seen = 0
  for (let at = start; at < end; ) {
    const number = checkProperty(bytes, at, rules, seen)
    const next = checkValue(number, bytes, at + 1, end)
    const spec = SPECS[number] as PropertySpec
    const value = readPropertyValue(spec.type, number, bytes, at + 1, next)
    const list = lists.get(spec.name)
    if (list !== undefined) list.push(value)
    else if (spec.repeats === undefined) found[spec.name] = value
    else {
      const first = [value]
      lists.set(spec.name, first)
      found[spec.name] = first
    }
    seen |= 1 << number
    at = next
  }
  return found as Properties
}

function readPropertyValue(
  type: PropertyType,
  number: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): PropertyValue {
  if (type === "utf8") return decodeUtf8(bytes, start + 2, end)
  if (type === "binary") return cloneBytes(bytes, start + 2, end)
  if (type !== "pair") return readInteger(number, bytes, start, end)
  const nameEnd = start + 2 + readUint16(bytes, start)
  return [decodeUtf8(bytes, start + 2, nameEnd), decodeUtf8(bytes, nameEnd + 2, end)]
}

/**
 * Writes properties with their length in front, in the order of the specification's table. Raises `RangeError` for text
 * or bytes above 65 535 bytes and for a block above 268 435 455 bytes.
 */
export function writeProperties(writer: ByteWriter, properties: Properties): void {
  let size = 0
  for (const spec of SPECS) for (const value of valuesOf(properties, spec)) size += 1 + sizeOf(spec.type, value)
  if (size > MAX_VARINT) throw new RangeError(`properties of ${size} bytes`)
  writeVarint(writer, size)
  for (const spec of SPECS) {
    for (const value of valuesOf(properties, spec)) {
      writer.uint8(spec.id)
      writeValue(writer, spec.type, value)
    }
  }
}

function valuesOf(properties: Properties, spec: PropertySpec): readonly PropertyValue[] {
  const value = properties[spec.name as keyof Properties]
  if (value === undefined) return []
  return spec.repeats === undefined ? [value as PropertyValue] : (value as readonly PropertyValue[])
}

function sizeOf(type: PropertyType, value: PropertyValue): number {
  if (typeof value === "number") return type === "varint" ? varintBytes(value) : (INTEGER_BYTES.get(type) ?? 0)
  if (typeof value === "string") return 2 + byteLength(value)
  if (value instanceof Uint8Array) return 2 + value.length
  return 4 + byteLength(value[0]) + byteLength(value[1])
}

const INTEGER_BYTES: ReadonlyMap<PropertyType, number> = new Map([
  ["byte", 1],
  ["ushort", 2],
  ["uint", 4],
])

function writeValue(writer: ByteWriter, type: PropertyType, value: PropertyValue): void {
  if (typeof value === "number") writeInteger(writer, type, value)
  else if (typeof value === "string") writeText(writer, value)
  else if (value instanceof Uint8Array) {
    writeLength(writer, value.length)
    writer.copy(value)
  } else {
    writeText(writer, value[0])
    writeText(writer, value[1])
  }
}

function writeInteger(writer: ByteWriter, type: PropertyType, value: number): void {
  if (type === "byte") writer.uint8(value)
  else if (type === "ushort") writer.uint16(value)
  else if (type === "uint") writer.uint32(value)
  else writeVarint(writer, value)
}

function writeText(writer: ByteWriter, text: string): void {
  writeLength(writer, byteLength(text))
  writer.utf8(text)
}

function writeLength(writer: ByteWriter, length: number): void {
  if (length > 0xffff) throw new RangeError(`a value holds 65535 bytes, not ${length}`)
  writer.uint16(length)
}
