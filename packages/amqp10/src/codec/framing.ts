import { DecodeError, type Framing, readUint32 } from "@polymq/wire"
import { FRAME_HEADER_BYTES, HEADER_BYTES, HEADER_MAGIC } from "./constants.ts"

/**
 * Cuts at the SIZE of the frame header (AMQP 1.0 part 2, 2.3.1). A protocol header counts as a frame: "AMQP" read as a
 * size is above every limit, so the two cannot be confused. Raises `DecodeError` `MALFORMED` for a frame that is smaller
 * than its own header.
 */
export const frameFraming: Framing = {
  frameBytes(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 4) return 0
    const size = readUint32(bytes, start)
    if (size === HEADER_MAGIC) return HEADER_BYTES
    if (size < FRAME_HEADER_BYTES) throw new DecodeError("MALFORMED", `frame of ${size} bytes`)
    return size
  },
}

/** Whether a frame handed on by `frameFraming` is a protocol header. */
export function isProtocolHeader(bytes: Uint8Array, start: number): boolean {
  return readUint32(bytes, start) === HEADER_MAGIC
}

/** Offset of the frame body. Raises `DecodeError` `MALFORMED` for a DOFF within the frame header or beyond the frame. */
export function bodyOffset(bytes: Uint8Array, start: number, end: number): number {
  const words = bytes[start + 4] as number
  const body = start + words * 4
  if (words < 2 || body > end) throw new DecodeError("MALFORMED", `data offset of ${words} words`)
  return body
}
