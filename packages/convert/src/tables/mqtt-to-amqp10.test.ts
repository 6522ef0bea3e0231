import type { Value } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import { tableIn } from "../table-in-profile.ts"
import { of } from "../testing/amqp10-message.ts"
import { type MqttPublish, mqttPublish } from "../testing/mqtt-publish.ts"
import { expectedOf, fieldsOf, type RowCase, resultOf } from "../testing/row-case.ts"
import { mqttToAmqp10 } from "./mqtt-to-amqp10.ts"

type Expected = Omit<RowCase, "row" | "does" | "published" | "field">

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const
const NOT_UTF8 = Uint8Array.of(0x61, 0xff)
const URN = "urn:uuid:550e8400-e29b-41d4-a716-446655440000"
const UUID = Uint8Array.of(0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0)

function row(id: string, does: string, publish: MqttPublish, field: string, expected: Expected): RowCase {
  return { row: `mqtt-amqp10/${id}`, does, published: mqttPublish(publish), field, ...expected }
}

function to(outcome: "kept" | "converted", field: string, value: Value): Expected {
  return { outcome, after: [field, value] }
}

function lost(reason = ""): Expected {
  return { outcome: "lost", reason }
}

const EXPIRY = "properties.message-expiry-interval"
const REPLY = "properties.response-topic"
const CORRELATION = "properties.correlation-data"

function expiry(does: string, seconds: number, expected: Expected): RowCase {
  return row("message-expiry-interval", does, { messageExpiryInterval: seconds }, EXPIRY, expected)
}

function correlation(does: string, data: string | Uint8Array, value: Value): RowCase {
  const id = value.type === "uuid" ? "correlation-data/uuid" : "correlation-data"
  const outcome = value.type === "uuid" ? "converted" : "kept"
  return row(id, does, { correlationData: data }, CORRELATION, to(outcome, "properties.correlation-id", value))
}

function userProperty(id: string, does: string, name: string, expected: Expected): RowCase {
  const field = `properties.user-property[${name}]`
  return row(`user-property${id}`, does, { userProperties: [[name, "v"]] }, field, expected)
}

function payload(id: string, does: string, publish: MqttPublish, field: string, value: Value): RowCase {
  return row(`payload${id}`, does, publish, "payload", to(id === "" ? "kept" : "converted", field, value))
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const CASES: readonly RowCase[] = [
  row("dup", "ends here", { qos: 1, dup: true }, "fixed-header.dup", { outcome: "hop" }),
  row(
    "qos",
    "makes QoS 0 not durable",
    { qos: 0 },
    "fixed-header.qos",
    to("converted", "header.durable", of("boolean", false)),
  ),
  row(
    "qos",
    "makes QoS 1 durable",
    { qos: 1 },
    "fixed-header.qos",
    to("converted", "header.durable", of("boolean", true)),
  ),
  row("qos/2", "makes QoS 2 durable", { qos: 2 }, "fixed-header.qos", {
    outcome: "narrowed",
    reason: "exactly-once",
    after: ["header.durable", of("boolean", true)],
  }),
  row("retain", "lives on in the envelope", { retain: true }, "fixed-header.retain", { outcome: "routing" }),
  row("topic-name", "becomes the routing key", { topic: "a/b" }, "topic-name", { outcome: "routing" }),
  row("packet-identifier", "ends here", { qos: 1 }, "packet-identifier", { outcome: "hop" }),
  row(
    "payload-format-indicator",
    "is no field of AMQP 1.0",
    { payloadFormatIndicator: 1 },
    "properties.payload-format-indicator",
    lost(),
  ),
  expiry("makes a minute 60000 milliseconds", 60, to("converted", "header.ttl", of("uint", 60_000))),
  expiry("keeps 0", 0, to("converted", "header.ttl", of("uint", 0))),
  expiry("takes the longest that fits", 4_294_967, to("converted", "header.ttl", of("uint", 4_294_967_000))),
  expiry("limits what is longer", 4_294_968, {
    outcome: "narrowed",
    reason: "clamped",
    after: ["header.ttl", of("uint", 4_294_967_295)],
  }),
  expiry("limits the longest", 0xffff_ffff, {
    outcome: "narrowed",
    reason: "clamped",
    after: ["header.ttl", of("uint", 4_294_967_295)],
  }),
  row("topic-alias", "ends here", { topicAlias: 3 }, "properties.topic-alias", { outcome: "hop" }),
  row(
    "response-topic",
    "becomes the address of a key at the MQTT exchange",
    { responseTopic: "a/b c/ü" },
    REPLY,
    to("converted", "properties.reply-to", of("string", "/exchange/amq.topic/a.b c.ü")),
  ),
  correlation("makes the text of a UUID one", URN, of("uuid", UUID)),
  correlation("takes digits in upper case", "urn:uuid:550E8400-E29B-41D4-A716-446655440000", of("uuid", UUID)),
  correlation("keeps the prefix in upper case", `URN${URN.slice(3)}`, of("binary", bytes(`URN${URN.slice(3)}`))),
  correlation("keeps a UUID with a digit missing", URN.slice(0, -1), of("binary", bytes(URN.slice(0, -1)))),
  correlation("keeps a UUID with a digit too many", `${URN}0`, of("binary", bytes(`${URN}0`))),
  correlation(
    "keeps a UUID with a letter that is no digit",
    URN.replace("550e", "550g"),
    of("binary", bytes(URN.replace("550e", "550g"))),
  ),
  correlation(
    "keeps a UUID with a hyphen elsewhere",
    URN.replace("400-e", "40-0e"),
    of("binary", bytes(URN.replace("400-e", "40-0e"))),
  ),
  correlation("keeps 16 octets", UUID, of("binary", UUID)),
  correlation("keeps no octets", "", of("binary", new Uint8Array(0))),
  userProperty("/broker", "leaves it to the broker to say where", "x-exchange", { outcome: "routing" }),
  userProperty("/broker", "leaves it to the broker to say what happened", "x-last-death-reason", {
    outcome: "routing",
  }),
  userProperty("/x", "makes x- an annotation", "x-k", to("kept", "message-annotations[x-k]", of("string", "v"))),
  userProperty(
    "/x",
    "makes the prefix alone an annotation",
    "x-",
    to("kept", "message-annotations[x-]", of("string", "v")),
  ),
  userProperty("/name-not-ascii", "loses x- beyond ASCII", "x-é", lost("name-not-ascii")),
  userProperty("", "keeps other names", "k", to("kept", "application-properties[k]", of("string", "v"))),
  userProperty("", "keeps names beyond ASCII", "é", to("kept", "application-properties[é]", of("string", "v"))),
  userProperty("", "keeps an empty name", "", to("kept", "application-properties[]", of("string", "v"))),
  userProperty("", "keeps a capital X", "X-k", to("kept", "application-properties[X-k]", of("string", "v"))),
  row(
    "content-type",
    "keeps ASCII",
    { contentType: "text/plain" },
    "properties.content-type",
    to("kept", "properties.content-type", of("symbol", "text/plain")),
  ),
  row(
    "content-type",
    "keeps 256 bytes",
    { contentType: "t".repeat(256) },
    "properties.content-type",
    to("kept", "properties.content-type", of("symbol", "t".repeat(256))),
  ),
  row("content-type/not-ascii", "loses more", { contentType: "tëxt" }, "properties.content-type", lost("not-ascii")),
  payload(
    "/text",
    "makes text a string",
    { payloadFormatIndicator: 1, payload: "ü\0" },
    "amqp-value",
    of("string", "ü\0"),
  ),
  payload("/text", "makes no octets a string", { payloadFormatIndicator: 1 }, "amqp-value", of("string", "")),
  payload(
    "",
    "makes what is no text data",
    { payloadFormatIndicator: 1, payload: NOT_UTF8 },
    "data",
    of("binary", NOT_UTF8),
  ),
  payload("", "makes text that is not called so data", { payload: "a" }, "data", of("binary", bytes("a"))),
  payload("", "takes 0 for unset", { payloadFormatIndicator: 0, payload: "a" }, "data", of("binary", bytes("a"))),
]

/** Rows that no PUBLISH of a client can reach. */
const FROM_BROKER_ONLY = ["mqtt-amqp10/subscription-identifier"]

describe("MQTT 5.0 to AMQP 1.0", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    expect(resultOf(example, "amqp10")).toEqual(expectedOf(example))
  })

  it("has a case for every row", () => {
    const tested = new Set([...CASES.map((example) => example.row), ...FROM_BROKER_ONLY])
    expect(
      tableIn(mqttToAmqp10, "documented")
        .rows.map((line) => line.id)
        .filter((id) => !tested.has(id)),
    ).toEqual([])
  })

  it("keeps the order of user properties, and the first of several with one name", () => {
    const userProperties = [
      ["b", "1"],
      ["x-b", "2"],
      ["a", "3"],
      ["b", "4"],
      ["x-a", "5"],
      ["x-b", "6"],
    ] as const
    const published = mqttPublish({ userProperties })
    expect(fieldsOf(converted(published.message)).slice(1, -1)).toEqual([
      ["message-annotations[x-b]", of("string", "2")],
      ["message-annotations[x-a]", of("string", "5")],
      ["application-properties[b]", of("string", "1")],
      ["application-properties[a]", of("string", "3")],
    ])
    const losses = explainPublished(published, "amqp10", OPTIONS).filter((finding) => finding.outcome === "lost")
    expect(losses.map(({ field, reason }) => [field, reason])).toEqual([
      ["properties.user-property[b]", "duplicate"],
      ["properties.user-property[x-b]", "duplicate"],
    ])
  })

  it("names the exchange that MQTT clients use here", () => {
    const other = createConverters({ profile: "documented", names: { mqttExchange: "mqtt" } })
    const { message } = mqttPublish({ responseTopic: "a" })
    const expected = ["properties.reply-to", of("string", "/exchange/mqtt/a")]
    expect(fieldsOf(other.convert(message, "amqp10"))).toContainEqual(expected)
  })

  it("keeps the envelope: exchange, key, topic, retain", () => {
    const { message } = mqttPublish({ topic: "a/b", retain: true, qos: 1, messageExpiryInterval: 5 })
    const { format, routingKey, topic, retain, durable, ttlMs } = converted(message)
    expect({ format, routingKey, topic, retain, durable, ttlMs }).toEqual({
      format: "amqp10",
      routingKey: "a.b",
      topic: "a/b",
      retain: true,
      durable: true,
      ttlMs: 5000,
    })
  })
})

const converters = createConverters(OPTIONS)

function converted(message: ReturnType<typeof mqttPublish>["message"]) {
  return converters.convert(message, "amqp10")
}
