import { DecodeError, readUint16, readUint32, readVarint, varintBytes } from "@polymq/wire"
import { PropertyError } from "../property-error.ts"
import {
  PROPERTIES,
  type PropertyName,
  type PropertyPlace,
  type PropertySpec,
  type PropertyType,
} from "./properties.ts"
import { isMqttText } from "./text.ts"

const SPECS: readonly PropertySpec[] = PROPERTIES

/** How the value of each type lies in the bytes: its width, or where its length stands (MQTT 5.0 section 1.5). */
const WIDTHS: Readonly<Record<PropertyType, number>> = {
  byte: 1,
  ushort: 2,
  uint: 4,
  varint: 0,
  utf8: -1,
  binary: -2,
  pair: -3,
}

const VARINT = WIDTHS.varint
const UTF8 = WIDTHS.utf8
const PAIR = WIDTHS.pair

const WIDTH: Int8Array = Int8Array.from(SPECS, (spec) => WIDTHS[spec.type])
const MIN: Float64Array = Float64Array.from(SPECS, (spec) => spec.range?.[0] ?? 0)
const MAX: Float64Array = Float64Array.from(SPECS, (spec) => spec.range?.[1] ?? 0xffff_ffff)

const NUMBER_OF_ID: Int8Array = new Int8Array(256).fill(-1)
for (const [number, spec] of SPECS.entries()) NUMBER_OF_ID[spec.id] = number

/** Position of a property in `PROPERTIES`; below 32, so that the bits of an integer are a set of properties. */
export function propertyNumber(name: PropertyName): number {
  return SPECS.findIndex((spec) => spec.name === name)
}

/** Which properties a place allows, once or more often, as bits. */
export interface PlaceRules {
  readonly place: PropertyPlace
  readonly allowed: number
  readonly repeating: number
}

const RULES: ReadonlyMap<PropertyPlace, PlaceRules> = new Map(
  SPECS.flatMap((spec) => spec.places).map((place) => [place, makeRules(place)]),
)

/** The rules of the table of properties for one place. */
export function rulesOf(place: PropertyPlace): PlaceRules {
  return RULES.get(place) ?? makeRules(place)
}

function makeRules(place: PropertyPlace): PlaceRules {
  return {
    place,
    allowed: setOf((spec) => spec.places.includes(place)),
    repeating: setOf((spec) => spec.repeats?.includes(place) ?? false),
  }
}

function setOf(test: (spec: PropertySpec) => boolean): number {
  return SPECS.reduce((set, spec, number) => (test(spec) ? set | (1 << number) : set), 0)
}

/**
 * The number of the property whose identifier is at `start`. Raises `DecodeError` where it is not allowed and
 * `PropertyError` where it is in `seen`, the set of those before it, and must not repeat.
 */
export function checkProperty(bytes: Uint8Array, start: number, rules: PlaceRules, seen: number): number {
  const id = bytes[start] as number
  const number = NUMBER_OF_ID[id] as number
  if (number < 0 || ((rules.allowed >>> number) & 1) === 0) {
    throw new DecodeError("MALFORMED", `property 0x${id.toString(16)} is not allowed in ${rules.place}`)
  }
  if (((seen & ~rules.repeating) >>> number) & 1) {
    const { name } = SPECS[number] as PropertySpec
    throw new PropertyError(name, `${name} more than once`)
  }
  return number
}

/**
 * Checks the value of property `number` that begins at `start` and returns the offset behind it. Raises `DecodeError`
 * for bytes that are no value of its type and `PropertyError` for an integer out of range.
 */
export function checkValue(number: number, bytes: Uint8Array, start: number, end: number): number {
  const width = WIDTH[number] as number
  if (width >= 0) return checkInteger(number, width, bytes, start, end)
  const next = checkLength(bytes, start, end)
  if (width === UTF8) checkText(bytes, start + 2, next)
  if (width !== PAIR) return next
  checkText(bytes, start + 2, next)
  const last = checkLength(bytes, next, end)
  checkText(bytes, next + 2, last)
  return last
}

function checkInteger(number: number, width: number, bytes: Uint8Array, start: number, end: number): number {
  if (width > end - start) throw truncated(width, end - start)
  const value = readInteger(number, bytes, start, end)
  if (value < 0) throw new DecodeError("MALFORMED", "variable byte integer of more than four bytes or padded")
  if (value < (MIN[number] as number) || value > (MAX[number] as number)) {
    const { name } = SPECS[number] as PropertySpec
    throw new PropertyError(name, `${name} must not be ${value}`)
  }
  return start + (width === VARINT ? varintBytes(value) : width)
}

/** Passes over a two-byte length and as many bytes; returns the offset behind them. */
function checkLength(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 2) throw truncated(2, end - start)
  const length = readUint16(bytes, start)
  if (length > end - start - 2) throw truncated(length, end - start - 2)
  return start + 2 + length
}

function checkText(bytes: Uint8Array, start: number, end: number): void {
  if (!isMqttText(bytes, start, end)) throw new DecodeError("INVALID_UTF8", "text is not UTF-8 or holds U+0000")
}

/** The integer of property `number` at `start`; negative for a variable byte integer that is none. */
export function readInteger(number: number, bytes: Uint8Array, start: number, end: number): number {
  const width = WIDTH[number] as number
  if (width === 1) return bytes[start] as number
  if (width === 2) return readUint16(bytes, start)
  if (width === 4) return readUint32(bytes, start)
  return readVarint(bytes, start, end)
}

/** Number of the property whose identifier is at `start`, in bytes that have been checked. */
export function propertyAt(bytes: Uint8Array, start: number): number {
  return NUMBER_OF_ID[bytes[start] as number] as number
}

/** Offset behind the value of property `number` that begins at `start`, in bytes that have been checked. */
export function valueEnd(number: number, bytes: Uint8Array, start: number): number {
  const width = WIDTH[number] as number
  if (width > 0) return start + width
  if (width === VARINT) return start + varintBytes(readVarint(bytes, start, start + 4))
  const next = start + 2 + readUint16(bytes, start)
  return width === PAIR ? next + 2 + readUint16(bytes, next) : next
}

function truncated(expected: number, left: number): DecodeError {
  return new DecodeError("TRUNCATED", `${expected} bytes expected, ${left} left`)
}

/** Bytes between the identifier of a property and the value itself: the length of text and bytes. */
export const PREFIX_BYTES: Uint8Array = Uint8Array.from(WIDTH, (width) => (width < 0 ? 2 : 0))
