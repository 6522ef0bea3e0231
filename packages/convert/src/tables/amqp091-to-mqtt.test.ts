import type { Value } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import { tableIn } from "../table-in-profile.ts"
import { type Amqp091Content, amqp091Publish, field, longstr } from "../testing/amqp091-content.ts"
import { expectedOf, fieldsOf, type RowCase, resultOf } from "../testing/row-case.ts"
import { amqp091ToMqtt } from "./amqp091-to-mqtt.ts"

type Expected = Omit<RowCase, "row" | "does" | "published">

function row(id: string, does: string, content: Amqp091Content, expected: Expected): RowCase {
  return { row: `amqp091-mqtt/${id}`, does, published: amqp091Publish(content), ...expected }
}

function utf8(value: string): Value {
  return { type: "utf8", value }
}

function binary(...value: number[]): Value {
  return { type: "binary", value: Uint8Array.from(value) }
}

function uint(value: number): Value {
  return { type: "uint", value }
}

/** A header `h` of a simple type and the text it becomes. */
function simple(does: string, letter: string, hex: string, text: string): RowCase {
  return row(
    "headers/simple",
    `writes ${does} as ${text}`,
    { headers: [["h", field(letter, hex)]] },
    {
      field: "properties.headers[h]",
      outcome: "converted",
      after: ["properties.user-property[h]", utf8(text)],
    },
  )
}

const EXPIRATION = "properties.expiration"
const EXPIRY = "properties.message-expiry-interval"
const REPLY = "properties.headers[x-reply-to-topic]"
const CORRELATION = "properties.headers[x-correlation-id]"
const NOT_UTF8 = Uint8Array.of(0x61, 0xff)

const CASES: readonly RowCase[] = [
  row("message-id", "loses the message id", { messageId: "m" }, { field: "properties.message_id", outcome: "lost" }),
  row(
    "correlation-id",
    "keeps any bytes",
    { correlationId: NOT_UTF8 },
    {
      field: "properties.correlation_id",
      outcome: "converted",
      after: ["properties.correlation-data", binary(0x61, 0xff)],
    },
  ),
  row("user-id", "loses the user id", { userId: "guest" }, { field: "properties.user_id", outcome: "lost" }),
  row(
    "expiration",
    "makes 60000 milliseconds a minute",
    { expiration: "60000" },
    {
      field: EXPIRATION,
      outcome: "converted",
      after: [EXPIRY, uint(60)],
    },
  ),
  row(
    "expiration",
    "rounds 1 millisecond up to a second",
    { expiration: "1" },
    {
      field: EXPIRATION,
      outcome: "narrowed",
      reason: "rounded",
      after: [EXPIRY, uint(1)],
    },
  ),
  row(
    "expiration",
    "rounds 1001 milliseconds up to 2 seconds",
    { expiration: "1001" },
    {
      field: EXPIRATION,
      outcome: "narrowed",
      reason: "rounded",
      after: [EXPIRY, uint(2)],
    },
  ),
  row(
    "expiration",
    "keeps 0",
    { expiration: "0" },
    {
      field: EXPIRATION,
      outcome: "converted",
      after: [EXPIRY, uint(0)],
    },
  ),
  row(
    "expiration",
    "keeps the longest interval of MQTT",
    { expiration: "4294967295000" },
    {
      field: EXPIRATION,
      outcome: "converted",
      after: [EXPIRY, uint(4294967295)],
    },
  ),
  row(
    "expiration",
    "clamps what is longer",
    { expiration: "4294967295001" },
    {
      field: EXPIRATION,
      outcome: "narrowed",
      reason: "clamped",
      after: [EXPIRY, uint(4294967295)],
    },
  ),
  row("type", "loses the type", { type: "t" }, { field: "properties.type", outcome: "lost" }),
  row("reply-to", "loses the name of a queue", { replyTo: "q" }, { field: "properties.reply_to", outcome: "lost" }),
  row("app-id", "loses the application", { appId: "a" }, { field: "properties.app_id", outcome: "lost" }),
  row("timestamp", "loses the time", { timestamp: 1n }, { field: "properties.timestamp", outcome: "lost" }),
  row(
    "content-type",
    "keeps 255 bytes",
    { contentType: "t".repeat(255) },
    {
      field: "properties.content_type",
      outcome: "kept",
      after: ["properties.content-type", utf8("t".repeat(255))],
    },
  ),
  row(
    "content-type",
    "keeps an empty type",
    { contentType: "" },
    {
      field: "properties.content_type",
      outcome: "kept",
      after: ["properties.content-type", utf8("")],
    },
  ),
  row(
    "content-type/not-utf8",
    "loses bytes that are not UTF-8",
    { contentType: NOT_UTF8 },
    {
      field: "properties.content_type",
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "content-type/not-utf8",
    "loses text with NUL",
    { contentType: "a\0" },
    {
      field: "properties.content_type",
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "content-encoding",
    "loses the coding",
    { contentEncoding: "gzip" },
    {
      field: "properties.content_encoding",
      outcome: "lost",
    },
  ),
  row(
    "delivery-mode",
    "makes persistent QoS 1",
    { deliveryMode: 2 },
    {
      field: "properties.delivery_mode",
      outcome: "converted",
      after: ["fixed-header.qos", { type: "bits", value: 1 }],
    },
  ),
  row(
    "delivery-mode",
    "makes transient QoS 0",
    { deliveryMode: 1 },
    {
      field: "properties.delivery_mode",
      outcome: "converted",
      after: ["fixed-header.qos", { type: "bits", value: 0 }],
    },
  ),
  row(
    "delivery-mode",
    "makes an unknown mode QoS 0",
    { deliveryMode: 255 },
    {
      field: "properties.delivery_mode",
      outcome: "narrowed",
      reason: "unknown-delivery-mode",
      after: ["fixed-header.qos", { type: "bits", value: 0 }],
    },
  ),
  row("priority", "loses the priority", { priority: 9 }, { field: "properties.priority", outcome: "lost" }),
  row(
    "cluster-id",
    "loses the reserved property",
    { clusterId: "c" },
    {
      field: "properties.cluster_id",
      outcome: "lost",
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "makes the key a topic",
    { headers: [["x-reply-to-topic", longstr("a.b/c.*")]] },
    {
      field: REPLY,
      outcome: "converted",
      after: ["properties.response-topic", utf8("a/b/c/*")],
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "loses an empty key",
    { headers: [["x-reply-to-topic", longstr("")]] },
    {
      field: REPLY,
      outcome: "lost",
      reason: "empty",
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "loses a key with #",
    { headers: [["x-reply-to-topic", longstr("a.#")]] },
    {
      field: REPLY,
      outcome: "lost",
      reason: "wildcard",
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "loses a key with +",
    { headers: [["x-reply-to-topic", longstr("+")]] },
    {
      field: REPLY,
      outcome: "lost",
      reason: "wildcard",
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "loses a key with NUL",
    { headers: [["x-reply-to-topic", longstr("a\0")]] },
    {
      field: REPLY,
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "loses a key that is not UTF-8",
    { headers: [["x-reply-to-topic", longstr(NOT_UTF8)]] },
    {
      field: REPLY,
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "headers/x-reply-to-topic",
    "loses 65536 bytes",
    { headers: [["x-reply-to-topic", longstr("k".repeat(65536))]] },
    {
      field: REPLY,
      outcome: "lost",
      reason: "too-large",
    },
  ),
  row(
    "headers/simple",
    "leaves an x-reply-to-topic that is a number a user property",
    {
      headers: [["x-reply-to-topic", field("I", "00 00 00 07")]],
    },
    { field: REPLY, outcome: "converted", after: ["properties.user-property[x-reply-to-topic]", utf8("7")] },
  ),
  row(
    "headers/x-correlation-id",
    "keeps any bytes",
    { headers: [["x-correlation-id", longstr(NOT_UTF8)]] },
    {
      field: CORRELATION,
      outcome: "converted",
      after: ["properties.correlation-data", binary(0x61, 0xff)],
    },
  ),
  row(
    "headers/x-correlation-id/too-large",
    "loses 65536 bytes",
    {
      headers: [["x-correlation-id", longstr("c".repeat(65536))]],
    },
    { field: CORRELATION, outcome: "lost", reason: "too-large" },
  ),
  row(
    "headers/longstr",
    "makes text a user property",
    { headers: [["köy", longstr("wert €")]] },
    {
      field: "properties.headers[köy]",
      outcome: "kept",
      after: ["properties.user-property[köy]", utf8("wert €")],
    },
  ),
  row(
    "headers/longstr",
    "keeps an empty value",
    { headers: [["h", longstr("")]] },
    {
      field: "properties.headers[h]",
      outcome: "kept",
      after: ["properties.user-property[h]", utf8("")],
    },
  ),
  row(
    "headers/longstr",
    "keeps 65535 bytes",
    { headers: [["h", longstr("v".repeat(65535))]] },
    {
      field: "properties.headers[h]",
      outcome: "kept",
      after: ["properties.user-property[h]", utf8("v".repeat(65535))],
    },
  ),
  row(
    "headers/too-large",
    "loses 65536 bytes",
    { headers: [["h", longstr("v".repeat(65536))]] },
    {
      field: "properties.headers[h]",
      outcome: "lost",
      reason: "too-large",
    },
  ),
  row(
    "headers/not-utf8",
    "loses text that is not UTF-8",
    { headers: [["h", longstr(NOT_UTF8)]] },
    {
      field: "properties.headers[h]",
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "headers/not-utf8",
    "loses text with NUL",
    { headers: [["h", longstr("a\0b")]] },
    {
      field: "properties.headers[h]",
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "headers/not-utf8",
    "loses text whose key is not UTF-8",
    { headers: [[NOT_UTF8, longstr("v")]] },
    {
      field: "properties.headers[0x61ff]",
      outcome: "lost",
      reason: "not-utf8",
    },
  ),
  row(
    "headers/table",
    "loses a table",
    { headers: [["h", field("F", "00 00 00 00")]] },
    {
      field: "properties.headers[h]",
      outcome: "lost",
    },
  ),
  row(
    "headers/array",
    "loses an array",
    { headers: [["h", field("A", "00 00 00 05 49 00 00 00 01")]] },
    {
      field: "properties.headers[h]",
      outcome: "lost",
    },
  ),
  row(
    "headers/binary",
    "loses bytes even where they are text",
    { headers: [["h", field("x", "00 00 00 01 61")]] },
    {
      field: "properties.headers[h]",
      outcome: "lost",
    },
  ),
  row(
    "headers/key-not-utf8",
    "loses a number whose key has NUL",
    { headers: [["a\0", field("t", "01")]] },
    {
      field: "properties.headers[a\0]",
      outcome: "lost",
      reason: "name-not-utf8",
    },
  ),
  simple("a bool", "t", "01", "true"),
  simple("a bool", "t", "00", "false"),
  simple("the least byte", "b", "80", "-128"),
  simple("the greatest octet", "B", "ff", "255"),
  simple("the least short", "s", "8000", "-32768"),
  simple("the greatest unsigned short", "u", "ffff", "65535"),
  simple("the least int", "I", "80000000", "-2147483648"),
  simple("the greatest int", "I", "7fffffff", "2147483647"),
  simple("the greatest unsigned int", "i", "ffffffff", "4294967295"),
  simple("the least long", "l", "8000000000000000", "-9223372036854775808"),
  simple("the greatest long", "l", "7fffffffffffffff", "9223372036854775807"),
  simple("-1", "l", "ffffffffffffffff", "-1"),
  simple("2^53 + 1", "l", "0020000000000001", "9007199254740993"),
  simple("a float", "f", "3dcccccd", "0.1"),
  simple("a float without value", "f", "7fc00000", "NaN"),
  simple("a double", "d", "3fb999999999999a", "0.1"),
  simple("an infinite double", "d", "fff0000000000000", "-Infinity"),
  simple("a decimal", "D", "02 00003039", "123.45"),
  simple("a negative decimal", "D", "03 fffffffb", "-0.005"),
  simple("a time", "T", "000000006553f100", "1700000000"),
  simple("the last time", "T", "ffffffffffffffff", "18446744073709551615"),
  simple("void", "V", "", ""),
  row(
    "payload",
    "keeps the payload",
    { body: "body" },
    {
      field: "payload",
      outcome: "kept",
      after: ["payload", binary(0x62, 0x6f, 0x64, 0x79)],
    },
  ),
]

describe("AMQP 0.9.1 to MQTT 5.0", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    expect(resultOf(example, "mqtt")).toEqual(expectedOf(example))
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(
      tableIn(amqp091ToMqtt, "documented")
        .rows.map((line) => line.id)
        .filter((id) => !tested.has(id)),
    ).toEqual([])
  })

  it("says nothing of properties that are absent", () => {
    expect(explainPublished(amqp091Publish({}), "mqtt", OPTIONS).map((finding) => finding.field)).toEqual(["payload"])
  })

  it("prefers correlation_id to the header x-correlation-id", () => {
    const published = amqp091Publish({ correlationId: "a", headers: [["x-correlation-id", longstr("b")]] })
    const { message } = published
    expect(fieldsOf(converters.convert(message, "mqtt")).slice(0, 1)).toEqual([
      ["properties.correlation-data", binary(0x61)],
    ])
    const losses = explainPublished(published, "mqtt", OPTIONS).filter((finding) => finding.outcome === "lost")
    expect(losses.map(({ row, field, reason }) => ({ row, field, reason }))).toEqual([
      { row: "amqp091-mqtt/headers/x-correlation-id", field: CORRELATION, reason: "outranked" },
    ])
  })

  it("keeps headers in order, equal keys too", () => {
    const headers = [
      ["b", longstr("1")],
      ["a", longstr("2")],
      ["b", longstr("3")],
    ] as const
    const { message } = amqp091Publish({ headers })
    expect(fieldsOf(converters.convert(message, "mqtt")).slice(0, 3)).toEqual([
      ["properties.user-property[b]", utf8("1")],
      ["properties.user-property[a]", utf8("2")],
      ["properties.user-property[b]", utf8("3")],
    ])
  })

  it("keeps the first of two headers x-reply-to-topic that make a topic", () => {
    const headers = ["#", "first", "second"].map((key) => ["x-reply-to-topic", longstr(key)] as const)
    const { message } = amqp091Publish({ headers })
    expect(fieldsOf(converters.convert(message, "mqtt"))).toContainEqual(["properties.response-topic", utf8("first")])
  })

  it("does not tell an expiration that no longer counts", () => {
    const { message } = amqp091Publish({ expiration: "1000" })
    const dead = { ...message, ttlMs: undefined }
    expect(converters.convert(dead, "mqtt").ttlMs).toBeUndefined()
  })
})

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const
const converters = createConverters(OPTIONS)
