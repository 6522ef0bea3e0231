import { hasNul, isUtf8, wideViewOf } from "@polymq/wire"

/** Whether `bytes[start, end)` is a UTF-8 encoded string as MQTT wants it: well-formed and without U+0000 (MQTT 5.0 section 1.5.4). */
export function isMqttText(bytes: Uint8Array, start: number, end: number): boolean {
  const view = wideViewOf(bytes)
  const isPlain =
    view !== undefined && end - start >= 4 ? isPlainWide(view, start, end) : isPlainText(bytes, start, end)
  return isPlain || (!hasNul(bytes, start, end) && isUtf8(bytes, start, end))
}

/** Whether every byte is from 1 to 127: neither it nor its predecessor has a high bit then. */
function isPlainText(bytes: Uint8Array, start: number, end: number): boolean {
  // "| 0": see copyBytes.
  let at = start | 0
  // Four at a time is twice as fast.
  for (const last = (end - 4) | 0; at <= last; at = (at + 4) | 0) {
    const a = bytes[at] as number
    const b = bytes[at + 1] as number
    const c = bytes[at + 2] as number
    const d = bytes[at + 3] as number
    if ((a | (a - 1) | b | (b - 1) | c | (c - 1) | d | (d - 1)) >>> 7 !== 0) return false
  }
  for (; at < end; at = (at + 1) | 0) {
    const byte = bytes[at] as number
    if ((byte | (byte - 1)) >>> 7 !== 0) return false
  }
  return true
}

/** The same of four bytes or more; the last four may overlap those before. */
function isPlainWide(view: DataView, start: number, end: number): boolean {
  const last = (end - 4) | 0
  for (let at = start | 0; at < last; at = (at + 4) | 0) if (!areFourPlain(view.getInt32(at))) return false
  return areFourPlain(view.getInt32(last))
}

function areFourPlain(four: number): boolean {
  return ((four | (four - 0x01010101)) & 0x80808080) === 0
}

const PLUS = 0x2b
const HASH = 0x23

/** Whether `bytes[start, end)` holds a wildcard of topic filters, which topic names must not (section 4.7.1). */
export function hasWildcard(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === PLUS || bytes[at] === HASH) return true
  return false
}
