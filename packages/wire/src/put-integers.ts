/** Writes an unsigned 16-bit integer at `at` and returns the offset behind it; the caller has made room. */
export function putUint16(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
  return at + 2
}

/** Writes the low 32 bits of an unsigned integer below 2^53 at `at` and returns the offset behind it; the caller has made room. */
export function putUint32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
  return at + 4
}

/** Writes an unsigned integer below 2^53 as 64 bits at `at` and returns the offset behind it; the caller has made room. */
export function putUint64(bytes: Uint8Array, at: number, value: number): number {
  return putUint32(bytes, putUint32(bytes, at, Math.floor(value / 0x1_0000_0000)), value >>> 0)
}
