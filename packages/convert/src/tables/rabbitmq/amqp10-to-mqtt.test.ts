import type { Value } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../../converters.ts"
import { type Amqp10Message, amqp10Publish, of } from "../../testing/amqp10-message.ts"
import { compared, lost, narrowed, rabbitmqRows, to } from "../../testing/rabbitmq-rows.ts"
import { fieldsOf, type RowCase } from "../../testing/row-case.ts"
import { amqp10ToMqtt } from "../amqp10-to-mqtt.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

function row(id: string, does: string, message: Amqp10Message, field: string, expected: Expected): RowCase {
  return { row: `amqp10-mqtt/${id}`, does, published: amqp10Publish(message), field, ...expected }
}

function replyTo(id: string, does: string, address: string, expected: Expected): RowCase {
  const message = { properties: { "reply-to": of("string", address) } }
  return row(`reply-to${id}`, does, message, "properties.reply-to", expected)
}

function topic(name: string): Expected {
  return to("converted", "properties.response-topic", of("utf8", name))
}

/** A value as application property and as annotation, and the text that it becomes in both. */
function texts(id: string, does: string, value: Value, outcome: "converted" | "narrowed", text: string): RowCase[] {
  const after = ["properties.user-property[x-k]", of("utf8", text)] as const
  const expected = outcome === "converted" ? to(outcome, ...after) : narrowed("rounded", ...after)
  return [
    row(
      `application-properties/${id}`,
      does,
      { applicationProperties: [["x-k", value]] },
      "application-properties[x-k]",
      expected,
    ),
    row(
      `message-annotations/${id}`,
      does,
      { messageAnnotations: [["x-k", value]] },
      "message-annotations[x-k]",
      expected,
    ),
  ]
}

function payload(id: string, does: string, message: Amqp10Message, field: string, hex: string): RowCase {
  const bytes = Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"))
  return row(id, does, message, field, to("converted", "payload", of("binary", bytes)))
}

const CASES: readonly RowCase[] = [
  replyTo("/exchanges/plain", "makes an address of the exchange a topic", "/exchanges/amq.topic/a.b", topic("a/b")),
  replyTo("/exchanges/plain", "decodes the key", "/exchanges/amq.topic/a%2Fb%20c", topic("a/b c")),
  replyTo("/exchanges/plain", "loses a key with a wrong escape", "/exchanges/amq.topic/a%zz", lost("no-address")),
  replyTo("/exchanges/plain", "loses a key of wildcards", "/exchanges/amq.topic/a.%23", lost("wildcard")),
  replyTo("", "loses an exchange that is percent-encoded", "/exchanges/amq%2Etopic/k", lost("no-topic")),
  replyTo("", "loses a key beyond ASCII", "/exchanges/amq.topic/é", lost("no-topic")),
  replyTo("", "loses an address of the first generation", "/exchange/amq.topic/a.b", lost("no-topic")),
  ...texts("double/scientific", "writes 20 digits", of("double", 0.1), "converted", "1.00000000000000005551e-01"),
  ...texts(
    "double/scientific",
    "writes three of an exponent",
    of("double", 1e300),
    "converted",
    "1.00000000000000005250e+300",
  ),
  ...texts("float/scientific", "keeps the sign of zero", of("float", -0), "converted", "-0.00000000000000000000e+00"),
  ...texts("timestamp/seconds", "writes whole seconds", of("timestamp", 1000n), "converted", "1"),
  ...texts("timestamp/seconds", "rounds towards 1970", of("timestamp", -1500n), "narrowed", "-1"),
  ...["application-properties", "message-annotations"].map((section) =>
    row(
      `${section}/simple`,
      "writes what is no number as ever",
      section === "application-properties"
        ? { applicationProperties: [["x-k", of("double", Number.NaN)]] }
        : { messageAnnotations: [["x-k", of("double", Number.NaN)]] },
      `${section}[x-k]`,
      to("converted", "properties.user-property[x-k]", of("utf8", "NaN")),
    ),
  ),
  row(
    "message-annotations/string",
    "passes on a key of a client's",
    { messageAnnotations: [["x-routing-key", of("string", "k")]] },
    "message-annotations[x-routing-key]",
    to("kept", "properties.user-property[x-routing-key]", of("utf8", "k")),
  ),
  payload(
    "amqp-value/and-footer",
    "encodes a string with the footer",
    { body: { value: of("string", "v") }, footer: [["x-f", of("null", null)]] },
    "amqp-value",
    "00 53 77 a1 01 76 00 53 78 c1 07 02 a3 03 78 2d 66 40",
  ),
  payload(
    "amqp-value/and-footer",
    "encodes a binary",
    { body: { value: of("binary", Uint8Array.of(1)) } },
    "amqp-value",
    "00 53 77 a0 01 01",
  ),
  payload(
    "amqp-sequence/and-footer",
    "encodes sequences",
    { body: { sequences: [[of("uint", 0)]] } },
    "amqp-sequence",
    "00 53 76 c0 02 01 43",
  ),
]

describe("AMQP 1.0 to MQTT 5.0 as RabbitMQ does", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    const [found, expected] = compared(example, "mqtt")
    expect(found).toEqual(expected)
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(rabbitmqRows(amqp10ToMqtt).filter((id) => !tested.has(id))).toEqual([])
  })

  it("says of an encoded body what it is, whatever its sender said", () => {
    const converters = createConverters({ profile: "rabbitmq-4.3", names: { mqttExchange: "amq.topic" } })
    const { message } = amqp10Publish({
      properties: { "content-type": of("symbol", "text/plain") },
      body: { value: of("string", "v") },
    })
    expect(fieldsOf(converters.convert(message, "mqtt"))).toContainEqual([
      "properties.content-type",
      of("utf8", "message/vnd.rabbitmq.amqp"),
    ])
  })
})
