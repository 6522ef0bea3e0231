import { DecodeError, readUint32 } from "@polymq/wire"
import { CODE, LAYOUT, LAYOUTS } from "./constructors.ts"

/** How many lists, maps, arrays and descriptors may lie within each other. */
export const MAX_DEPTH = 64

/**
 * How many elements an array may announce that take no bytes (null, true, list0 …): what an array8 could say. Beyond
 * that the announcement costs a reader more than the bytes that make it.
 */
export const MAX_EMPTY_ELEMENTS = 255

/**
 * Passes over the value at `start` and returns the offset behind it, having checked format codes, sizes and counts
 * against the bytes at hand, booleans and nesting. Allocates nothing and takes time linear in the bytes; text is not
 * judged. `depth` is the number of values that it is nested in. Raises `DecodeError`.
 */
export function skipValue(bytes: Uint8Array, start: number, end: number, depth = 0): number {
  if (start >= end) throw truncated(1, 0)
  const code = bytes[start] as number
  if (LAYOUTS[code] !== LAYOUT.variable8) return skipContent(bytes, code, start + 1, end, depth)
  // Most values of a message are short text: no call for them.
  const next = start + 2 + (bytes[start + 1] as number)
  if (start + 2 > end || next > end) throw truncated(next - start, end - start)
  return next
}

/** Offset behind the value at `start`, in bytes that have been checked. */
export function valueEnd(bytes: Uint8Array, start: number): number {
  return contentEnd(bytes, bytes[start] as number, start + 1)
}

/** Offset behind what follows a format code, in bytes that have been checked. */
export function contentEnd(bytes: Uint8Array, code: number, start: number): number {
  const layout = LAYOUTS[code] as number
  if (layout >= 0) return start + layout
  switch (layout) {
    case LAYOUT.variable8:
    case LAYOUT.compound8:
    case LAYOUT.array8:
      return start + 1 + (bytes[start] as number)
    case LAYOUT.described:
      return valueEnd(bytes, valueEnd(bytes, start))
    default:
      return start + 4 + readUint32(bytes, start)
  }
}

/** Offset of the octets of the scalar value at `start`, behind its format code and its size. */
export function contentStart(code: number, start: number): number {
  return code < CODE.vbin8 ? start + 1 : code < CODE.vbin32 ? start + 2 : start + 5
}

/** Offset of the first element of the list or map at `start`. */
export function elementsStart(bytes: Uint8Array, start: number): number {
  switch (bytes[start]) {
    case CODE.list0:
      return start + 1
    case CODE.list8:
    case CODE.map8:
      return start + 3
    default:
      return start + 9
  }
}

/** Passes over what follows a format code. */
function skipContent(bytes: Uint8Array, code: number, at: number, end: number, depth: number): number {
  const layout = LAYOUTS[code] as number
  if (layout >= 0) {
    const next = at + layout
    if (next > end) throw truncated(layout, end - at)
    if (code === CODE.boolean && (bytes[at] as number) > 1) throw new DecodeError("MALFORMED", "a boolean is 0 or 1")
    return next
  }
  switch (layout) {
    case LAYOUT.variable8:
      return sizedEnd(bytes, at, 1, end)
    case LAYOUT.variable32:
      return sizedEnd(bytes, at, 4, end)
    case LAYOUT.compound8:
      return skipCompound(bytes, code === CODE.map8, at, 1, end, depth)
    case LAYOUT.compound32:
      return skipCompound(bytes, code === CODE.map32, at, 4, end, depth)
    case LAYOUT.array8:
      return skipArray(bytes, at, 1, end, depth)
    case LAYOUT.array32:
      return skipArray(bytes, at, 4, end, depth)
    case LAYOUT.described:
      return skipDescribed(bytes, at, end, deeper(depth))
    default:
      throw unknownCode(code)
  }
}

function skipDescribed(bytes: Uint8Array, at: number, end: number, depth: number): number {
  return skipValue(bytes, skipValue(bytes, at, end, depth), end, depth)
}

function skipCompound(bytes: Uint8Array, isMap: boolean, at: number, width: 1 | 4, end: number, depth: number): number {
  const stop = sizedEnd(bytes, at, width, end)
  const count = countAt(bytes, at + width, width, stop)
  if (isMap && count % 2 !== 0) throw oddMap(count)
  const inner = deeper(depth)
  let next = at + 2 * width
  if (count > stop - next) throw tooMany(count, stop - next)
  for (let left = count; left > 0; left--) next = skipValue(bytes, next, stop, inner)
  if (next !== stop) throw leftOver(stop - next)
  return stop
}

function skipArray(bytes: Uint8Array, at: number, width: 1 | 4, end: number, depth: number): number {
  const stop = sizedEnd(bytes, at, width, end)
  const count = countAt(bytes, at + width, width, stop)
  let inner = deeper(depth)
  let next = at + 2 * width
  while (next < stop && bytes[next] === CODE.described) {
    inner = deeper(inner)
    next = skipValue(bytes, next + 1, stop, inner)
  }
  if (next >= stop) throw new DecodeError("TRUNCATED", "an array's constructor is missing")
  const code = bytes[next++] as number
  const layout = LAYOUTS[code] as number
  if (layout === LAYOUT.unknown) throw unknownCode(code)
  if (count > (layout === 0 ? MAX_EMPTY_ELEMENTS : stop - next)) throw tooMany(count, stop - next)
  if (layout >= 0 && code !== CODE.boolean) next += count * layout
  else for (let left = count; left > 0; left--) next = skipContent(bytes, code, next, stop, inner)
  if (next > stop) throw truncated(next - at, stop - at)
  if (next < stop) throw leftOver(stop - next)
  return stop
}

/** Where the bytes end that the size at `at`, `width` bytes wide, announces. Raises `DecodeError`. */
export function sizedEnd(bytes: Uint8Array, at: number, width: 1 | 4, end: number): number {
  const start = at + width
  if (start > end) throw truncated(width, end - at)
  const size = width === 1 ? (bytes[at] as number) : readUint32(bytes, at)
  if (size > end - start) throw truncated(size, end - start)
  return start + size
}

/** The count at `at`, behind a size that ends at `stop`. Raises `DecodeError`. */
export function countAt(bytes: Uint8Array, at: number, width: 1 | 4, stop: number): number {
  if (stop - at < width) throw new DecodeError("MALFORMED", "the size leaves no room for the count")
  return width === 1 ? (bytes[at] as number) : readUint32(bytes, at)
}

function deeper(depth: number): number {
  if (depth >= MAX_DEPTH) throw new DecodeError("TOO_DEEP", `values nested more than ${MAX_DEPTH} deep`)
  return depth + 1
}

function truncated(expected: number, left: number): DecodeError {
  return new DecodeError("TRUNCATED", `${expected} bytes expected, ${left} left`)
}

function tooMany(count: number, left: number): DecodeError {
  return new DecodeError("TRUNCATED", `${count} elements announced in ${left} bytes`)
}

function leftOver(count: number): DecodeError {
  return new DecodeError("MALFORMED", `${count} bytes left over behind the last element`)
}

function oddMap(count: number): DecodeError {
  return new DecodeError("MALFORMED", `a map of ${count} keys and values`)
}

function unknownCode(code: number): DecodeError {
  return new DecodeError("MALFORMED", `unknown format code 0x${code.toString(16).padStart(2, "0")}`)
}
