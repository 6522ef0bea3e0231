import { createBroker, type PolyBroker } from "polymq"
import rhea from "rhea"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import type { Amqp10Client, Amqp10Outgoing, Amqp091Arrived, Amqp091Client, Inbox } from "./clients/client.ts"
import { rheaClient } from "./clients/rhea.ts"

/** Every field of the table's source side. */
const RICH: Amqp10Outgoing = {
  durable: true,
  priority: 5,
  ttl: 60_000,
  messageId: "m-1",
  userId: "guest",
  to: "somewhere",
  subject: "lost",
  replyTo: "replies",
  correlationId: "order-17",
  contentType: "application/json",
  contentEncoding: "gzip",
  creationTimeMs: 1_700_000_000_999,
  groupId: "shop",
  applicationProperties: { text: "blå", yes: true, integer: rhea.types.wrap_int(-42), fraction: 1.5, nothing: null },
  messageAnnotations: { "x-trace": "t-1", other: "lost" },
  body: { data: "payload" },
}

describe.each([amqplib, amqpClient])("AMQP 1.0 by rhea to AMQP 0.9.1 by $name", (library) => {
  let broker: PolyBroker
  let sender: Amqp10Client
  let receiver: Amqp091Client
  let inbox: Inbox<Amqp091Arrived>

  beforeAll(async () => {
    broker = await createBroker({ listeners: { amqp: { port: 0 }, mqtt: { port: 0 } } })
    sender = await rheaClient.connect(broker)
    receiver = await library.connect(broker)
    inbox = await receiver.subscribe("shop.#")
  })

  afterAll(async () => {
    await sender.close()
    await receiver.close()
    await broker.close()
  })

  async function across(message: Amqp10Outgoing): Promise<Amqp091Arrived> {
    expect(await sender.publish("/exchanges/amq.topic/shop.orders.17", message)).toBe("accepted")
    return inbox.next()
  }

  it("converts every field of the table and keeps the payload", async () => {
    expect(await across(RICH)).toEqual({
      protocol: "amqp091",
      exchange: "amq.topic",
      routingKey: "shop.orders.17",
      redelivered: false,
      deliveryMode: 2,
      priority: 5,
      expiration: "60000",
      messageId: "m-1",
      userId: "guest",
      replyTo: "replies",
      correlationId: "order-17",
      contentType: "application/json",
      contentEncoding: "gzip",
      timestampSeconds: 1_700_000_000,
      appId: "shop",
      headers: { text: "blå", yes: true, integer: -42, fraction: 1.5, nothing: null, "x-trace": "t-1" },
      body: "payload",
    })
  })

  it("puts long message and correlation ids into headers", async () => {
    const long = "i".repeat(256)
    const message = await across({ messageId: long, correlationId: long, body: { data: "" } })
    expect(message.messageId).toBeUndefined()
    expect(message.correlationId).toBeUndefined()
    expect(message.headers).toEqual({ "x-message-id": long, "x-correlation-id": long })
  })

  it("puts binary message and correlation ids into headers", async () => {
    const id = rhea.types.wrap_binary(Buffer.from("i-1"))
    const message = await across({ messageId: id, correlationId: id, body: { data: "" } })
    expect(message.messageId).toBeUndefined()
    expect(message.correlationId).toBeUndefined()
    const headers = Object.entries(message.headers ?? {}).map(([key, value]) => [key, Buffer.from(value as Uint8Array)])
    expect(headers).toEqual([
      ["x-message-id", Buffer.from("i-1")],
      ["x-correlation-id", Buffer.from("i-1")],
    ])
  })

  it("makes x-cc the header CC", async () => {
    const message = await across({ messageAnnotations: { "x-cc": ["other.1", "other.2"] }, body: { data: "" } })
    expect(message.headers).toEqual({ CC: ["other.1", "other.2"] })
  })

  it("writes uuids and numbers as text", async () => {
    const uuid = rhea.types.wrap_uuid(Buffer.from("550e8400e29b41d4a716446655440000", "hex"))
    const message = await across({ messageId: uuid, correlationId: rhea.types.wrap_ulong(42), body: { data: "" } })
    expect(message.messageId).toBe("urn:uuid:550e8400-e29b-41d4-a716-446655440000")
    expect(message.correlationId).toBe("42")
  })

  it("sends a value in AMQP 1.0's own encoding", async () => {
    const message = await across({ body: { value: "text" } })
    expect(message.type).toBe("amqp-1.0")
    expect(message.body).toBe("\0Sw\xa1\x04text".replace("\xa1", Buffer.from([0xa1]).toString()))
  })

  it("sends a sequence in AMQP 1.0's own encoding", async () => {
    const message = await across({ body: { sequence: ["a"] } })
    expect(message.type).toBe("amqp-1.0")
    expect(message.body).toBe(Buffer.from([0, 0x53, 0x76, 0xd0, 0, 0, 0, 7, 0, 0, 0, 1, 0xa1, 1, 0x61]).toString())
  })

  it("makes a message that is not durable delivery mode 1", async () => {
    expect((await across({ durable: false, priority: 1, body: { data: "" } })).deliveryMode).toBe(1)
  })
})
