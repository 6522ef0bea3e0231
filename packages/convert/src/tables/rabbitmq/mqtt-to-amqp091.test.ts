import { ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../../converters.ts"
import { of } from "../../testing/amqp10-message.ts"
import { type MqttPublish, mqttPublish } from "../../testing/mqtt-publish.ts"
import { compared, lost, rabbitmqRows, to } from "../../testing/rabbitmq-rows.ts"
import { fieldsOf, type RowCase } from "../../testing/row-case.ts"
import { mqttToAmqp091 } from "../mqtt-to-amqp091.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

function row(id: string, does: string, publish: MqttPublish, field: string, expected: Expected): RowCase {
  return { row: `mqtt-amqp091/${id}`, does, published: mqttPublish(publish), field, ...expected }
}

function contentType(id: string, does: string, text: string, expected: Expected): RowCase {
  return row(`content-type/${id}`, does, { contentType: text }, "properties.content-type", expected)
}

const EXPIRY: RowCase = row(
  "message-expiry-interval/and-timestamp",
  "tells when the message was published, too",
  { messageExpiryInterval: 60 },
  "properties.message-expiry-interval",
  to(
    "converted",
    "properties",
    of(
      "map",
      new ValueMap([
        [of("symbol", "expiration"), of("shortstr", "60000")],
        [of("symbol", "timestamp"), of("timestamp", 1n)],
      ]),
    ),
  ),
)

const CASES: readonly RowCase[] = [
  contentType(
    "ascii",
    "keeps ASCII",
    "text/plain",
    to("kept", "properties.content_type", of("shortstr", "text/plain")),
  ),
  contentType("not-ascii", "loses text beyond ASCII", "tëxt", lost("not-ascii")),
  contentType("not-ascii", "loses 256 bytes", "t".repeat(256), lost("not-ascii")),
  row(
    "user-property/any-name",
    "keeps a user property",
    { userProperties: [["é", "v"]] },
    "properties.user-property[é]",
    to("kept", "properties.headers[é]", of("longstr", "v")),
  ),
  row(
    "user-property/name-too-large",
    "loses a name of 256 bytes",
    { userProperties: [["n".repeat(256), "v"]] },
    `properties.user-property[${"n".repeat(256)}]`,
    lost("name-too-large"),
  ),
]

describe("MQTT 5.0 to AMQP 0.9.1 as RabbitMQ does", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    const [found, expected] = compared(example, "amqp091")
    expect(found).toEqual(expected)
  })

  it("tells when a message was published that expires", () => {
    const [{ found }, expected] = compared(EXPIRY, "amqp091")
    expect(found).toEqual(expected.found)
    const converters = createConverters({ profile: "rabbitmq-4.3", names: { mqttExchange: "amq.topic" } })
    expect(fieldsOf(converters.convert(EXPIRY.published.message, "amqp091"))).toEqual([
      ["properties.delivery_mode", of("octet", 1)],
      ["properties.expiration", of("shortstr", "60000")],
      ["properties.timestamp", of("timestamp", 1n)],
      ["payload", of("payload", new Uint8Array(0))],
    ])
  })

  it("has a case for every row", () => {
    const tested = new Set([EXPIRY, ...CASES].map((example) => example.row))
    expect(rabbitmqRows(mqttToAmqp091).filter((id) => !tested.has(id))).toEqual([])
  })
})
