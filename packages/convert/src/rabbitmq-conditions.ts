import { amqp091Format, isMqttText as isText } from "@polymq/message"
import { encodeUtf8, isAscii } from "@polymq/wire"
import { symbolKey } from "./amqp10-conditions.ts"
import { isShortstr, keyIs } from "./conditions.ts"
import type { Condition } from "./table.ts"
import { isKeyOneOf, keyBeginsWith } from "./transforms/begins-with.ts"

/** Bytes that a `shortstr` may have. */
const MAX_SHORTSTR_BYTES = 255

const CORRELATION_ID = amqp091Format.fields.findIndex(({ name }) => name === "properties.correlation_id")

/** At most 255 bytes, whatever they are. */
export const hasShortstrLength: Condition = {
  name: "hasShortstrLength",
  text: "at most 255 bytes",
  test: ({ start, end }) => end - start <= MAX_SHORTSTR_BYTES,
}

/** An entry whose key has at most 255 bytes, whatever they are. */
export const keyHasShortstrLength: Condition = {
  name: "keyHasShortstrLength",
  text: "name has at most 255 bytes",
  test: ({ keyStart, keyEnd }) => keyEnd - keyStart <= MAX_SHORTSTR_BYTES,
}

/** ASCII without NUL of at most 255 bytes. */
export const isAsciiShortstr: Condition = {
  name: "isAsciiShortstr",
  text: "`shortstr` and ASCII",
  test: (slot, context) => isShortstr.test(slot, context) && isAscii(slot.bytes, slot.start, slot.end),
}

/** UTF-8 without NUL of any length. */
export const isPlainText: Condition = {
  name: "isPlainText",
  text: "valid UTF-8 without `NUL`",
  test: ({ bytes, start, end }) => isText(bytes, start, end),
}

/** The boolean true. */
export const isTrue: Condition = {
  name: "isTrue",
  text: "true",
  test: ({ bytes, end }) => bytes[end - 1] === 1,
}

const ORIGIN = ["x-exchange", "x-routing-key"].map((key) => encodeUtf8(key))
const ORIGIN_OR_DEATHS = [...ORIGIN, encodeUtf8("x-death"), encodeUtf8("x-opt-deaths")]
const BASIC = encodeUtf8("x-basic-")

/** An entry under the name of one that says where a message was published to. */
export const keyIsOrigin: Condition = {
  name: "keyIsOrigin",
  text: "Key is x-exchange or x-routing-key",
  test: (slot) => isKeyOneOf(slot, ORIGIN),
}

/** An annotation under the name of one that says where a message was published to, or what became of it. */
export const annotationIsOriginOrDeaths: Condition = symbolKey({
  name: "keyIsOriginOrDeaths",
  text: "Key is x-exchange, x-routing-key, x-death or x-opt-deaths",
  test: (slot) => isKeyOneOf(slot, ORIGIN_OR_DEATHS),
})

/** An annotation that stands for a basic property of AMQP 0.9.1. */
export const annotationIsBasic: Condition = symbolKey({
  name: "keyIsBasic",
  text: "Key begins with x-basic-",
  test: (slot) => keyBeginsWith(slot, BASIC),
})

/** The annotation `key`. */
export function annotationIs(key: string): Condition {
  return symbolKey(keyIs(key))
}

/** A message of AMQP 0.9.1 without a correlation_id. */
export const lacksCorrelationId: Condition = {
  name: "lacksCorrelationId",
  text: "there is no correlation_id",
  test: (_slot, { index }) => index.find(CORRELATION_ID) === undefined,
}
