import { hasNul, isUtf8, wideViewOf } from "@polymq/wire"

/** Whether `bytes[start, end)` is a UTF-8 encoded string as MQTT wants it: well-formed and without U+0000 (MQTT 5.0 section 1.5.4). */
export function isMqttText(bytes: Uint8Array, start: number, end: number): boolean {
  // "| 0": see copyBytes.
  let at = start | 0
  const stop = end | 0
  // A byte is from 1 to 127 when neither it nor its predecessor has a high bit.
  const view = wideViewOf(bytes)
  const last = (stop - 4) | 0
  if (view !== undefined) {
    for (; at <= last; at = (at + 4) | 0) {
      const four = view.getInt32(at)
      if (((four | (four - 0x01010101)) & 0x80808080) !== 0) return isTextWithoutNul(bytes, at, end)
    }
  }
  for (; at < stop; at = (at + 1) | 0) {
    const byte = bytes[at] as number
    if ((byte | (byte - 1)) >>> 7 !== 0) return isTextWithoutNul(bytes, at, end)
  }
  return true
}

function isTextWithoutNul(bytes: Uint8Array, start: number, end: number): boolean {
  return !hasNul(bytes, start, end) && isUtf8(bytes, start, end)
}

const PLUS = 0x2b
const HASH = 0x23

/** Whether `bytes[start, end)` holds a wildcard of topic filters, which topic names must not (section 4.7.1). */
export function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === PLUS || bytes[at] === HASH) return true
  return false
}
