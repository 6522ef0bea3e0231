import type { FieldIndex } from "@polymq/message"
import { encodeUtf8, hasNul, isUtf8 } from "@polymq/wire"
import type { Condition } from "./table.ts"

/** Bytes that a `shortstr` may have: fewer than 256 (rabbitmq-property-conversions#conventions). */
const MAX_SHORTSTR_BYTES = 255

/** Bytes that a UTF-8 string or binary data of MQTT may have (MQTT 5.0 sections 1.5.4 and 1.5.6). */
const MAX_MQTT_BYTES = 65_535

/** Whether bytes are UTF-8 without NUL; one pass where they are ASCII. */
function isText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte === 0) return false
    if (byte >= 0x80) return !hasNul(bytes, at, end) && isUtf8(bytes, at, end)
  }
  return true
}

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
    test: (_message, index, slot) => {
      const start = index.keyStart[slot] as number
      if ((index.keyEnd[slot] as number) - start !== wanted.length) return false
      const bytes = bytesOf(index, slot)
      for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false
      return true
    },
  }
}
