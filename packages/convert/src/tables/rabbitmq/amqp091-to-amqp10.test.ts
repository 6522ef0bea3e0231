import { type Value, ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../../converters.ts"
import { amqp10Section, mapOf, of } from "../../testing/amqp10-message.ts"
import { type Amqp091Content, amqp091Publish, type FieldValue, field, longstr } from "../../testing/amqp091-content.ts"
import { compared, narrowed, rabbitmqRows, to } from "../../testing/rabbitmq-rows.ts"
import { fieldsOf, type RowCase } from "../../testing/row-case.ts"
import { amqp091ToAmqp10 } from "../amqp091-to-amqp10.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

const NOT_UTF8 = Uint8Array.of(0x61, 0xff)
const URN = "urn:uuid:550e8400-e29b-41d4-a716-446655440000"
const UUID = Uint8Array.of(0x55, 0x0e, 0x84, 0, 0xe2, 0x9b, 0x41, 0xd4, 0xa7, 0x16, 0x44, 0x66, 0x55, 0x44, 0, 0)

/** value "hello", two data sections, and a value with a footer, encoded. */
const VALUE = Uint8Array.of(0, 0x53, 0x77, 0xa1, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f)
const TWO_DATA = Uint8Array.of(0, 0x53, 0x75, 0xa0, 1, 0x61, 0, 0x53, 0x75, 0xa0, 1, 0x62)
const WITH_FOOTER = Uint8Array.of(...VALUE, 0, 0x53, 0x78, 0xc1, 1, 0)

const PROPERTIES = amqp10Section("amqp:properties:list", of("list", [of("ulong", 7n)]))
const APPLICATION = amqp10Section("amqp:application-properties:map", mapOf([["k", of("boolean", true)]], "string"))
const ANNOTATIONS = amqp10Section("amqp:message-annotations:map", mapOf([["x-z", of("string", "v")]], "symbol"))

function row(id: string, does: string, content: Amqp091Content, name: string, expected: Expected): RowCase {
  const field = name === "payload" ? name : `properties.${name}`
  return { row: `amqp091-amqp10/${id}`, does, published: amqp091Publish(content), field, ...expected }
}

function copied(id: string, property: keyof Amqp091Content, name: string, target: string, type: string): RowCase {
  const after = [`properties.${target}`, of(type, NOT_UTF8)] as const
  return row(id, "keeps ill-formed UTF-8", { [property]: NOT_UTF8 }, name, to("kept", ...after))
}

function header(id: string, does: string, key: string, value: FieldValue, expected: Expected): RowCase {
  return row(id, does, { headers: [[key, value]] }, `headers[${key}]`, expected)
}

/** A header `h` and the application property that it becomes. */
function typed(does: string, value: FieldValue, expected: Expected): RowCase {
  return header("headers/simple/any", does, "h", value, expected)
}

/** A header that holds a section, and all the parts that it becomes. */
function section(key: string, bytes: Uint8Array, name: string, parts: readonly (readonly [string, Value])[]): RowCase {
  const value = of(
    "map",
    new ValueMap(parts.map(([part, inside]) => [of(part === "k" ? "string" : "symbol", part), inside])),
  )
  return header(`headers/${key}/kept`, "takes the section apart", key, longstr(bytes), to("converted", name, value))
}

const CASES: readonly RowCase[] = [
  row(
    "message-id/uuid",
    "makes the text of a UUID one",
    { messageId: URN },
    "message_id",
    to("converted", "properties.message-id", of("uuid", UUID)),
  ),
  copied("message-id/any", "messageId", "message_id", "message-id", "string"),
  copied("correlation-id/any", "correlationId", "correlation_id", "correlation-id", "string"),
  copied("app-id/any", "appId", "app_id", "group-id", "string"),
  copied("content-type/any", "contentType", "content_type", "content-type", "symbol"),
  copied("content-encoding/any", "contentEncoding", "content_encoding", "content-encoding", "symbol"),
  row(
    "type/any",
    "keeps ill-formed UTF-8",
    { type: NOT_UTF8 },
    "type",
    to("converted", "message-annotations[x-basic-type]", of("string", NOT_UTF8)),
  ),
  row(
    "expiration/wrapped",
    "keeps 32 bits",
    { expiration: "4294967295" },
    "expiration",
    to("converted", "header.ttl", of("uint", 4_294_967_295)),
  ),
  row(
    "expiration/wrapped",
    "wraps more round",
    { expiration: "4294967297" },
    "expiration",
    narrowed("wrapped", "header.ttl", of("uint", 1)),
  ),
  row(
    "timestamp/wrapped",
    "makes seconds milliseconds",
    { timestamp: 1_700_000_000n },
    "timestamp",
    to("converted", "properties.creation-time", of("timestamp", 1_700_000_000_000n)),
  ),
  row(
    "timestamp/wrapped",
    "wraps more than 64 bits round",
    { timestamp: 2n ** 64n - 1n },
    "timestamp",
    narrowed("wrapped", "properties.creation-time", of("timestamp", -1000n)),
  ),
  ...[
    ["makes the name of a queue its address", "a b/é", "/queues/a%20b%2F%C3%A9"],
    ["makes an address the address of a queue of that name", "/queues/q", "/queues/%2Fqueues%2Fq"],
    ["makes an empty name an address", "", "/queues/"],
    ["keeps unreserved characters", "Az09-._~", "/queues/Az09-._~"],
  ].map(([does = "", replyTo = "", address = ""]) =>
    row("reply-to/queue", does, { replyTo }, "reply_to", to("converted", "properties.reply-to", of("string", address))),
  ),
  section("x-amqp-1.0-properties", PROPERTIES, "properties", [
    ["message-id", of("ulong", 7n)],
    ["message-annotations[x-amqp-1.0-properties]", of("binary", Uint8Array.from(PROPERTIES))],
  ]),
  section("x-amqp-1.0-app-properties", APPLICATION, "application-properties", [
    ["k", of("boolean", true)],
    ["message-annotations[x-amqp-1.0-app-properties]", of("binary", Uint8Array.from(APPLICATION))],
  ]),
  section("x-amqp-1.0-message-annotations", ANNOTATIONS, "message-annotations", [["x-z", of("string", "v")]]),
  header(
    "headers/x/any",
    "makes the specification's name of application properties an annotation",
    "x-amqp-1.0-application-properties",
    longstr(APPLICATION),
    to("converted", "message-annotations[x-amqp-1.0-application-properties]", of("binary", APPLICATION)),
  ),
  header("headers/origin", "passes on no exchange of a client's", "x-exchange", longstr("e"), { outcome: "routing" }),
  header(
    "headers/x/any",
    "makes x-reply-to-topic an annotation",
    "x-reply-to-topic",
    longstr("a.b"),
    to("kept", "message-annotations[x-reply-to-topic]", of("string", "a.b")),
  ),
  header(
    "headers/x/any",
    "keeps a name beyond ASCII",
    "x-é",
    longstr("v"),
    to("kept", "message-annotations[x-é]", of("string", "v")),
  ),
  header(
    "headers/x/any",
    "makes all keys of a table symbols",
    "x-t",
    field("F", "00000009 016b 53 00000002 c3a9"),
    to("converted", "message-annotations[x-t]", of("map", new ValueMap([[of("symbol", "k"), of("string", "é")]]))),
  ),
  typed(
    "makes long text a string",
    longstr("t".repeat(5000)),
    to("kept", "application-properties[h]", of("string", "t".repeat(5000))),
  ),
  typed(
    "makes text with NUL a binary",
    longstr("a\0"),
    to("converted", "application-properties[h]", of("binary", Uint8Array.of(0x61, 0))),
  ),
  typed(
    "wraps a time round",
    field("T", "ffffffffffffffff"),
    narrowed("wrapped", "application-properties[h]", of("timestamp", -1000n)),
  ),
  row(
    "payload/encoded",
    "restores a value",
    { type: "amqp-1.0", body: VALUE },
    "payload",
    to("converted", "body", of("map", new ValueMap([[of("symbol", "amqp-value"), of("string", "hello")]]))),
  ),
  row(
    "payload/encoded",
    "restores several data sections",
    { type: "amqp-1.0", body: TWO_DATA },
    "payload",
    to("converted", "body", of("map", new ValueMap([[of("symbol", "data"), of("sections", TWO_DATA)]]))),
  ),
  ...[
    ["keeps what is no body", { type: "amqp-1.0", body: "{}" }, "{}"] as const,
    ["keeps a body with a footer encoded", { type: "amqp-1.0", body: WITH_FOOTER }, WITH_FOOTER] as const,
    ["keeps an empty payload", { type: "amqp-1.0", body: "" }, ""] as const,
    ["keeps a body that is not said to be one", { body: VALUE }, VALUE] as const,
  ].map(([does, content, bytes]) =>
    row("payload", does, content, "payload", to("kept", "data", of("binary", Uint8Array.from(Buffer.from(bytes))))),
  ),
]

const converters = createConverters({ profile: "rabbitmq-4.3", names: { mqttExchange: "amq.topic" } })

function converted(content: Amqp091Content): ReturnType<typeof fieldsOf> {
  return fieldsOf(converters.convert(amqp091Publish(content).message, "amqp10"))
}

describe("AMQP 0.9.1 to AMQP 1.0 as RabbitMQ does", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    const [found, expected] = compared(example, "amqp10")
    expect(found.found).toEqual(expected.found)
    // Parts of what is taken apart are compared below.
    if (example.after?.[1].type !== "map" || example.after[0].includes("[")) expect(found).toEqual(expected)
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(rabbitmqRows(amqp091ToAmqp10).filter((id) => !tested.has(id))).toEqual([])
  })

  it("writes the parts of sections and keeps the headers they came in", () => {
    const headers = [
      ["x-amqp-1.0-properties", longstr(PROPERTIES)],
      ["x-amqp-1.0-app-properties", longstr(APPLICATION)],
      ["x-amqp-1.0-message-annotations", longstr(ANNOTATIONS)],
    ] as const
    expect(converted({ headers, messageId: "mine", deliveryMode: 2 }).slice(0, -1)).toEqual([
      ["header.durable", of("boolean", true)],
      ["message-annotations[x-amqp-1.0-properties]", of("binary", PROPERTIES)],
      ["message-annotations[x-amqp-1.0-app-properties]", of("binary", APPLICATION)],
      ["message-annotations[x-z]", of("string", "v")],
      ["properties.message-id", of("ulong", 7n)],
      ["application-properties[k]", of("boolean", true)],
    ])
  })

  it("writes the body that a payload is", () => {
    expect(converted({ type: "amqp-1.0", body: VALUE })).toContainEqual(["amqp-value", of("string", "hello")])
    expect(converted({ type: "amqp-1.0", body: TWO_DATA })).toContainEqual(["data", of("sections", TWO_DATA)])
  })

  it("keeps headers of one name, all of them and in their order", () => {
    const headers = (["b", "x-b", "a", "b", "x-b"] as const).map((key, at) => [key, longstr(String(at))] as const)
    expect(converted({ headers, deliveryMode: 1 }).slice(1, -1)).toEqual([
      ["message-annotations[x-b]", of("string", "1")],
      ["message-annotations[x-b]", of("string", "4")],
      ["application-properties[b]", of("string", "0")],
      ["application-properties[a]", of("string", "2")],
      ["application-properties[b]", of("string", "3")],
    ])
  })

  it("says that a message is not durable where its publisher did not say", () => {
    expect(converted({})).toEqual([
      ["header.durable", of("boolean", false)],
      ["data", of("binary", new Uint8Array(0))],
    ])
  })
})
