import { createBroker, type PolyBroker } from "polymq"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { amqplib } from "./clients/amqplib.ts"
import type { Amqp10Client, Amqp091Client, MqttClient } from "./clients/client.ts"
import { mqtt5 } from "./clients/mqtt-js.ts"
import { closeConnection, event, openConnection, rheaClient } from "./clients/rhea.ts"

/** What each client of a pair sends goes here, to be read by the other two, too. */
const KEY = "from.any"
const TOPIC = "from/any"
const ADDRESS = `/exchanges/amq.topic/${KEY}`

describe("the profile rabbitmq-4.3, between amqplib, rhea and MQTT.js", () => {
  let broker: PolyBroker
  let old: Amqp091Client
  let modern: Amqp10Client
  let device: MqttClient

  beforeAll(async () => {
    broker = await createBroker({ profile: "rabbitmq-4.3", listeners: { amqp: { port: 0 }, mqtt: { port: 0 } } })
    old = await amqplib.connect(broker)
    modern = await rheaClient.connect(broker)
    device = await mqtt5.connect(broker)
  })

  afterAll(async () => {
    await Promise.all([old.close(), modern.close(), device.close()])
    await broker.close()
  })

  it("converts from AMQP 0.9.1 as RabbitMQ does", async () => {
    const inboxes = [await old.subscribe(KEY), await modern.subscribe(KEY), await device.subscribe(TOPIC)] as const
    await old.publish("amq.topic", KEY, {
      headers: { zeta: "1", alpha: 0.1, "x-reply-to-topic": "a.b" },
      deliveryMode: 2,
      correlationId: "c",
      replyTo: "my queue",
      expiration: "+60000",
      type: "t",
      body: "hi",
    })
    const [same, toModern, toDevice] = await Promise.all(inboxes.map((inbox) => inbox.next()))
    expect(same).toMatchObject({ expiration: "60000", replyTo: "my queue", deliveryMode: 2, body: "hi" })
    expect(Object.keys((same as { headers?: object }).headers ?? {})).toEqual(["alpha", "x-reply-to-topic", "zeta"])
    expect(toModern).toMatchObject({
      durable: true,
      replyTo: "/queues/my%20queue",
      applicationProperties: { zeta: "1", alpha: 0.1 },
      messageAnnotations: { "x-reply-to-topic": "a.b", "x-basic-type": "t" },
      body: { data: "hi" },
    })
    expect(toDevice).toEqual({
      protocol: "mqtt",
      topic: TOPIC,
      qos: 1,
      responseTopic: "a/b",
      correlationData: "c",
      userProperties: { zeta: "1", alpha: "1.00000000000000005551e-01" },
      body: "hi",
    })
  })

  it("converts from AMQP 1.0 as RabbitMQ does", async () => {
    const inboxes = [await old.subscribe(KEY), await modern.subscribe(KEY), await device.subscribe(TOPIC)] as const
    const message = {
      ttl: 60_000,
      replyTo: "/queues/my%20queue",
      contentType: "text/plain",
      applicationProperties: { zeta: "1", alpha: 1.5 },
      messageAnnotations: { "x-basic-type": "t" },
      body: { value: "hi" },
    }
    expect(await modern.publish(ADDRESS, message)).toBe("accepted")
    const [toOld, same, toDevice] = await Promise.all(inboxes.map((inbox) => inbox.next()))
    expect(toOld).toEqual({
      protocol: "amqp091",
      exchange: "amq.topic",
      routingKey: KEY,
      redelivered: false,
      contentType: "text/plain",
      headers: { alpha: 1.5, zeta: "1" },
      replyTo: "my queue",
      expiration: "60000",
      type: "amqp-1.0",
      body: "\0Sw\ufffd\x02hi",
    })
    expect(same).toMatchObject({ ...message, ttl: expect.any(Number) })
    expect(toDevice).toEqual({
      protocol: "mqtt",
      topic: TOPIC,
      qos: 0,
      contentType: "message/vnd.rabbitmq.amqp",
      userProperties: { "x-basic-type": "t", zeta: "1", alpha: "1.50000000000000000000e+00" },
      body: "\0Sw\ufffd\x02hi",
    })
  })

  it("converts from MQTT 5.0 as RabbitMQ does", async () => {
    const inboxes = [await old.subscribe(KEY), await modern.subscribe(KEY), await device.subscribe(TOPIC)] as const
    const before = Math.floor(Date.now() / 1000)
    await device.publish(TOPIC, {
      qos: 1,
      payloadFormatIndicator: true,
      messageExpiryInterval: 60,
      responseTopic: "a/b c",
      correlationData: "c",
      userProperties: { zeta: "1", "x-alpha": "2" },
      contentType: "text/plain",
      body: "hi",
    })
    const [toOld, toModern, same] = await Promise.all(inboxes.map((inbox) => inbox.next()))
    const { timestampSeconds = 0, ...rest } = toOld as { readonly timestampSeconds?: number }
    expect(timestampSeconds).toBeGreaterThanOrEqual(before)
    expect(rest).toEqual({
      protocol: "amqp091",
      exchange: "amq.topic",
      routingKey: KEY,
      redelivered: false,
      contentType: "text/plain",
      headers: { "x-alpha": "2", "x-reply-to-topic": "a.b c", zeta: "1" },
      deliveryMode: 2,
      correlationId: "c",
      expiration: "60000",
      body: "hi",
    })
    expect(toModern).toEqual({
      protocol: "amqp10",
      durable: true,
      replyTo: "/exchanges/amq.topic/a.b%20c",
      correlationId: Buffer.from("c"),
      contentType: "text/plain",
      applicationProperties: { zeta: "1" },
      messageAnnotations: { "x-alpha": "2" },
      body: { data: "hi" },
    })
    expect(same).toMatchObject({ payloadFormatIndicator: true, responseTopic: "a/b c", messageExpiryInterval: 60 })
  })

  it("says of durability what RabbitMQ says, where the publisher said nothing", async () => {
    const connection = await openConnection(broker)
    const receiver = connection.open_receiver("/exchanges/amq.topic/unsaid")
    await event(receiver, "receiver_open")
    const arriving = event(receiver, "message")
    expect(await modern.publish("/exchanges/amq.topic/unsaid", { body: { data: "hi" } })).toBe("accepted")
    expect((await arriving).message?.["durable"]).toBe(false)
    await closeConnection(connection)
  })

  it("leads replies to AMQP 0.9.1 requesters back", async () => {
    const requests = await modern.subscribe("requests")
    const { name, inbox } = await old.replyQueue()
    await old.publish("amq.topic", "requests", { replyTo: name, body: "?" })
    const { replyTo = "" } = await requests.next()
    expect(replyTo).toBe(`/queues/${encodeURIComponent(name)}`)
    expect(await modern.publish(replyTo, { body: { data: "!" } })).toBe("accepted")
    expect(await inbox.next()).toMatchObject({ body: "!" })
  })

  it("leads replies to AMQP 1.0 requesters back", async () => {
    const requests = await old.subscribe("requests")
    const { address, inbox } = await modern.replyAddress()
    await modern.publish("/exchanges/amq.topic/requests", { replyTo: address, body: { data: "?" } })
    const { replyTo = "" } = await requests.next()
    await old.publish("", replyTo, { body: "!" })
    expect(await inbox.next()).toMatchObject({ body: { data: "!" } })
  })

  it("leads replies to MQTT requesters back", async () => {
    const requests = await modern.subscribe("requests")
    const replies = await device.subscribe("replies/17")
    await device.publish("requests", { responseTopic: "replies/17", body: "?" })
    const { replyTo = "" } = await requests.next()
    expect(replyTo).toBe("/exchanges/amq.topic/replies.17")
    expect(await modern.publish(replyTo, { body: { data: "!" } })).toBe("accepted")
    expect(await replies.next()).toMatchObject({ topic: "replies/17", body: "!" })
  })
})
