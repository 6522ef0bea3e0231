import { type Value, ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../../converters.ts"
import { type Amqp10Message, amqp10Publish, of } from "../../testing/amqp10-message.ts"
import { compared, lost, narrowed, rabbitmqRows, to } from "../../testing/rabbitmq-rows.ts"
import { fieldsOf, type RowCase } from "../../testing/row-case.ts"
import { amqp10ToAmqp091 } from "../amqp10-to-amqp091.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

const NULL = of("null", null)
const NOT_UTF8 = Uint8Array.of(0x61, 0xff)

function row(id: string, does: string, message: Amqp10Message, field: string, expected: Expected): RowCase {
  return { row: `amqp10-amqp091/${id}`, does, published: amqp10Publish(message), field, ...expected }
}

function property(id: string, does: string, name: string, value: Value, expected: Expected): RowCase {
  return row(id, does, { properties: { [name]: value } }, `properties.${name}`, expected)
}

function annotation(id: string, does: string, key: string, value: Value, expected: Expected): RowCase {
  return row(
    `message-annotations/${id}`,
    does,
    { messageAnnotations: [[key, value]] },
    `message-annotations[${key}]`,
    expected,
  )
}

/** An application property `k` and the header that it becomes. */
function typed(does: string, value: Value, expected: Expected): RowCase {
  const message = { applicationProperties: [["k", value]] } as const
  return row("application-properties/any-name", does, message, "application-properties[k]", expected)
}

function shortstr(name: string, value: string | Uint8Array): Expected {
  return to("kept", `properties.${name}`, of("shortstr", value))
}

function header(key: string, type: string, value: Value["value"]): NonNullable<RowCase["after"]> {
  return [`properties.headers[${key}]`, of(type, value)]
}

function payload(bytes: readonly number[]): Expected {
  return to("converted", "payload", of("payload", Uint8Array.from(bytes)))
}

const CASES: readonly RowCase[] = [
  row(
    "durable/true",
    "says that a message is durable",
    { header: [of("boolean", true)] },
    "header.durable",
    to("converted", "properties.delivery_mode", of("octet", 2)),
  ),
  row(
    "durable/false",
    "says nothing of one that is not",
    { header: [of("boolean", false)] },
    "header.durable",
    lost("default"),
  ),
  property("message-id/utf8/any", "keeps NUL", "message-id", of("string", "a\0b"), shortstr("message_id", "a\0b")),
  property(
    "message-id/utf8/any",
    "keeps 255 bytes",
    "message-id",
    of("string", "m".repeat(255)),
    shortstr("message_id", "m".repeat(255)),
  ),
  property(
    "correlation-id/utf8/any",
    "keeps ill-formed UTF-8",
    "correlation-id",
    of("string", NOT_UTF8),
    shortstr("correlation_id", NOT_UTF8),
  ),
  property(
    "reply-to/queue",
    "makes the address of a queue its name",
    "reply-to",
    of("string", "/queues/a%2Fb%20%C3%A9"),
    to("converted", "properties.reply_to", of("shortstr", "a/b é")),
  ),
  property(
    "reply-to/queue",
    "loses an address with a wrong escape",
    "reply-to",
    of("string", "/queues/a%zz"),
    lost("no-address"),
  ),
  property(
    "reply-to/queue",
    "loses the name of a queue that no shortstr holds",
    "reply-to",
    of("string", `/queues/${"q".repeat(256)}`),
    lost("too-large"),
  ),
  property(
    "reply-to/string/any",
    "keeps every other address",
    "reply-to",
    of("string", "/exchanges/amq.topic/a.b"),
    shortstr("reply_to", "/exchanges/amq.topic/a.b"),
  ),
  property(
    "content-type/symbol/any",
    "keeps octets beyond ASCII",
    "content-type",
    of("symbol", NOT_UTF8),
    shortstr("content_type", NOT_UTF8),
  ),
  property(
    "content-type/string/any",
    "keeps a string",
    "content-type",
    of("string", "text/plain"),
    shortstr("content_type", "text/plain"),
  ),
  property(
    "content-type/too-large",
    "loses what would end RabbitMQ's consumer",
    "content-type",
    of("symbol", "t".repeat(256)),
    lost("too-large"),
  ),
  property(
    "content-encoding/symbol/any",
    "keeps a symbol",
    "content-encoding",
    of("symbol", "gzip"),
    shortstr("content_encoding", "gzip"),
  ),
  property(
    "content-encoding/string/any",
    "keeps a string",
    "content-encoding",
    of("string", "deflate"),
    shortstr("content_encoding", "deflate"),
  ),
  property(
    "creation-time/any",
    "rounds towards 1970",
    "creation-time",
    of("timestamp", 1999n),
    narrowed("rounded-down", "properties.timestamp", of("timestamp", 1n)),
  ),
  property(
    "creation-time/any",
    "wraps a time before 1970 round",
    "creation-time",
    of("timestamp", -1500n),
    narrowed("wrapped", "properties.timestamp", of("timestamp", 2n ** 64n - 1n)),
  ),
  property("group-id/string/any", "keeps NUL", "group-id", of("string", "g\0"), shortstr("app_id", "g\0")),
  row(
    "application-properties/any-name",
    "keeps a name that is ill-formed UTF-8",
    { applicationProperties: [[of("string", Uint8Array.of(0xff)), of("boolean", true)]] },
    "application-properties[0xff]",
    to("kept", "properties.headers[0xff]", of("bool", true)),
  ),
  row(
    "application-properties/name-too-large",
    "loses a name of 256 bytes",
    { applicationProperties: [["n".repeat(256), of("boolean", true)]] },
    `application-properties[${"n".repeat(256)}]`,
    lost("name-too-large"),
  ),
  typed("makes a binary a longstr", of("binary", NOT_UTF8), to("converted", ...header("k", "longstr", NOT_UTF8))),
  typed("wraps a ulong round", of("ulong", 2n ** 64n - 1n), narrowed("wrapped", ...header("k", "long", -1n))),
  typed("keeps a small ulong", of("ulong", 5n), to("converted", ...header("k", "long", 5n))),
  typed(
    "wraps a time before 1970 round",
    of("timestamp", -1000n),
    narrowed("wrapped", ...header("k", "timestamp", 2n ** 64n - 1n)),
  ),
  typed(
    "converts what is in a list in the same way",
    of("list", [of("binary", Uint8Array.of(1)), of("ulong", 2n ** 63n)]),
    to("converted", ...header("k", "array", [of("longstr", "\u0001"), of("long", -(2n ** 63n))])),
  ),
  typed(
    "converts what is in a map in the same way",
    of("map", new ValueMap([[of("string", "m"), of("binary", Uint8Array.of(0x62))]])),
    to("converted", ...header("k", "table", new ValueMap([[of("shortstr", "m"), of("longstr", "b")]]))),
  ),
  annotation("origin-or-deaths", "passes on no exchange of a client's", "x-exchange", of("string", "e"), {
    outcome: "routing",
  }),
  annotation("origin-or-deaths", "passes on no history of a client's", "x-opt-deaths", of("string", "d"), {
    outcome: "routing",
  }),
  annotation(
    "x",
    "passes on a first death of a client's",
    "x-first-death-queue",
    of("string", "q"),
    to("kept", ...header("x-first-death-queue", "longstr", "q")),
  ),
  annotation(
    "x-basic-type/string",
    "restores type",
    "x-basic-type",
    of("string", "t"),
    to("converted", "properties.type", of("shortstr", "t")),
  ),
  annotation(
    "x-basic-type/symbol",
    "restores type from a symbol",
    "x-basic-type",
    of("symbol", "t"),
    to("converted", "properties.type", of("shortstr", "t")),
  ),
  annotation(
    "x-basic-priority/ubyte",
    "restores priority",
    "x-basic-priority",
    of("ubyte", 5),
    to("converted", "properties.priority", of("octet", 5)),
  ),
  annotation(
    "x-basic-delivery-mode/ubyte",
    "restores delivery_mode",
    "x-basic-delivery-mode",
    of("ubyte", 2),
    to("converted", "properties.delivery_mode", of("octet", 2)),
  ),
  annotation(
    "x-basic-expiration/string",
    "restores expiration",
    "x-basic-expiration",
    of("string", "60000"),
    to("converted", "properties.expiration", of("shortstr", "60000")),
  ),
  annotation(
    "x-basic-expiration/string",
    "loses one that is no number",
    "x-basic-expiration",
    of("string", "soon"),
    lost("not-a-number"),
  ),
  annotation(
    "x-basic-expiration/symbol",
    "restores expiration from a symbol",
    "x-basic-expiration",
    of("symbol", "5"),
    to("converted", "properties.expiration", of("shortstr", "5")),
  ),
  annotation("x-basic", "loses one of another type", "x-basic-priority", of("string", "5"), lost("unexpected-type")),
  annotation("x-basic", "loses a type that no shortstr holds", "x-basic-type", of("string", "t".repeat(256)), {
    outcome: "lost",
    reason: "unexpected-type",
  }),
  annotation(
    "received-time",
    "tells when a broker received the message",
    "x-opt-rabbitmq-received-time",
    of("timestamp", 1_700_000_000_123n),
    to("converted", ...header("timestamp_in_ms", "long", 1_700_000_000_123n)),
  ),
  row("data/joined", "joins data sections", { body: { data: ["on", "e"] } }, "data", payload([0x6f, 0x6e, 0x65])),
  row(
    "amqp-value/and-footer",
    "encodes a value with the footer",
    { body: { value: of("boolean", true) }, footer: [["x-f", NULL]] },
    "amqp-value",
    payload([0, 0x53, 0x77, 0x41, 0, 0x53, 0x78, 0xc1, 7, 2, 0xa3, 3, 0x78, 0x2d, 0x66, 0x40]),
  ),
  row(
    "amqp-sequence/and-footer",
    "encodes sequences",
    { body: { sequences: [[of("uint", 0)], []] } },
    "amqp-sequence",
    payload([0, 0x53, 0x76, 0xc0, 2, 1, 0x43, 0, 0x53, 0x76, 0x45]),
  ),
]

const converters = createConverters({ profile: "rabbitmq-4.3", names: { mqttExchange: "amq.topic" } })

function converted(message: Amqp10Message): ReturnType<typeof fieldsOf> {
  return fieldsOf(converters.convert(amqp10Publish(message).message, "amqp091"))
}

describe("AMQP 1.0 to AMQP 0.9.1 as RabbitMQ does", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    const [found, expected] = compared(example, "amqp091")
    expect(found).toEqual(expected)
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(rabbitmqRows(amqp10ToAmqp091).filter((id) => !tested.has(id))).toEqual([])
  })

  it("sorts headers by key, and prefers annotations to application properties", () => {
    const message: Amqp10Message = {
      messageAnnotations: [["x-b", of("int", 1)]],
      applicationProperties: [
        ["z", of("int", 2)],
        ["x-b", of("int", 3)],
        ["B", of("int", 4)],
        ["z", of("int", 5)],
      ],
    }
    expect(converted(message).slice(0, -1)).toEqual([
      ["properties.headers[B]", of("signedint", 4)],
      ["properties.headers[x-b]", of("signedint", 1)],
      ["properties.headers[z]", of("signedint", 2)],
    ])
  })

  it("prefers the header to annotations, and an encoded body to a type", () => {
    const message: Amqp10Message = {
      header: [of("boolean", true), of("ubyte", 7), of("uint", 1000)],
      messageAnnotations: [
        ["x-basic-delivery-mode", of("ubyte", 1)],
        ["x-basic-priority", of("ubyte", 1)],
        ["x-basic-expiration", of("string", "1")],
        ["x-basic-type", of("string", "mine")],
      ],
      body: { value: NULL },
    }
    expect(converted(message).slice(0, -1)).toEqual([
      ["properties.delivery_mode", of("octet", 2)],
      ["properties.priority", of("octet", 7)],
      ["properties.expiration", of("shortstr", "1000")],
      ["properties.type", of("shortstr", "amqp-1.0")],
    ])
  })
})
