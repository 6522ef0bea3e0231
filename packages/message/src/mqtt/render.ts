import { copyBytes, putUint32, putVarint, varintBytes } from "@polymq/wire"
import type { Message } from "../message.ts"
import { PROPERTIES } from "./properties.ts"
import { propertyAt, propertyNumber, valueEnd } from "./values.ts"

const EXPIRY = propertyNumber("message-expiry-interval")
const IDENTIFIER_ID = PROPERTIES[propertyNumber("subscription-identifier")]?.id ?? 0
/** Identifier and four bytes. */
const EXPIRY_BYTES = 5

/** The identifiers of subscriptions without any. */
const NO_IDENTIFIERS: readonly number[] = []

/** Bytes that `render` writes for a delivery of `message`: the properties and their length. */
export function renderedBytes(message: Message, identifiers: readonly number[] = NO_IDENTIFIERS): number {
  const size = contentBytes(message, hidesExpiry(message), identifiers)
  return varintBytes(size) + size
}

/**
 * Writes the property block of a delivery, length first, at `at` and returns the offset behind it; the caller has made
 * room for `renderedBytes`. The message expiry interval becomes `remainingSeconds` where that is given, and is left out
 * once the envelope has no ttl any more; subscription identifiers come last; everything else is byte-identical to the
 * head and in its order. Two deliveries with the same arguments get the same bytes.
 */
export function render(
  message: Message,
  remainingSeconds: number | undefined,
  identifiers: readonly number[],
  target: Uint8Array,
  at: number,
): number {
  const { head, headStart, headEnd } = message
  const expiryAt = headStart === headEnd ? -1 : findExpiry(message)
  const isHidden = expiryAt >= 0 && message.ttlMs === undefined
  let to = putVarint(target, at, contentBytes(message, isHidden, identifiers))
  if (expiryAt < 0) to = append(target, to, head, headStart, headEnd)
  else if (isHidden) {
    to = append(target, to, head, headStart, expiryAt)
    to = append(target, to, head, expiryAt + EXPIRY_BYTES, headEnd)
  } else {
    const seconds = to + expiryAt + 1 - headStart
    to = append(target, to, head, headStart, headEnd)
    if (remainingSeconds !== undefined) putUint32(target, seconds, remainingSeconds)
  }
  for (const identifier of identifiers) {
    target[to] = IDENTIFIER_ID
    to = putVarint(target, to + 1, identifier)
  }
  return to
}

function contentBytes(message: Message, isExpiryHidden: boolean, identifiers: readonly number[]): number {
  let size = message.headEnd - message.headStart - (isExpiryHidden ? EXPIRY_BYTES : 0)
  for (const identifier of identifiers) size += 1 + varintBytes(identifier)
  return size
}

function hidesExpiry(message: Message): boolean {
  return message.ttlMs === undefined && message.headStart < message.headEnd && findExpiry(message) >= 0
}

/** Offset of the message expiry interval's identifier in the head; -1 where it is absent. */
function findExpiry(message: Message): number {
  const { head, headEnd } = message
  for (let at = message.headStart; at < headEnd; ) {
    const property = propertyAt(head, at)
    if (property === EXPIRY) return at
    at = valueEnd(property, head, at + 1)
  }
  return -1
}

function append(target: Uint8Array, at: number, source: Uint8Array, start: number, end: number): number {
  copyBytes(source, start, end, target, at)
  return at + end - start
}
