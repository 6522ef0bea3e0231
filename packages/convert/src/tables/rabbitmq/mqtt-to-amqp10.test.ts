import { describe, expect, it } from "vitest"
import { of } from "../../testing/amqp10-message.ts"
import { type MqttPublish, mqttPublish } from "../../testing/mqtt-publish.ts"
import { compared, lost, rabbitmqRows, to } from "../../testing/rabbitmq-rows.ts"
import type { RowCase } from "../../testing/row-case.ts"
import { mqttToAmqp10 } from "../mqtt-to-amqp10.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

function row(id: string, does: string, publish: MqttPublish, field: string, expected: Expected): RowCase {
  return { row: `mqtt-amqp10/${id}`, does, published: mqttPublish(publish), field, ...expected }
}

function responseTopic(does: string, topic: string, address: string): RowCase {
  const after = ["properties.reply-to", of("string", address)] as const
  return row(
    "response-topic/exchanges",
    does,
    { responseTopic: topic },
    "properties.response-topic",
    to("converted", ...after),
  )
}

function userProperty(id: string, does: string, name: string, expected: Expected): RowCase {
  return row(id, does, { userProperties: [[name, "v"]] }, `properties.user-property[${name}]`, expected)
}

const CASES: readonly RowCase[] = [
  row(
    "payload-format-indicator/ignored",
    "loses it",
    { payloadFormatIndicator: 1 },
    "properties.payload-format-indicator",
    lost(),
  ),
  row(
    "payload",
    "makes text data",
    { payloadFormatIndicator: 1, payload: "a" },
    "payload",
    to("kept", "data", of("binary", Uint8Array.of(0x61))),
  ),
  row(
    "message-expiry-interval/not-told",
    "loses it",
    { messageExpiryInterval: 60 },
    "properties.message-expiry-interval",
    lost(),
  ),
  responseTopic("makes a topic an address of the second generation", "a/b", "/exchanges/amq.topic/a.b"),
  responseTopic("encodes what is reserved", "a b/c%d", "/exchanges/amq.topic/a%20b.c%25d"),
  responseTopic("encodes UTF-8 octet by octet", "é/$x*", "/exchanges/amq.topic/%C3%A9.%24x%2A"),
  responseTopic("keeps empty levels", "/a//b/", "/exchanges/amq.topic/.a..b."),
  userProperty("user-property/origin", "passes on no exchange of a client's", "x-exchange", { outcome: "routing" }),
  userProperty("user-property/origin", "passes on no key of a client's", "x-routing-key", { outcome: "routing" }),
  userProperty(
    "user-property/x",
    "passes on a history of a client's",
    "x-death",
    to("kept", "message-annotations[x-death]", of("string", "v")),
  ),
]

describe("MQTT 5.0 to AMQP 1.0 as RabbitMQ does", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    const [found, expected] = compared(example, "amqp10")
    expect(found).toEqual(expected)
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(rabbitmqRows(mqttToAmqp10).filter((id) => !tested.has(id))).toEqual([])
  })
})
