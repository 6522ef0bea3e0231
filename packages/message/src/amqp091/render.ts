import { copyBytes, putUint16, putUint32, readUint32 } from "@polymq/wire"
import type { Message } from "../message.ts"
import { withBrokerHeaders, withSameBrokerHeaders } from "./broker-headers.ts"
import { EXPIRATION, flagOf, HEADERS, propertyEnd, propertyFlags, propertyStart } from "./properties.ts"
import { valueEnd } from "./values.ts"

/** Largest frame, in bytes, that a content header may fill when nothing smaller has been negotiated. */
export const MAX_HEADER_FRAME_BYTES = 131_072

/** What a header frame holds beside flags and list: type, channel, size, class, weight, body size, end. */
const FRAME_OVERHEAD_BYTES = 1 + 2 + 4 + 2 + 2 + 8 + 1

/**
 * Bytes that `render` writes for a delivery of `delivered`, a native or a converted one of this format, in a header frame
 * of at most `maxFrameBytes` bytes. `deliveryCount` is how often it has failed, where its consumers are to read that in a
 * header; 0 says nothing.
 */
export function renderedBytes(
  delivered: Message,
  maxFrameBytes: number = MAX_HEADER_FRAME_BYTES,
  deliveryCount = 0,
): number {
  const message = withBrokerHeaders(delivered, deliveryCount)
  const size = message.headEnd - message.headStart
  if (size === 0) return 2
  if (isWhole(message, maxFrameBytes)) return size
  const cut = cutOf(message, maxFrameBytes)
  return size - (cut.expirationEnd - cut.expirationStart) - (cut.headersEnd - cut.keptEnd)
}

/**
 * Writes property flags and property list of a delivery at `at` and returns the offset behind them; the caller has made
 * room for `renderedBytes`, asked just before with the same arguments. Everything is byte-identical to the head, but the
 * expiration is left out once the envelope has no ttl any more (dead-lettering clears it), a dead-lettered message's
 * history and the count of failed deliveries are added to the headers, and headers are dropped from the end until the
 * frame holds the rest.
 */
export function render(
  delivered: Message,
  target: Uint8Array,
  at: number,
  maxFrameBytes: number = MAX_HEADER_FRAME_BYTES,
  deliveryCount = 0,
): number {
  const message = withSameBrokerHeaders(delivered, deliveryCount)
  const { head, headStart, headEnd } = message
  if (headEnd === headStart) return putUint16(target, at, 0)
  if (!isWhole(message, maxFrameBytes)) return renderCut(message, cutOf(message, maxFrameBytes), target, at)
  copyBytes(head, headStart, headEnd, target, at)
  return at + headEnd - headStart
}

/** How many headers `render` drops because a header frame of `maxFrameBytes` bytes cannot hold them. */
export function droppedHeaders(delivered: Message, maxFrameBytes: number = MAX_HEADER_FRAME_BYTES): number {
  const message = withBrokerHeaders(delivered, 0)
  if (isWhole(message, maxFrameBytes)) return 0
  const cut = cutOf(message, maxFrameBytes)
  let count = 0
  for (let at = cut.keptEnd; at < cut.headersEnd; at = entryEnd(message.head, at)) count++
  return count
}

function isWhole(message: Message, maxFrameBytes: number): boolean {
  return (
    message.headEnd - message.headStart <= maxFrameBytes - FRAME_OVERHEAD_BYTES &&
    (message.ttlMs !== undefined || (propertyFlags(message) & flagOf(EXPIRATION)) === 0)
  )
}

/** What does not leave with a message, as offsets in its head; absent parts are empty ranges. */
interface Cut {
  /** The four bytes that count the headers. */
  readonly headersStart: number
  /** Behind the last header that is kept. */
  readonly keptEnd: number
  readonly headersEnd: number
  readonly expirationStart: number
  readonly expirationEnd: number
}

function cutOf(message: Message, maxFrameBytes: number): Cut {
  const { head, headStart, headEnd } = message
  const expirationAt = message.ttlMs === undefined ? propertyStart(message, EXPIRATION) : -1
  const expirationStart = expirationAt < 0 ? headEnd : expirationAt
  const expirationEnd = expirationAt < 0 ? headEnd : propertyEnd(EXPIRATION, head, expirationAt)
  const headersAt = propertyStart(message, HEADERS)
  if (headersAt < 0) {
    const none = expirationStart
    return { headersStart: none, keptEnd: none, headersEnd: none, expirationStart, expirationEnd }
  }
  const headersEnd = headersAt + 4 + readUint32(head, headersAt)
  const rest = headEnd - headStart - (headersEnd - headersAt - 4) - (expirationEnd - expirationStart)
  const room = maxFrameBytes - FRAME_OVERHEAD_BYTES - rest
  return {
    headersStart: headersAt,
    keptEnd: keptEnd(head, headersAt + 4, headersEnd, room),
    headersEnd,
    expirationStart,
    expirationEnd,
  }
}

function keptEnd(bytes: Uint8Array, start: number, end: number, maxBytes: number): number {
  if (end - start <= maxBytes) return end
  let at = start
  for (;;) {
    const next = entryEnd(bytes, at)
    if (next - start > maxBytes) return at
    at = next
  }
}

function entryEnd(bytes: Uint8Array, start: number): number {
  return valueEnd(bytes, start + 1 + (bytes[start] as number))
}

function renderCut(message: Message, cut: Cut, target: Uint8Array, at: number): number {
  const { head, headStart, headEnd } = message
  const hidden = cut.expirationStart < cut.expirationEnd ? flagOf(EXPIRATION) : 0
  let to = putUint16(target, at, propertyFlags(message) & ~hidden)
  to = append(target, to, head, headStart + 2, cut.headersStart)
  if (cut.headersStart < cut.headersEnd) {
    to = putUint32(target, to, cut.keptEnd - cut.headersStart - 4)
    to = append(target, to, head, cut.headersStart + 4, cut.keptEnd)
    to = append(target, to, head, cut.headersEnd, cut.expirationStart)
  }
  return append(target, to, head, cut.expirationEnd, headEnd)
}

function append(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  copyBytes(source, start, end, target, at)
  return at + end - start
}
