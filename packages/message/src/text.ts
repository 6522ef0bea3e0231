import { cloneBytes, decodeUtf8, isUtf8 } from "@polymq/wire"

/** Text of `bytes[start, end)`, or a copy of the bytes where they are not valid UTF-8. */
export function readText(bytes: Uint8Array, start: number, end: number): string | Uint8Array {
  return isUtf8(bytes, start, end) ? decodeUtf8(bytes, start, end) : cloneBytes(bytes, start, end)
}

/** Whether `bytes[start, end)` is the UTF-8 of one of `texts`. */
export function isOneOf(bytes: Uint8Array, start: number, end: number, texts: readonly string[]): boolean {
  for (const text of texts) if (isText(bytes, start, end, text)) return true
  return false
}

/** Whether `bytes[start, end)` is the UTF-8 of `text`; allocates nothing where both are ASCII. */
export function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start < text.length) return false
  for (let at = start, index = 0; at < end; at++, index++) {
    const byte = bytes[at] as number
    if (byte >= 0x80) return decodeUtf8(bytes, start, end) === text
    if (byte !== text.charCodeAt(index)) return false
  }
  return true
}
