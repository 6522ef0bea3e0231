import { DecodeError, type Framing, readVarint, VARINT_INCOMPLETE, varintBytes } from "@polymq/wire"

/** Cuts at the remaining length: 1 to 4 bytes behind the first (MQTT 5.0 section 2.1.4). Raises `DecodeError` `MALFORMED`. */
export const packetFraming: Framing = {
  frameBytes(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 2) return 0
    const single = bytes[start + 1] as number
    if (single < 0x80) return 2 + single
    const length = readVarint(bytes, start + 1, end)
    if (length >= 0) return 1 + varintBytes(length) + length
    if (length === VARINT_INCOMPLETE) return 0
    throw new DecodeError("MALFORMED", "the remaining length is not a variable byte integer [MQTT-1.5.5-1]")
  },
}
