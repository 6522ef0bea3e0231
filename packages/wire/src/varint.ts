import type { ByteWriter } from "./byte-writer.ts"

/** Largest value of a variable byte integer (MQTT 5.0 section 1.5.5). */
export const MAX_VARINT = 268_435_455

/** Bytes that `value` takes as a variable byte integer: 1 to 4. */
export function varintBytes(value: number): 1 | 2 | 3 | 4 {
  return value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4
}

/** Writes `value`, 0 to `MAX_VARINT`. */
export function writeVarint(writer: ByteWriter, value: number): void {
  let rest = value
  while (rest >= 0x80) {
    writer.uint8((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  writer.uint8(rest)
}

/** Writes `value` at `offset` of `bytes` and returns the offset behind it; the caller has made room. */
export function putVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset
  let rest = value
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[at++] = rest
  return at
}

/** Result of `readVarint` when more bytes are needed. */
export const VARINT_INCOMPLETE = -1
/** Result of `readVarint` when the fourth byte still announces another one. */
export const VARINT_MALFORMED = -2

/** Reads the integer at `start`; its size is then `varintBytes(value)` unless it was padded, which MQTT forbids. */
export function readVarint(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let index = 0; index < 4; index++) {
    if (start + index >= end) return VARINT_INCOMPLETE
    const byte = bytes[start + index] as number
    value |= (byte & 0x7f) << (7 * index)
    if (byte < 0x80) return index > 0 && byte === 0 ? VARINT_MALFORMED : value
  }
  return VARINT_MALFORMED
}
