import { describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import type { Amqp091Outgoing, MqttArrived } from "./clients/client.ts"
import { crossing } from "./clients/crossing.ts"
import { mqtt5, mqtt311 } from "./clients/mqtt-js.ts"

const publishers = [amqplib, amqpClient]
const consumers = [mqtt5, mqtt311]
const pairs = publishers.flatMap((publisher) => consumers.map((consumer) => ({ publisher, consumer })))

/** Every field of the table's source side, and a header of each simple kind. */
const RICH: Amqp091Outgoing = {
  contentType: "application/json",
  contentEncoding: "gzip",
  deliveryMode: 2,
  priority: 5,
  correlationId: "order-17",
  replyTo: "replies",
  expiration: "60000",
  messageId: "m-1",
  timestampSeconds: 1_700_000_000,
  type: "order.created",
  userId: "guest",
  appId: "shop",
  headers: {
    "x-reply-to-topic": "replies.shop.17",
    text: "blå",
    yes: true,
    no: false,
    integer: -42,
    big: 5_000_000_000,
    fraction: 1.5,
    nothing: null,
    list: [1, 2],
    table: { inner: 1 },
  },
  body: "payload",
}

describe.each(pairs)("AMQP 0.9.1 by $publisher.name to MQTT by $consumer.name", ({ publisher, consumer }) => {
  const clients = crossing(publisher, consumer, "shop/#")

  async function across(message: Amqp091Outgoing): Promise<MqttArrived> {
    const { sender, inbox } = await clients
    await sender.publish("amq.topic", "shop.orders.17", message)
    return inbox.next()
  }

  it("converts every field of the table and keeps the payload", async () => {
    const message = await across(RICH)
    expect(message.topic).toBe("shop/orders/17")
    expect(message.qos).toBe(1)
    expect(message.body).toBe("payload")
    if (consumer.version === 4) {
      expect(message).toEqual({ protocol: "mqtt", topic: "shop/orders/17", qos: 1, body: "payload" })
      return
    }
    const { messageExpiryInterval, ...rest } = message
    expect(messageExpiryInterval).toBeGreaterThanOrEqual(59)
    expect(messageExpiryInterval).toBeLessThanOrEqual(60)
    expect(rest).toEqual({
      protocol: "mqtt",
      topic: "shop/orders/17",
      qos: 1,
      contentType: "application/json",
      correlationData: "order-17",
      responseTopic: "replies/shop/17",
      userProperties: {
        text: "blå",
        yes: "true",
        no: "false",
        integer: "-42",
        big: "5000000000",
        fraction: "1.5",
        nothing: "",
      },
      body: "payload",
    })
  })

  it("makes delivery mode 1 quality of service 0", async () => {
    expect((await across({ deliveryMode: 1, body: "transient" })).qos).toBe(0)
  })

  it("makes a message without delivery mode quality of service 0", async () => {
    expect((await across({ body: "plain" })).qos).toBe(0)
  })

  it("takes correlation data from x-correlation-id when there is no correlation_id", async () => {
    const message = await across({ headers: { "x-correlation-id": "c-9" }, body: "" })
    if (consumer.version === 5) expect(message.correlationData).toBe("c-9")
    expect(message.userProperties).toBeUndefined()
  })
})
