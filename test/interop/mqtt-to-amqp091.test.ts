import { describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import type { Amqp091Arrived, MqttOutgoing } from "./clients/client.ts"
import { crossing } from "./clients/crossing.ts"
import { mqtt5, mqtt311 } from "./clients/mqtt-js.ts"

const publishers = [mqtt5, mqtt311]
const consumers = [amqplib, amqpClient]
const pairs = publishers.flatMap((publisher) => consumers.map((consumer) => ({ publisher, consumer })))

/** Every field of the table's source side. */
const RICH: MqttOutgoing = {
  qos: 1,
  payloadFormatIndicator: true,
  messageExpiryInterval: 60,
  responseTopic: "replies/shop/17",
  correlationData: "order-17",
  userProperties: { zeta: "1", "x-alpha": "blå", twice: ["first", "second"] },
  contentType: "application/json",
  body: "payload",
}

describe.each(pairs)("MQTT by $publisher.name to AMQP 0.9.1 by $consumer.name", ({ publisher, consumer }) => {
  const clients = crossing(publisher, consumer, "shop.#")

  async function across(message: MqttOutgoing): Promise<Amqp091Arrived> {
    const { sender, inbox } = await clients
    await sender.publish("shop/orders/17", message)
    return inbox.next()
  }

  const place = { protocol: "amqp091", exchange: "amq.topic", routingKey: "shop.orders.17", redelivered: false }

  it("converts every field of the table and keeps the payload", async () => {
    const message = await across(RICH)
    if (publisher.version === 4) {
      expect(message).toEqual({ ...place, deliveryMode: 2, body: "payload" })
      return
    }
    expect(message).toEqual({
      ...place,
      deliveryMode: 2,
      contentType: "application/json",
      correlationId: "order-17",
      expiration: "60000",
      headers: { "x-reply-to-topic": "replies.shop.17", zeta: "1", "x-alpha": "blå", twice: "first" },
      body: "payload",
    })
  })

  it("makes quality of service 0 delivery mode 1", async () => {
    expect((await across({ qos: 0, body: "transient" })).deliveryMode).toBe(1)
  })

  it("puts correlation data that is no short string into x-correlation-id", async () => {
    const long = "c".repeat(256)
    const message = await across({ correlationData: long, body: "" })
    expect(message.correlationId).toBeUndefined()
    if (publisher.version === 5) expect(message.headers).toEqual({ "x-correlation-id": long })
  })
})
