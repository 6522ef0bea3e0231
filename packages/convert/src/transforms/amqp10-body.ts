import { AMQP10_CODE, amqp10BodyEnd, skipAmqp10Value } from "@polymq/message"
import { copyBytes } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED } from "../verdict.ts"

/** The body sections of an AMQP 1.0 message as they were sent, descriptors included, without the footer. */
export const encodedBody: Transform = {
  name: "encodedBody",
  text: "the encoded body sections, without footer",
  apply: (_slot, out, { message }) => {
    out.share(message.body, message.bodyStart, amqp10BodyEnd(message))
    return CONVERTED
  },
}

/** The same with the footer behind them. */
export const encodedBodyAndFooter: Transform = {
  name: "encodedBodyAndFooter",
  text: "the encoded body sections and footer",
  apply: (_slot, out, { message }) => {
    out.share(message.body, message.bodyStart, message.bodyEnd)
    return CONVERTED
  },
}

/**
 * The contents of several data sections one after the other. They need memory of their own: what a message shares as its
 * payload must outlive the conversion.
 */
export const joinedData: Transform = {
  name: "joinedData",
  text: "contents of the data sections, one after the other",
  apply: ({ bytes, start, end }, out) => {
    let total = 0
    for (let at = start; at < end; ) {
      const content = contentStart(bytes, at, end)
      at = skipAmqp10Value(bytes, content, end)
      total += at - octetsStart(bytes, content)
    }
    const joined = new Uint8Array(total)
    let to = 0
    for (let at = start; at < end; ) {
      const content = contentStart(bytes, at, end)
      const from = octetsStart(bytes, content)
      at = skipAmqp10Value(bytes, content, end)
      copyBytes(bytes, from, at, joined, to)
      to += at - from
    }
    out.share(joined, 0, total)
    return CONVERTED
  },
}

/** Offset of the value of the section at `start`: behind the format code of described values, and the descriptor. */
function contentStart(bytes: Uint8Array, start: number, end: number): number {
  return skipAmqp10Value(bytes, start + 1, end)
}

/** Offset of the octets of the binary at `start`. */
function octetsStart(bytes: Uint8Array, start: number): number {
  return bytes[start] === AMQP10_CODE.vbin8 ? start + 2 : start + 5
}
