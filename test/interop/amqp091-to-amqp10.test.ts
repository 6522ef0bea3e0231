import { createBroker, type PolyBroker } from "polymq"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import type { Amqp10Arrived, Amqp10Client, Amqp091Client, Amqp091Outgoing, Inbox } from "./clients/client.ts"
import { rheaClient } from "./clients/rhea.ts"

/** Every field of the table's source side. */
const RICH: Amqp091Outgoing = {
  contentType: "application/json",
  contentEncoding: "gzip",
  deliveryMode: 2,
  priority: 5,
  correlationId: "order-17",
  replyTo: "replies",
  expiration: "60000",
  messageId: "urn:uuid:550e8400-e29b-41d4-a716-446655440000",
  timestampSeconds: 1_700_000_000,
  type: "order.created",
  userId: "guest",
  appId: "shop",
  headers: { "x-trace": "t-1", text: "blå", yes: true, integer: -42, nothing: null, list: [1], table: { inner: 1 } },
  body: "payload",
}

describe.each([amqplib, amqpClient])("AMQP 0.9.1 by $name to AMQP 1.0 by rhea", (library) => {
  let broker: PolyBroker
  let sender: Amqp091Client
  let receiver: Amqp10Client
  let inbox: Inbox<Amqp10Arrived>

  beforeAll(async () => {
    broker = await createBroker({ listeners: { amqp: { port: 0 }, mqtt: { port: 0 } } })
    sender = await library.connect(broker)
    receiver = await rheaClient.connect(broker)
    inbox = await receiver.subscribe("shop.#")
  })

  afterAll(async () => {
    await sender.close()
    await receiver.close()
    await broker.close()
  })

  async function across(message: Amqp091Outgoing): Promise<Amqp10Arrived> {
    await sender.publish("amq.topic", "shop.orders.17", message)
    return inbox.next()
  }

  it("converts every field of the table and keeps the payload", async () => {
    const { ttl, ...rest } = await across(RICH)
    expect(ttl).toBe(60_000)
    expect(rest).toEqual({
      protocol: "amqp10",
      durable: true,
      priority: 5,
      messageId: Buffer.from("550e8400e29b41d4a716446655440000", "hex"),
      userId: "guest",
      replyTo: "replies",
      correlationId: "order-17",
      contentType: "application/json",
      contentEncoding: "gzip",
      creationTimeMs: 1_700_000_000_000,
      groupId: "shop",
      applicationProperties: { text: "blå", yes: true, integer: -42, nothing: null },
      messageAnnotations: { "x-basic-type": "order.created", "x-trace": "t-1" },
      body: { data: "payload" },
    })
  })

  it("keeps ids that are no uuid as text, and makes a uuid of those that are", async () => {
    const correlationId = "urn:uuid:550e8400-e29b-41d4-a716-446655440000"
    const message = await across({ messageId: "m-1", correlationId, body: "" })
    expect(message.messageId).toBe("m-1")
    expect(message.correlationId).toEqual(Buffer.from("550e8400e29b41d4a716446655440000", "hex"))
  })

  it("makes the header CC the annotation x-cc, and long text binary", async () => {
    const long = "t".repeat(256)
    const { messageAnnotations, applicationProperties } = await across({ headers: { CC: ["other.1"], long }, body: "" })
    expect(messageAnnotations).toEqual({ "x-cc": ["other.1"] })
    expect(String(applicationProperties?.["long"])).toBe(long)
  })

  it("makes x-reply-to-topic an address", async () => {
    const message = await across({ headers: { "x-reply-to-topic": "replies.17" }, body: "" })
    expect(message.replyTo).toBe("/topic/replies.17")
  })

  it("makes delivery mode 1 not durable", async () => {
    expect((await across({ deliveryMode: 1, body: "" })).durable).toBeUndefined()
  })
})
