import { readUint32 } from "@polymq/wire"
import type { MessageDraft } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { hasWildcard } from "./text.ts"
import {
  checkProperty,
  checkValue,
  type PlaceRules,
  propertyAt,
  propertyNumber,
  readInteger,
  rulesOf,
  valueEnd,
} from "./values.ts"

const EXPIRY = propertyNumber("message-expiry-interval")
const RESPONSE_TOPIC = propertyNumber("response-topic")
const TOPIC_ALIAS = propertyNumber("topic-alias")
const WILL_DELAY = propertyNumber("will-delay-interval")
const IDENTIFIER = propertyNumber("subscription-identifier")

const PUBLISH = rulesOf("PUBLISH")
const WILL = rulesOf("will")

/** Result of `validateProperties` for a PUBLISH without topic alias. */
export const NO_TOPIC_ALIAS = -1

/**
 * Checks the properties of a PUBLISH from a client, which must fill `bytes[start, end)` without their length, and makes
 * them the head of `draft`: without a copy, unless a topic alias has to be taken out. Sets the ttl. Returns the topic
 * alias, 0 to 65 535, or `NO_TOPIC_ALIAS`. Raises `DecodeError` for a malformed packet (reason 0x81) and `PropertyError`
 * for a protocol error (0x82): a property twice, a value out of range, a response topic with wildcards, a subscription
 * identifier [MQTT-3.3.4-6].
 */
export function validateProperties(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): number {
  return accept(bytes, start, end, draft, PUBLISH, 1 << TOPIC_ALIAS)
}

/** The same for a PUBLISH of either direction; subscription identifiers are taken out as well. */
export function validateAnyProperties(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): void {
  accept(bytes, start, end, draft, PUBLISH, (1 << TOPIC_ALIAS) | (1 << IDENTIFIER))
}

/** The same for will properties; returns the will delay interval in seconds, 0 where it is absent. */
export function validateWillProperties(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): number {
  return Math.max(0, accept(bytes, start, end, draft, WILL, 1 << WILL_DELAY))
}

/** Returns the value of the last property of the set `hidden`, all of which stay out of the head; -1 without any. */
function accept(
  bytes: Uint8Array,
  start: number,
  end: number,
  draft: MessageDraft,
  rules: PlaceRules,
  hidden: number,
): number {
  let seen = 0
  let hiddenValue = -1
  let hiddenBytes = 0
  for (let at = start; at < end; ) {
    const property = checkProperty(bytes, at, rules, seen)
    seen |= 1 << property
    const next = checkValue(property, bytes, at + 1, end)
    if (property === EXPIRY) draft.ttlMs = readUint32(bytes, at + 1) * 1000
    else if (property === RESPONSE_TOPIC) checkResponseTopic(bytes, at + 3, next)
    else if (((hidden >>> property) & 1) === 1) {
      hiddenValue = readInteger(property, bytes, at + 1, next)
      hiddenBytes += next - at
    } else if (property === IDENTIFIER) {
      throw new PropertyError("subscription-identifier", "a subscription identifier from a client [MQTT-3.3.4-6]")
    }
    at = next
  }
  const head = hiddenBytes === 0 ? bytes : without(hidden, bytes, start, end, hiddenBytes)
  draft.head = head
  draft.headStart = head === bytes ? start : 0
  draft.headEnd = head === bytes ? end : head.length
  return hiddenValue
}

function checkResponseTopic(bytes: Uint8Array, start: number, end: number): void {
  if (hasWildcard(bytes, start, end)) throw new PropertyError("response-topic", "response-topic with wildcards")
}

function without(hidden: number, bytes: Uint8Array, start: number, end: number, hiddenBytes: number): Uint8Array {
  const kept = new Uint8Array(end - start - hiddenBytes)
  let to = 0
  for (let at = start; at < end; ) {
    const property = propertyAt(bytes, at)
    const next = valueEnd(property, bytes, at + 1)
    if (((hidden >>> property) & 1) === 0) {
      kept.set(bytes.subarray(at, next), to)
      to += next - at
    }
    at = next
  }
  return kept
}
