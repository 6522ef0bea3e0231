import { DecodeError, decodeUtf8, readUint16, readUint32 } from "@polymq/wire"
import type { MessageDraft } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { parseExpiration } from "./expiration.ts"
import {
  DELIVERY_MODE,
  EXPIRATION,
  firstProperty,
  flagOf,
  HEADERS,
  NO_PROPERTY_FLAGS,
  PERSISTENT,
  PRIORITY,
  PROPERTY_WIDTH,
} from "./properties.ts"
import { SHORT_LENGTH, skipLong, skipShort, skipValue, TYPE_OF_TAG, typeNumber, valueEnd } from "./values.ts"

const ARRAY = typeNumber("array")
const LONGSTR = typeNumber("longstr")

/**
 * Checks the property flags and property list of a content header, which must fill `bytes[start, end)`, and makes them
 * the head of `draft`: without a copy, unless BCC has to be taken out. Sets durable, priority, ttl and the further keys
 * of CC and BCC. Raises `DecodeError` for bytes that are no property list and `PropertyError` for an expiration that is
 * not a non-negative integer or a CC or BCC that is not an array.
 */
export function validateProperties(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): void {
  if (end - start < 2) throw new DecodeError("TRUNCATED", "property flags expected")
  const flags = readUint16(bytes, start)
  if ((flags & NO_PROPERTY_FLAGS) !== 0) throw new DecodeError("MALFORMED", "property flags for unknown properties")
  draft.head = bytes
  draft.headStart = start
  draft.headEnd = end
  let at = start + 2
  let headersAt = -1
  let hidesKeys = false
  for (let rest = flags; rest !== 0; ) {
    const field = firstProperty(rest)
    rest &= ~flagOf(field)
    const next = skipProperty(field, bytes, at, end)
    if (field === HEADERS) {
      headersAt = at
      hidesKeys = readHeaders(bytes, at + 4, next, draft)
    } else if (field === DELIVERY_MODE) draft.durable = bytes[at] === PERSISTENT
    else if (field === PRIORITY) draft.priority = bytes[at] as number
    else if (field === EXPIRATION) draft.ttlMs = ttlOf(bytes, at + 1, next)
    at = next
  }
  if (at !== end) throw new DecodeError("MALFORMED", `${end - at} bytes behind the last property`)
  if (hidesKeys) hideKeys(draft, headersAt)
}

function skipProperty(field: number, bytes: Uint8Array, start: number, end: number): number {
  const width = PROPERTY_WIDTH[field] as number
  if (width === SHORT_LENGTH) return skipShort(bytes, start, end)
  if (width < 0) return skipLong(bytes, start, end)
  if (width > end - start) throw new DecodeError("TRUNCATED", `${width} bytes expected, ${end - start} left`)
  return start + width
}

function ttlOf(bytes: Uint8Array, start: number, end: number): number {
  const ttlMs = parseExpiration(bytes, start, end)
  if (ttlMs < 0) {
    throw new PropertyError("expiration", `invalid expiration '${decodeUtf8(bytes, start, end)}': no_integer`)
  }
  return ttlMs
}

/** Checks the entries, collects the keys of CC and BCC, and tells whether there is a BCC. */
function readHeaders(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): boolean {
  let hidesKeys = false
  let at = start
  while (at < end) {
    const valueAt = skipShort(bytes, at, end)
    const next = skipValue(bytes, valueAt, end, 1)
    if (isBcc(bytes, at)) {
      hidesKeys = true
      addKeys("BCC", bytes, valueAt, next, draft)
    } else if (isCc(bytes, at)) addKeys("CC", bytes, valueAt, next, draft)
    at = next
  }
  return hidesKeys
}

const B = 0x42
const C = 0x43

function isCc(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 2 && bytes[start + 1] === C && bytes[start + 2] === C
}

function isBcc(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === 3 && bytes[start + 1] === B && bytes[start + 2] === C && bytes[start + 3] === C
}

/** Elements that are not longstr name no key. */
function addKeys(name: "CC" | "BCC", bytes: Uint8Array, start: number, end: number, draft: MessageDraft): void {
  if (TYPE_OF_TAG[bytes[start] as number] !== ARRAY) {
    throw new PropertyError(name, `the ${name} header must be an array of routing keys`)
  }
  const keys = [...(draft.moreKeys ?? [])]
  for (let at = start + 5; at < end; at = valueEnd(bytes, at)) {
    if (TYPE_OF_TAG[bytes[at] as number] === LONGSTR) keys.push(decodeUtf8(bytes, at + 5, valueEnd(bytes, at)))
  }
  draft.moreKeys = keys
}

/** Replaces the head by a copy without the BCC entries of the headers table at `headersAt`. */
function hideKeys(draft: MessageDraft, headersAt: number): void {
  const { head: from, headStart, headEnd } = draft
  const to = new Uint8Array(headEnd - headStart)
  const entriesEnd = headersAt + 4 + readUint32(from, headersAt)
  let at = append(to, 0, from, headStart, headersAt + 4)
  const lengthAt = at - 4
  for (let entry = headersAt + 4; entry < entriesEnd; ) {
    const next = valueEnd(from, entry + 1 + (from[entry] as number))
    if (!isBcc(from, entry)) at = append(to, at, from, entry, next)
    entry = next
  }
  new DataView(to.buffer).setUint32(lengthAt, at - lengthAt - 4)
  draft.head = to
  draft.headStart = 0
  draft.headEnd = append(to, at, from, entriesEnd, headEnd)
}

function append(to: Uint8Array, at: number, from: Uint8Array, start: number, end: number): number {
  to.set(from.subarray(start, end), at)
  return at + end - start
}
