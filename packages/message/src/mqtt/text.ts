import { hasNul, isUtf8 } from "@polymq/wire"

/** Whether `bytes[start, end)` is a UTF-8 encoded string as MQTT wants it: well-formed and without U+0000 (MQTT 5.0 section 1.5.4). */
export function isMqttText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === 0) return false
    if (byte >= 0x80) return isUtf8(bytes, at, end) && !hasNul(bytes, at, end)
  }
  return true
}

const PLUS = 0x2b
const HASH = 0x23

/** Whether `bytes[start, end)` holds a wildcard of topic filters, which topic names must not (section 4.7.1). */
export function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === PLUS || bytes[at] === HASH) return true
  return false
}
