import { NO_BYTES } from "@polymq/message"
import { asBuffer, byteLength, copyBytes } from "@polymq/wire"
import { shortstr } from "./codec.ts"

/** Longest short string in octets (4.2.5.3). */
const MAX_BYTES = 255

/** A short string on the wire, length included; text of more than 255 bytes is cut at a character. */
export function encodeShortstr(text: string): Uint8Array {
  const cut = cutToFit(text)
  const length = byteLength(cut)
  const bytes = new Uint8Array(1 + length)
  bytes[0] = length
  asBuffer(bytes).write(cut, 1, "utf8")
  return bytes
}

/** The longest beginning of the text that a short string can hold. */
export function cutToFit(text: string): string {
  if (byteLength(text) <= MAX_BYTES) return text
  let bytes = 0
  let characters = 0
  for (const character of text) {
    bytes += byteLength(character)
    if (bytes > MAX_BYTES) break
    characters += character.length
  }
  return text.slice(0, characters)
}

/** Decodes a short string that often is the same as the last one: equal bytes give the same string object. */
export class LastShortstr {
  #bytes: Uint8Array = NO_BYTES
  #length = 0
  #text = ""

  /** The text of `bytes[start, end)`, at most 255 bytes. Raises `DecodeError` `INVALID_UTF8`. */
  decode(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length === this.#length && this.#isSame(bytes, start)) return this.#text
    const text = shortstr(bytes, start, end)
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(Math.min(MAX_BYTES, length * 2))
    copyBytes(bytes, start, end, this.#bytes, 0)
    this.#length = length
    this.#text = text
    return text
  }

  #isSame(bytes: Uint8Array, start: number): boolean {
    const last = this.#bytes
    for (let at = this.#length - 1; at >= 0; at--) if (bytes[start + at] !== last[at]) return false
    return true
  }
}

/** Exchange and routing key of a delivery as two short strings, kept for as long as they stay the same. */
export class LastRoute {
  #exchange = ""
  #routingKey = ""
  #bytes: Uint8Array = Uint8Array.of(0, 0)

  encode(exchange: string, routingKey: string): Uint8Array {
    if (exchange === this.#exchange && routingKey === this.#routingKey) return this.#bytes
    const first = encodeShortstr(exchange)
    const second = encodeShortstr(routingKey)
    const bytes = new Uint8Array(first.length + second.length)
    bytes.set(first)
    bytes.set(second, first.length)
    this.#exchange = exchange
    this.#routingKey = routingKey
    this.#bytes = bytes
    return bytes
  }
}
