import type { Value } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { tableIn } from "../table-in-profile.ts"
import { type MqttPublish, mqttPublish } from "../testing/mqtt-publish.ts"
import { expectedOf, fieldsOf, type RowCase, resultOf } from "../testing/row-case.ts"
import { mqttToAmqp091 } from "./mqtt-to-amqp091.ts"

type Expected = Omit<RowCase, "row" | "does" | "published">

function row(id: string, does: string, publish: MqttPublish, expected: Expected): RowCase {
  return { row: `mqtt-amqp091/${id}`, does, published: mqttPublish(publish), ...expected }
}

function octet(value: number): Value {
  return { type: "octet", value }
}

function shortstr(value: string): Value {
  return { type: "shortstr", value }
}

function longstr(value: string | Uint8Array): Value {
  return { type: "longstr", value }
}

const CORRELATION = "properties.correlation-data"
const NOT_UTF8 = Uint8Array.of(0x61, 0xff, 0x62)

const CASES: readonly RowCase[] = [
  row("dup", "ends DUP at the hop", { dup: true, qos: 1 }, { field: "fixed-header.dup", outcome: "hop" }),
  row(
    "qos",
    "makes QoS 0 transient",
    { qos: 0 },
    {
      field: "fixed-header.qos",
      outcome: "converted",
      after: ["properties.delivery_mode", octet(1)],
    },
  ),
  row(
    "qos",
    "makes QoS 1 persistent",
    { qos: 1 },
    {
      field: "fixed-header.qos",
      outcome: "converted",
      after: ["properties.delivery_mode", octet(2)],
    },
  ),
  row(
    "qos/2",
    "makes QoS 2 persistent, which is less",
    { qos: 2 },
    {
      field: "fixed-header.qos",
      outcome: "narrowed",
      reason: "exactly-once",
      after: ["properties.delivery_mode", octet(2)],
    },
  ),
  row("retain", "keeps RETAIN in the envelope", { retain: true }, { field: "fixed-header.retain", outcome: "routing" }),
  row("topic-name", "keeps the topic in the envelope", { topic: "a/b" }, { field: "topic-name", outcome: "routing" }),
  row(
    "packet-identifier",
    "ends the packet identifier at the hop",
    { qos: 1 },
    {
      field: "packet-identifier",
      outcome: "hop",
    },
  ),
  row(
    "payload-format-indicator",
    "loses the indicator",
    { payloadFormatIndicator: 1 },
    {
      field: "properties.payload-format-indicator",
      outcome: "lost",
    },
  ),
  row(
    "message-expiry-interval",
    "makes a minute 60000 milliseconds",
    { messageExpiryInterval: 60 },
    {
      field: "properties.message-expiry-interval",
      outcome: "converted",
      after: ["properties.expiration", shortstr("60000")],
    },
  ),
  row(
    "message-expiry-interval",
    "keeps 0",
    { messageExpiryInterval: 0 },
    {
      field: "properties.message-expiry-interval",
      outcome: "converted",
      after: ["properties.expiration", shortstr("0")],
    },
  ),
  row(
    "message-expiry-interval",
    "keeps the longest interval",
    { messageExpiryInterval: 4294967295 },
    {
      field: "properties.message-expiry-interval",
      outcome: "converted",
      after: ["properties.expiration", shortstr("4294967295000")],
    },
  ),
  row(
    "topic-alias",
    "ends the alias at the hop",
    { topicAlias: 3 },
    {
      field: "properties.topic-alias",
      outcome: "hop",
    },
  ),
  row(
    "response-topic",
    "makes the topic a routing key",
    { responseTopic: "reply/to/m.e" },
    {
      field: "properties.response-topic",
      outcome: "converted",
      after: ["properties.headers[x-reply-to-topic]", longstr("reply.to.m.e")],
    },
  ),
  row(
    "response-topic",
    "keeps empty levels and 300 bytes",
    { responseTopic: `/${"ü".repeat(149)}/` },
    {
      field: "properties.response-topic",
      outcome: "converted",
      after: ["properties.headers[x-reply-to-topic]", longstr(`.${"ü".repeat(149)}.`)],
    },
  ),
  row(
    "correlation-data/shortstr",
    "keeps text of 255 bytes",
    { correlationData: "c".repeat(255) },
    {
      field: CORRELATION,
      outcome: "converted",
      after: ["properties.correlation_id", shortstr("c".repeat(255))],
    },
  ),
  row(
    "correlation-data/shortstr",
    "keeps empty data",
    { correlationData: "" },
    {
      field: CORRELATION,
      outcome: "converted",
      after: ["properties.correlation_id", shortstr("")],
    },
  ),
  row(
    "correlation-data",
    "moves 256 bytes to a header",
    { correlationData: "c".repeat(256) },
    {
      field: CORRELATION,
      outcome: "converted",
      after: ["properties.headers[x-correlation-id]", longstr("c".repeat(256))],
    },
  ),
  row(
    "correlation-data",
    "moves data with NUL to a header",
    { correlationData: "a\0b" },
    {
      field: CORRELATION,
      outcome: "converted",
      after: ["properties.headers[x-correlation-id]", longstr("a\0b")],
    },
  ),
  row(
    "correlation-data",
    "moves data that is not UTF-8 to a header",
    { correlationData: NOT_UTF8 },
    {
      field: CORRELATION,
      outcome: "converted",
      after: ["properties.headers[x-correlation-id]", longstr(NOT_UTF8)],
    },
  ),
  row(
    "user-property",
    "makes a property a longstr header",
    { userProperties: [["köy", "wert €"]] },
    {
      field: "properties.user-property[köy]",
      outcome: "kept",
      after: ["properties.headers[köy]", longstr("wert €")],
    },
  ),
  row(
    "user-property",
    "keeps an empty name and an empty value",
    { userProperties: [["", ""]] },
    {
      field: "properties.user-property[]",
      outcome: "kept",
      after: ["properties.headers[]", longstr("")],
    },
  ),
  row(
    "user-property",
    "keeps a name of 255 bytes and a value of 65535",
    {
      userProperties: [["n".repeat(255), "v".repeat(65535)]],
    },
    {
      field: `properties.user-property[${"n".repeat(255)}]`,
      outcome: "kept",
      after: [`properties.headers[${"n".repeat(255)}]`, longstr("v".repeat(65535))],
    },
  ),
  row(
    "user-property/name-too-large",
    "loses a property whose name has 256 bytes",
    {
      userProperties: [["n".repeat(256), "v"]],
    },
    { field: `properties.user-property[${"n".repeat(256)}]`, outcome: "lost", reason: "name-too-large" },
  ),
  row(
    "content-type",
    "keeps 255 bytes",
    { contentType: "t".repeat(255) },
    {
      field: "properties.content-type",
      outcome: "kept",
      after: ["properties.content_type", shortstr("t".repeat(255))],
    },
  ),
  row(
    "content-type",
    "keeps text that is not ASCII",
    { contentType: "tëxt/plain" },
    {
      field: "properties.content-type",
      outcome: "kept",
      after: ["properties.content_type", shortstr("tëxt/plain")],
    },
  ),
  row(
    "content-type/too-large",
    "loses 256 bytes",
    { contentType: "t".repeat(256) },
    {
      field: "properties.content-type",
      outcome: "lost",
      reason: "too-large",
    },
  ),
  row(
    "payload",
    "keeps the payload",
    { payload: Uint8Array.of(0, 255, 10) },
    {
      field: "payload",
      outcome: "kept",
      after: ["payload", { type: "payload", value: Uint8Array.of(0, 255, 10) }],
    },
  ),
  row(
    "payload",
    "keeps an empty payload",
    {},
    {
      field: "payload",
      outcome: "kept",
      after: ["payload", { type: "payload", value: new Uint8Array(0) }],
    },
  ),
]

describe("MQTT 5.0 to AMQP 0.9.1", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    expect(resultOf(example, "amqp091")).toEqual(expectedOf(example))
  })

  it("has a case for every row", () => {
    const tested = new Set([...CASES.map((example) => example.row), "mqtt-amqp091/subscription-identifier"])
    expect(
      tableIn(mqttToAmqp091, "documented")
        .rows.map((line) => line.id)
        .filter((id) => !tested.has(id)),
    ).toEqual([])
  })

  it("sorts headers by the octets of their keys", () => {
    const userProperties = [
      ["b", "1"],
      ["ab", "2"],
      ["B", "3"],
      ["a", "4"],
      ["é", "5"],
      ["", "6"],
    ] as const
    expect(headersOf({ userProperties })).toEqual([
      ["properties.headers[]", longstr("6")],
      ["properties.headers[B]", longstr("3")],
      ["properties.headers[a]", longstr("4")],
      ["properties.headers[ab]", longstr("2")],
      ["properties.headers[b]", longstr("1")],
      ["properties.headers[é]", longstr("5")],
    ])
  })

  it("keeps the first of several user properties with one name", () => {
    const userProperties = [
      ["k", "1"],
      ["j", "0"],
      ["k", "2"],
      ["k", "3"],
    ] as const
    expect(headersOf({ userProperties })).toEqual([
      ["properties.headers[j]", longstr("0")],
      ["properties.headers[k]", longstr("1")],
    ])
  })

  it("prefers a property of the packet to a user property of the same name", () => {
    const userProperties = [
      ["x-reply-to-topic", "mine"],
      ["x-correlation-id", "mine"],
    ] as const
    expect(headersOf({ userProperties, responseTopic: "r/t", correlationData: NOT_UTF8 })).toEqual([
      ["properties.headers[x-correlation-id]", longstr(NOT_UTF8)],
      ["properties.headers[x-reply-to-topic]", longstr("r.t")],
    ])
  })

  it("keeps a user property x-correlation-id beside a correlation_id", () => {
    const published = mqttPublish({ correlationData: "c", userProperties: [["x-correlation-id", "mine"]] })
    expect(fieldsOf(converted(published.message))).toEqual([
      ["properties.headers[x-correlation-id]", longstr("mine")],
      ["properties.delivery_mode", octet(1)],
      ["properties.correlation_id", shortstr("c")],
      ["payload", { type: "payload", value: new Uint8Array(0) }],
    ])
  })

  it("keeps the envelope: exchange, key, topic, retain", () => {
    const { message } = mqttPublish({ topic: "a/b", retain: true, qos: 1, messageExpiryInterval: 5 })
    const { format, routingKey, topic, retain, durable, ttlMs } = converted(message)
    expect({ format, routingKey, topic, retain, durable, ttlMs }).toEqual({
      format: "amqp091",
      routingKey: "a.b",
      topic: "a/b",
      retain: true,
      durable: true,
      ttlMs: 5000,
    })
  })
})

const converters = createConverters({ profile: "documented", names: { mqttExchange: "amq.topic" } })

function converted(message: ReturnType<typeof mqttPublish>["message"]) {
  return converters.convert(message, "amqp091")
}

function headersOf(publish: MqttPublish): readonly (readonly [string, Value])[] {
  return fieldsOf(converted(mqttPublish(publish).message)).filter(([name]) => name.startsWith("properties.headers"))
}
