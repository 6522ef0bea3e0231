import { Described, type Value } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import { tableIn } from "../table-in-profile.ts"
import { type Amqp10Message, amqp10Publish, mapOf, of } from "../testing/amqp10-message.ts"
import { expectedOf, fieldsOf, type RowCase, resultOf } from "../testing/row-case.ts"
import { amqp10ToMqtt } from "./amqp10-to-mqtt.ts"

type Expected = Omit<RowCase, "row" | "does" | "published" | "field">
type Properties = NonNullable<Amqp10Message["properties"]>

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const
const NOT_UTF8 = Uint8Array.of(0x61, 0xff)
const UUID = Uint8Array.of(0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0)
const URN = "urn:uuid:550e8400-e29b-41d4-a716-446655440000"
const NULL = of("null", null)
const LONG = "v".repeat(65_536)

function row(id: string, does: string, message: Amqp10Message, field: string, expected: Expected): RowCase {
  return { row: `amqp10-mqtt/${id}`, does, published: amqp10Publish(message), field, ...expected }
}

function property(id: string, does: string, name: keyof Properties, value: Value, expected: Expected): RowCase {
  return row(id, does, { properties: { [name]: value } }, `properties.${name}`, expected)
}

function to(outcome: "kept" | "converted", field: string, value: Value): Expected {
  return { outcome, after: [field, value] }
}

function lost(reason = ""): Expected {
  return { outcome: "lost", reason }
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function correlation(id: string, does: string, value: Value, data: Uint8Array): RowCase {
  const outcome = id === "/binary" ? "kept" : "converted"
  const after = to(outcome, "properties.correlation-data", of("binary", data))
  return property(`correlation-id${id}`, does, "correlation-id", value, after)
}

function reply(id: string, address: string, topic: string): RowCase {
  const after = to("converted", "properties.response-topic", of("utf8", topic))
  return property(`reply-to${id}`, `makes ${address} ${topic}`, "reply-to", of("string", address), after)
}

function noReply(id: string, address: string, reason: string): RowCase {
  return property(`reply-to${id}`, `loses ${address}`, "reply-to", of("string", address), lost(reason))
}

/** A section of entries, and what an entry called x-k becomes in it. */
function entries(section: "application-properties" | "message-annotations"): readonly RowCase[] {
  const list = section === "application-properties" ? "applicationProperties" : "messageAnnotations"
  const entry = (id: string, does: string, value: Value, expected: Expected, key = "x-k") =>
    row(`${section}/${id}`, does, { [list]: [[key, value]] }, `${section}[${key}]`, expected)
  const text = (value: Value, expected: string) =>
    entry(
      "simple",
      `writes ${value.type} ${String(value.value)} as ${expected}`,
      value,
      to("converted", "properties.user-property[x-k]", of("utf8", expected)),
    )
  const described = (value: Value) => of("described", new Described(of("ulong", 1n), value))
  return [
    ...(["string", "symbol"] as const).flatMap((type) => [
      entry(type, "keeps text", of(type, "ü"), to("kept", "properties.user-property[x-k]", of("utf8", "ü"))),
      entry(type, "keeps an empty text", of(type, ""), to("kept", "properties.user-property[x-k]", of("utf8", ""))),
      entry(
        type,
        "keeps 65535 bytes",
        of(type, LONG.slice(1)),
        to("kept", "properties.user-property[x-k]", of("utf8", LONG.slice(1))),
      ),
      entry(`${type}/too-large`, "loses 65536 bytes", of(type, LONG), lost("too-large")),
      entry(`${type}/not-utf8`, "loses NUL", of(type, "a\0"), lost("not-utf8")),
      entry(`${type}/not-utf8`, "loses invalid UTF-8", of(type, NOT_UTF8), lost("not-utf8")),
    ]),
    entry("array", "loses an array", of("array", [of("int", 1)]), lost()),
    entry("list", "loses a list", of("list", []), lost()),
    entry("map", "loses a map", mapOf([], "string"), lost()),
    entry("binary", "loses octets even where they are text", of("binary", bytes("a")), lost()),
    text(NULL, ""),
    text(of("boolean", true), "true"),
    text(of("boolean", false), "false"),
    text(of("ubyte", 255), "255"),
    text(of("ushort", 65_535), "65535"),
    text(of("uint", 0), "0"),
    text(of("uint", 0xffff_ffff), "4294967295"),
    text(of("ulong", 0n), "0"),
    text(of("ulong", 9_007_199_254_740_993n), "9007199254740993"),
    text(of("ulong", 2n ** 64n - 1n), "18446744073709551615"),
    text(of("byte", -128), "-128"),
    text(of("short", -1), "-1"),
    text(of("int", -2_147_483_648), "-2147483648"),
    text(of("int", -1), "-1"),
    text(of("long", -(2n ** 63n)), "-9223372036854775808"),
    text(of("long", -1n), "-1"),
    text(of("float", Math.fround(0.1)), "0.1"),
    text(of("double", 0.1), "0.1"),
    text(of("double", 1e21), "1e+21"),
    text(of("double", -0), "-0"),
    text(of("double", Number.NaN), "NaN"),
    text(of("float", Number.NEGATIVE_INFINITY), "-Infinity"),
    text(of("timestamp", 1_700_000_000_001n), "1700000000001"),
    text(of("timestamp", -1n), "-1"),
    text(of("char", 0x1f600), "😀"),
    text(of("uuid", UUID), URN),
    text(of("decimal32", Uint8Array.of(0xb1, 0x80, 0x04, 0xe2)), "-12.50"),
    text(described(of("uint", 7)), "7"),
    text(described(described(of("string", "s"))), "s"),
    entry("simple", "loses NUL", of("char", 0), lost("not-utf8")),
    entry("simple", "loses half a character", of("char", 0xd800), lost("no-text")),
    entry("simple", "loses what is no character", of("char", 0x11_0000), lost("no-text")),
    entry("simple", "loses octets that are described", described(of("binary", bytes("a"))), lost("no-text")),
    entry("simple", "loses a list that is described", described(of("list", [])), lost("no-text")),
    entry("simple", "loses long text that is described", described(of("string", LONG)), lost("too-large")),
    entry("simple", "loses odd text that is described", described(of("string", NOT_UTF8)), lost("no-text")),
    entry("name-not-utf8", "loses a name with NUL", NULL, lost("name-not-utf8"), "x-\0"),
    entry("name-not-utf8", "loses a long name", NULL, lost("name-not-utf8"), `x-${LONG}`),
  ]
}

const HEADER = [of("boolean", true), of("ubyte", 9), of("uint", 60_000), of("boolean", false), of("uint", 3)]

const CASES: readonly RowCase[] = [
  row(
    "durable",
    "makes durable QoS 1",
    { header: [of("boolean", true)] },
    "header.durable",
    to("converted", "fixed-header.qos", of("bits", 1)),
  ),
  row(
    "durable",
    "makes not durable QoS 0",
    { header: [of("boolean", false)] },
    "header.durable",
    to("converted", "fixed-header.qos", of("bits", 0)),
  ),
  row("priority", "loses the priority", { header: HEADER }, "header.priority", lost()),
  row("ttl", "loses the ttl", { header: HEADER }, "header.ttl", lost()),
  row("first-acquirer", "ends here", { header: HEADER }, "header.first-acquirer", { outcome: "hop" }),
  row("delivery-count", "ends here", { header: HEADER }, "header.delivery-count", { outcome: "hop" }),
  row("delivery-annotations", "end here", { deliveryAnnotations: [["x-d", NULL]] }, "delivery-annotations.*", {
    outcome: "hop",
  }),
  property("message-id", "loses the id", "message-id", of("string", "m"), lost()),
  property("user-id", "loses the user", "user-id", of("binary", bytes("u")), lost()),
  property("to", "loses the address", "to", of("string", "/queues/q"), lost()),
  property("subject", "loses the subject", "subject", of("string", "s"), lost()),
  reply("/exchange", "/exchange/amq.topic/a.b", "a/b"),
  reply("/exchange", "/exchange/amq.topic/a%2Eb/ü*", "a%2Eb/ü*"),
  noReply("/exchange", "/exchange/amq.topic/", "empty"),
  noReply("/exchange", "/exchange/amq.topic/a.#", "wildcard"),
  noReply("/exchange", "/exchange/amq.topic/a.+", "wildcard"),
  noReply("/exchange", "/exchange/amq.topic/a\0", "not-utf8"),
  noReply("/exchange", `/exchange/amq.topic/${LONG}`, "too-large"),
  reply("/exchanges", "/exchanges/amq.topic/a%2Eb", "a/b"),
  reply("/exchanges", "/exchanges/amq%2etopic/%C3%BC.b", "ü/b"),
  noReply("/exchanges", "/exchanges/amq.topic/", "empty"),
  noReply("/exchanges", "/exchanges/amq.topic/%23", "wildcard"),
  noReply("/exchanges", "/exchanges/amq.topic/%FF", "not-utf8"),
  noReply("/exchanges", "/exchanges/amq.topic/%2", "no-address"),
  noReply("/exchanges", "/exchanges/amq.topic/%zz", "no-address"),
  noReply("/exchanges", "/exchanges/amq.topic/a/b", "no-address"),
  noReply("", "/exchange/amq.topic", "no-topic"),
  noReply("", "/exchange/amq.topics/a", "no-topic"),
  noReply("", "/exchanges/amq.topic", "no-topic"),
  noReply("", "/exchanges/amq.direct/a", "no-topic"),
  noReply("", "/exchanges/%2/a", "no-topic"),
  noReply("", "/queues/q", "no-topic"),
  noReply("", "", "no-topic"),
  property("reply-to", "loses a symbol", "reply-to", of("symbol", "/exchange/amq.topic/a"), lost("no-topic")),
  correlation("/binary", "keeps octets", of("binary", NOT_UTF8), NOT_UTF8),
  correlation("/binary", "keeps 65535 octets", of("binary", bytes(LONG.slice(1))), bytes(LONG.slice(1))),
  correlation("/string", "keeps text", of("string", "ü\0"), bytes("ü\0")),
  correlation("", "writes a uuid as text", of("uuid", UUID), bytes(URN)),
  correlation("", "writes a ulong as text", of("ulong", 2n ** 64n - 1n), bytes("18446744073709551615")),
  correlation("", "writes any other type as text", of("boolean", true), bytes("true")),
  property("correlation-id", "loses a list", "correlation-id", of("list", []), lost("no-text")),
  property(
    "correlation-id/binary/too-large",
    "loses 65536",
    "correlation-id",
    of("binary", bytes(LONG)),
    lost("too-large"),
  ),
  property("correlation-id/string/too-large", "loses 65536", "correlation-id", of("string", LONG), lost("too-large")),
  property(
    "content-type",
    "keeps the type",
    "content-type",
    of("symbol", "text/plain"),
    to("kept", "properties.content-type", of("utf8", "text/plain")),
  ),
  property("content-type/too-large", "loses 65536 bytes", "content-type", of("symbol", LONG), lost("too-large")),
  property("content-type/not-utf8", "loses NUL", "content-type", of("symbol", "a\0"), lost("not-utf8")),
  property("content-type/not-utf8", "loses invalid UTF-8", "content-type", of("symbol", NOT_UTF8), lost("not-utf8")),
  property("content-type/unexpected", "loses a string", "content-type", of("string", "t"), lost("unexpected-type")),
  property("content-encoding", "loses the coding", "content-encoding", of("symbol", "gzip"), lost()),
  property("absolute-expiry-time", "loses the time", "absolute-expiry-time", of("timestamp", 1n), lost()),
  property("creation-time", "loses the time", "creation-time", of("timestamp", 1n), lost()),
  property("group-id", "loses the group", "group-id", of("string", "g"), lost()),
  property("group-sequence", "loses the number", "group-sequence", of("uint", 1), lost()),
  property("reply-to-group-id", "loses the group", "reply-to-group-id", of("string", "g"), lost()),
  ...entries("application-properties"),
  ...entries("message-annotations"),
  row(
    "message-annotations/broker",
    "leaves it to the broker to say where",
    { messageAnnotations: [["x-exchange", of("string", "e")]] },
    "message-annotations[x-exchange]",
    { outcome: "routing" },
  ),
  row(
    "message-annotations/other",
    "loses names without x-",
    { messageAnnotations: [["k", of("string", "v")]] },
    "message-annotations[k]",
    lost(),
  ),
  row(
    "message-annotations/other",
    "loses reserved keys, even where their octets are x-",
    { messageAnnotations: [[of("ulong", 0x782d_6161_6161_6161n), of("string", "v")]] },
    "message-annotations[x-aaaaaa]",
    lost(),
  ),
  row(
    "data",
    "keeps one section",
    { body: { data: ["hi"] } },
    "data",
    to("kept", "payload", of("binary", bytes("hi"))),
  ),
  row(
    "data/several",
    "joins several sections",
    { body: { data: ["a", "", "b".repeat(256), "c"] } },
    "data",
    to("converted", "payload", of("binary", bytes(`a${"b".repeat(256)}c`))),
  ),
  row(
    "amqp-value/binary",
    "keeps the octets of a binary value",
    { body: { value: of("binary", NOT_UTF8) } },
    "amqp-value",
    to("kept", "payload", of("binary", NOT_UTF8)),
  ),
  row(
    "amqp-value/string",
    "keeps the text of a string value",
    { body: { value: of("string", "ü\0") } },
    "amqp-value",
    to("converted", "payload", of("binary", bytes("ü\0"))),
  ),
  row(
    "amqp-value",
    "encodes any other value, without the footer",
    { body: { value: of("symbol", "s") }, footer: [["x-f", NULL]] },
    "amqp-value",
    to("converted", "payload", of("binary", Uint8Array.of(0, 0x53, 0x77, 0xa3, 1, 0x73))),
  ),
  row(
    "amqp-value",
    "encodes a string that is not UTF-8",
    { body: { value: of("string", NOT_UTF8) } },
    "amqp-value",
    to("converted", "payload", of("binary", Uint8Array.of(0, 0x53, 0x77, 0xa1, 2, 0x61, 0xff))),
  ),
  row(
    "amqp-sequence",
    "encodes sequences",
    { body: { sequences: [[], [of("boolean", true)]] } },
    "amqp-sequence",
    to("converted", "payload", of("binary", Uint8Array.of(0, 0x53, 0x76, 0x45, 0, 0x53, 0x76, 0xc0, 2, 1, 0x41))),
  ),
  row("footer", "loses the footer", { footer: [["x-f", of("uint", 1)]] }, "footer[x-f]", lost()),
]

describe("AMQP 1.0 to MQTT 5.0", () => {
  it.each(CASES.map((example) => [example.row, example.does.slice(0, 80), example] as const))(
    "%s %s",
    (_row, _does, example) => {
      expect(resultOf(example, "mqtt")).toEqual(expectedOf(example))
    },
  )

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(
      tableIn(amqp10ToMqtt, "documented")
        .rows.map((line) => line.id)
        .filter((id) => !tested.has(id)),
    ).toEqual([])
  })

  it("says nothing of a header that is absent", () => {
    expect(explainPublished(amqp10Publish({}), "mqtt", OPTIONS).map((finding) => finding.field)).toEqual(["data"])
  })

  it("calls a string value text", () => {
    const { message } = amqp10Publish({ body: { value: of("string", "t") } })
    expect(fieldsOf(converted(message))).toEqual([
      ["properties.payload-format-indicator", of("byte", 1)],
      ["payload", of("binary", bytes("t"))],
    ])
  })

  it.each([
    ["another value", { value: of("uint", 0) }],
    ["a sequence", { sequences: [[]] }],
  ])("says how %s is encoded, whatever the message's own content type", (_does, body) => {
    const published = amqp10Publish({ properties: { "content-type": of("symbol", "mine") }, body })
    expect(fieldsOf(converted(published.message))[0]).toEqual([
      "properties.content-type",
      of("utf8", "message/vnd.rabbitmq.amqp"),
    ])
    const losses = explainPublished(published, "mqtt", OPTIONS).filter((finding) => finding.outcome === "lost")
    expect(losses.map(({ row: id, reason }) => [id, reason])).toEqual([["amqp10-mqtt/content-type", "outranked"]])
  })

  it("keeps annotations before application properties, in order, equal names too", () => {
    const { message } = amqp10Publish({
      messageAnnotations: [
        ["x-b", of("uint", 1)],
        ["x-a", of("uint", 2)],
      ],
      applicationProperties: [
        ["b", of("uint", 3)],
        ["x-b", of("uint", 4)],
        ["b", of("uint", 5)],
      ],
    })
    expect(fieldsOf(converted(message)).slice(0, -1)).toEqual([
      ["properties.user-property[x-b]", of("utf8", "1")],
      ["properties.user-property[x-a]", of("utf8", "2")],
      ["properties.user-property[b]", of("utf8", "3")],
      ["properties.user-property[x-b]", of("utf8", "4")],
      ["properties.user-property[b]", of("utf8", "5")],
    ])
  })

  it("keeps joined sections when the next message is converted", () => {
    const payload = (first: string) => amqp10Publish({ body: { data: [first, "!"] } }).message
    const shared = { ...payload("a"), holders: 2 }
    const kept = converted(shared)
    converted(payload("b"))
    expect(Buffer.from(kept.body.subarray(kept.bodyStart, kept.bodyEnd)).toString()).toBe("a!")
  })

  it("has no expiry of its own", () => {
    expect(converted(amqp10Publish({ header: HEADER }).message).ttlMs).toBeUndefined()
  })
})

const converters = createConverters(OPTIONS)

function converted(message: ReturnType<typeof amqp10Publish>["message"]) {
  return converters.convert(message, "mqtt")
}
