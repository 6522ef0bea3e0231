import type { ByteWriter } from "@polymq/wire"

/**
 * Writes the unsigned integer in `bytes[start, end)` in `width` bytes, padded or cut at the front; the caller has checked
 * that its value fits.
 */
export function putUnsigned(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, width: number): void {
  put(writer, bytes, start, end, width, 0)
}

/** Writes the two's complement integer in `bytes[start, end)` likewise, padded with its sign. */
export function putSigned(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, width: number): void {
  const isNegative = start < end && (bytes[start] as number) >= 0x80
  put(writer, bytes, start, end, width, isNegative ? 0xff : 0)
}

function put(writer: ByteWriter, bytes: Uint8Array, start: number, end: number, width: number, pad: number): void {
  if (end - start === width) {
    writer.copy(bytes, start, end)
    return
  }
  for (let missing = width - (end - start); missing > 0; missing--) writer.uint8(pad)
  writer.copy(bytes, Math.max(start, end - width), end)
}
