import { type FieldIndex, isMqttText as isText } from "@polymq/message"
import { encodeUtf8, isAscii, isUtf8 } from "@polymq/wire"
import type { Condition } from "./table.ts"

/** Bytes that a `shortstr` may have: fewer than 256 (rabbitmq-property-conversions#conventions). */
const MAX_SHORTSTR_BYTES = 255

/** Bytes that a UTF-8 string or binary data of MQTT may have (MQTT 5.0 sections 1.5.4 and 1.5.6). */
const MAX_MQTT_BYTES = 65_535

function bytesOf(index: FieldIndex, slot: number): Uint8Array {
  return index.bytes[slot] as Uint8Array
}

function startOf(index: FieldIndex, slot: number): number {
  return index.start[slot] as number
}

function endOf(index: FieldIndex, slot: number): number {
  return index.end[slot] as number
}

/** Fewer than 256 bytes of UTF-8 without NUL (rabbitmq-property-conversions#conventions). */
export const isShortstr: Condition = {
  name: "isShortstr",
  text: "`shortstr`",
  test: (_message, index, slot) => {
    const start = startOf(index, slot)
    const end = endOf(index, slot)
    return end - start <= MAX_SHORTSTR_BYTES && isText(bytesOf(index, slot), start, end)
  },
}

/** What a UTF-8 encoded string of MQTT may hold: up to 65 535 bytes of UTF-8 without NUL (MQTT 5.0 section 1.5.4). */
export const isMqttText: Condition = {
  name: "isMqttText",
  text: "at most 65 535 bytes of UTF-8 without `NUL`",
  test: (_message, index, slot) => {
    const start = startOf(index, slot)
    const end = endOf(index, slot)
    return end - start <= MAX_MQTT_BYTES && isText(bytesOf(index, slot), start, end)
  },
}

/** Longer than any string or binary data of MQTT (MQTT 5.0 sections 1.5.4 and 1.5.6). */
export const isAboveMqttLength: Condition = {
  name: "isAboveMqttLength",
  text: "more than 65 535 bytes",
  test: (_message, index, slot) => endOf(index, slot) - startOf(index, slot) > MAX_MQTT_BYTES,
}

/** More bytes than a `shortstr` holds. */
export const isAboveShortstrLength: Condition = {
  name: "isAboveShortstrLength",
  text: "more than 255 bytes",
  test: (_message, index, slot) => endOf(index, slot) - startOf(index, slot) > MAX_SHORTSTR_BYTES,
}

/** The number 2, in an unsigned integer of any width. */
export const isTwo: Condition = {
  name: "isTwo",
  text: "2",
  test: (_message, index, slot) => {
    const bytes = bytesOf(index, slot)
    const last = endOf(index, slot) - 1
    if (bytes[last] !== 2) return false
    for (let at = startOf(index, slot); at < last; at++) if (bytes[at] !== 0) return false
    return last >= startOf(index, slot)
  },
}

/** An entry whose key is a `shortstr`. */
export const keyIsShortstr: Condition = {
  name: "keyIsShortstr",
  text: "name is `shortstr`",
  test: (_message, index, slot) => {
    const start = index.keyStart[slot] as number
    const end = index.keyEnd[slot] as number
    return end - start <= MAX_SHORTSTR_BYTES && isText(bytesOf(index, slot), start, end)
  },
}

/** An entry whose key can be a UTF-8 encoded string of MQTT. */
export const keyIsMqttText: Condition = {
  name: "keyIsMqttText",
  text: "name is at most 65 535 bytes of UTF-8 without `NUL`",
  test: (_message, index, slot) => {
    const start = index.keyStart[slot] as number
    const end = index.keyEnd[slot] as number
    return end - start <= MAX_MQTT_BYTES && isText(bytesOf(index, slot), start, end)
  },
}

/** An entry whose key is exactly `key`. */
export function keyIs(key: string): Condition {
  const wanted = encodeUtf8(key)
  return {
    name: `keyIs(${key})`,
    text: `Key=${key}`,
    keyOctet: wanted[0],
    test: (_message, index, slot) => {
      const start = index.keyStart[slot] as number
      return (index.keyEnd[slot] as number) - start === wanted.length && isEqual(bytesOf(index, slot), start, wanted)
    },
  }
}

/** Well-formed UTF-8 of any length, NUL included: what a string of AMQP 1.0 may hold (part 1, section 1.6.20). */
export const isUtf8Text: Condition = {
  name: "isUtf8Text",
  text: "valid UTF-8",
  test: (_message, index, slot) => isUtf8(bytesOf(index, slot), startOf(index, slot), endOf(index, slot)),
}

/** ASCII of any length: what a symbol of AMQP 1.0 may hold (part 1, section 1.6.21). */
export const isAsciiText: Condition = {
  name: "isAsciiText",
  text: "valid ASCII",
  test: (_message, index, slot) => isAscii(bytesOf(index, slot), startOf(index, slot), endOf(index, slot)),
}

/** A binary32 or binary64 that is a number: the bits of its exponent are not all set (IEEE 754-2008 section 3.4). */
export const isFiniteFloat: Condition = {
  name: "isFiniteFloat",
  text: "neither NaN nor Inf",
  test: (_message, index, slot) => {
    const bytes = bytesOf(index, slot)
    const start = startOf(index, slot)
    const first = (bytes[start] as number) & 0x7f
    const second = bytes[start + 1] as number
    return first !== 0x7f || (endOf(index, slot) - start === 4 ? second < 0x80 : second < 0xf0)
  },
}

const LOWER_X = 0x78
const HYPHEN = 0x2d

function keyHasX(index: FieldIndex, slot: number): boolean {
  const bytes = bytesOf(index, slot)
  const start = index.keyStart[slot] as number
  return (index.keyEnd[slot] as number) - start >= 2 && bytes[start] === LOWER_X && bytes[start + 1] === HYPHEN
}

/** An entry whose key begins with "x-". */
export const keyBeginsWithX: Condition = {
  name: "keyBeginsWithX",
  text: 'Key begins with "x-"',
  keyOctet: LOWER_X,
  test: (_message, index, slot) => keyHasX(index, slot),
}

/** An entry whose key begins with "x-" and can be a symbol. */
export const keyIsAsciiWithX: Condition = {
  name: "keyIsAsciiWithX",
  text: 'Key begins with "x-" and is ASCII',
  keyOctet: LOWER_X,
  test: (_message, index, slot) =>
    keyHasX(index, slot) && isAscii(bytesOf(index, slot), index.keyStart[slot] as number, index.keyEnd[slot] as number),
}

/** An entry whose key is well-formed UTF-8. */
export const keyIsUtf8: Condition = {
  name: "keyIsUtf8",
  text: "name is valid UTF-8",
  test: (_message, index, slot) =>
    isUtf8(bytesOf(index, slot), index.keyStart[slot] as number, index.keyEnd[slot] as number),
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
  keyOctet: LOWER_X,
  test: (_message, index, slot) => {
    if (!keyHasX(index, slot)) return false
    const bytes = bytesOf(index, slot)
    const start = index.keyStart[slot] as number
    const length = (index.keyEnd[slot] as number) - start
    for (const key of BROKER_KEYS) if (key.length === length && isEqual(bytes, start, key)) return true
    return false
  },
}

function isEqual(bytes: Uint8Array, start: number, wanted: Uint8Array): boolean {
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false
  return true
}
