import { Buffer, isUtf8 as isUtf8Native } from "node:buffer"
import { wideViewOf } from "./wide-view.ts"

/** Whether every byte of `bytes[start, end)` is below 0x80. */
export function isAscii(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  const view = wideViewOf(bytes)
  if (view !== undefined && end - start >= 4) return isAsciiWide(view, start, end)
  // "| 0": see copyBytes.
  let at = start | 0
  // Four at a time: twice as fast as one at a time.
  for (const last = (end - 4) | 0; at <= last; at = (at + 4) | 0) {
    const four =
      (bytes[at] as number) | (bytes[at + 1] as number) | (bytes[at + 2] as number) | (bytes[at + 3] as number)
    if (four >= 0x80) return false
  }
  for (; at < end; at = (at + 1) | 0) if ((bytes[at] as number) >= 0x80) return false
  return true
}

/** The same of four bytes or more; the last four may overlap those before. */
function isAsciiWide(view: DataView, start: number, end: number): boolean {
  const last = (end - 4) | 0
  for (let at = start | 0; at < last; at = (at + 4) | 0) if ((view.getInt32(at) & 0x80808080) !== 0) return false
  return (view.getInt32(last) & 0x80808080) === 0
}

/** Whether `bytes[start, end)` is well-formed UTF-8 (RFC 3629). */
export function isUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  return isAscii(bytes, start, end) || isUtf8Native(bytes.subarray(start, end))
}

/** Whether `bytes[start, end)` holds a zero octet. */
export function hasNul(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === 0) return true
  return false
}

/** Decodes `bytes[start, end)`; ill-formed sequences become U+FFFD. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  const buffer = asBuffer(bytes)
  return buffer.toString(isAscii(bytes, start, end) ? "latin1" : "utf8", start, end)
}

/** Number of bytes that `text` takes in UTF-8. */
export function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8")
}

/** Encodes `text` into bytes of its own. */
export function encodeUtf8(text: string): Uint8Array {
  return Buffer.from(text, "utf8")
}

/** The same memory as a Buffer; free of charge when it is one. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
