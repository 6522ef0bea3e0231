import { isMqttText as isText, type Slot } from "@polymq/message"
import { encodeUtf8, isAscii, isUtf8 } from "@polymq/wire"
import type { Condition } from "./table.ts"
import { isKeyOneOf, keyBeginsWith } from "./transforms/begins-with.ts"

/** Bytes that a `shortstr` may have: fewer than 256 (rabbitmq-property-conversions#conventions). */
const MAX_SHORTSTR_BYTES = 255

/** Bytes that a UTF-8 string or binary data of MQTT may have (MQTT 5.0 sections 1.5.4 and 1.5.6). */
const MAX_MQTT_BYTES = 65_535

/** Fewer than 256 bytes of UTF-8 without NUL (rabbitmq-property-conversions#conventions). */
export const isShortstr: Condition = {
  name: "isShortstr",
  text: "`shortstr`",
  test: ({ bytes, start, end }) => end - start <= MAX_SHORTSTR_BYTES && isText(bytes, start, end),
}

/** What a UTF-8 encoded string of MQTT may hold: up to 65 535 bytes of UTF-8 without NUL (MQTT 5.0 section 1.5.4). */
export const isMqttText: Condition = {
  name: "isMqttText",
  text: "at most 65 535 bytes of UTF-8 without `NUL`",
  test: ({ bytes, start, end }) => end - start <= MAX_MQTT_BYTES && isText(bytes, start, end),
}

/** Longer than any string or binary data of MQTT (MQTT 5.0 sections 1.5.4 and 1.5.6). */
export const isAboveMqttLength: Condition = {
  name: "isAboveMqttLength",
  text: "more than 65 535 bytes",
  test: ({ start, end }) => end - start > MAX_MQTT_BYTES,
}

/** More bytes than a `shortstr` holds. */
export const isAboveShortstrLength: Condition = {
  name: "isAboveShortstrLength",
  text: "more than 255 bytes",
  test: ({ start, end }) => end - start > MAX_SHORTSTR_BYTES,
}

/** The number 2, in an unsigned integer of any width. */
export const isTwo: Condition = {
  name: "isTwo",
  text: "2",
  test: ({ bytes, start, end }) => {
    const last = end - 1
    if (bytes[last] !== 2) return false
    for (let at = start; at < last; at++) if (bytes[at] !== 0) return false
    return last >= start
  },
}

/** An entry whose key is a `shortstr`. */
export const keyIsShortstr: Condition = {
  name: "keyIsShortstr",
  text: "name is `shortstr`",
  test: ({ keyBytes, keyStart, keyEnd }) =>
    keyEnd - keyStart <= MAX_SHORTSTR_BYTES && isText(keyBytes, keyStart, keyEnd),
}

/** An entry whose key can be a UTF-8 encoded string of MQTT. */
export const keyIsMqttText: Condition = {
  name: "keyIsMqttText",
  text: "name is at most 65 535 bytes of UTF-8 without `NUL`",
  test: ({ keyBytes, keyStart, keyEnd }) => keyEnd - keyStart <= MAX_MQTT_BYTES && isText(keyBytes, keyStart, keyEnd),
}

/** An entry whose key is exactly `key`. */
export function keyIs(key: string): Condition {
  const wanted = encodeUtf8(key)
  return {
    name: `keyIs(${key})`,
    text: `Key=${key}`,
    test: (slot) => slot.keyEnd - slot.keyStart === wanted.length && keyBeginsWith(slot, wanted),
  }
}

/** Well-formed UTF-8 of any length, NUL included: what a string of AMQP 1.0 may hold (part 1, section 1.6.20). */
export const isUtf8Text: Condition = {
  name: "isUtf8Text",
  text: "valid UTF-8",
  test: ({ bytes, start, end }) => isUtf8(bytes, start, end),
}

/** ASCII of any length: what a symbol of AMQP 1.0 may hold (part 1, section 1.6.21). */
export const isAsciiText: Condition = {
  name: "isAsciiText",
  text: "valid ASCII",
  test: ({ bytes, start, end }) => isAscii(bytes, start, end),
}

/** A binary32 or binary64 that is a number: the bits of its exponent are not all set (IEEE 754-2008 section 3.4). */
export const isFiniteFloat: Condition = {
  name: "isFiniteFloat",
  text: "neither NaN nor Inf",
  test: ({ bytes, start, end }) => {
    const first = (bytes[start] as number) & 0x7f
    const second = bytes[start + 1] as number
    return first !== 0x7f || (end - start === 4 ? second < 0x80 : second < 0xf0)
  },
}

const LOWER_X = 0x78
const HYPHEN = 0x2d

function keyHasX({ keyBytes, keyStart, keyEnd }: Slot): boolean {
  return keyEnd - keyStart >= 2 && keyBytes[keyStart] === LOWER_X && keyBytes[keyStart + 1] === HYPHEN
}

/** An entry whose key begins with "x-". */
export const keyBeginsWithX: Condition = {
  name: "keyBeginsWithX",
  text: 'Key begins with "x-"',
  test: keyHasX,
}

/** An entry whose key begins with "x-" and can be a symbol. */
export const keyIsAsciiWithX: Condition = {
  name: "keyIsAsciiWithX",
  text: 'Key begins with "x-" and is ASCII',
  test: (slot) => keyHasX(slot) && isAscii(slot.keyBytes, slot.keyStart, slot.keyEnd),
}

/** An entry whose key is well-formed UTF-8. */
export const keyIsUtf8: Condition = {
  name: "keyIsUtf8",
  text: "name is valid UTF-8",
  test: ({ keyBytes, keyStart, keyEnd }) => isUtf8(keyBytes, keyStart, keyEnd),
}

/**
 * Entries that the broker makes itself: where a message was published to, and its dead-letter history. What a client
 * puts under these names is not passed on as if the broker had said it.
 */
const BROKER_KEYS = [
  "x-exchange",
  "x-routing-key",
  "x-death",
  "x-opt-deaths",
  "x-first-death-queue",
  "x-first-death-reason",
  "x-first-death-exchange",
  "x-last-death-queue",
  "x-last-death-reason",
  "x-last-death-exchange",
].map((key) => encodeUtf8(key))

/** An entry whose key is one that the broker makes itself. */
export const keyIsBrokers: Condition = {
  name: "keyIsBrokers",
  text: "Key is one that the broker writes",
  test: (slot) => keyHasX(slot) && isKeyOneOf(slot, BROKER_KEYS),
}
