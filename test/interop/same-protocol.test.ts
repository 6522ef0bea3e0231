import { createBroker, type PolyBroker } from "polymq"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { amqpClient } from "./clients/amqp-client.ts"
import { amqplib } from "./clients/amqplib.ts"
import { mqtt5, mqtt311 } from "./clients/mqtt-js.ts"
import { rheaClient } from "./clients/rhea.ts"

describe("the same protocol in and out", () => {
  let broker: PolyBroker

  beforeAll(async () => {
    broker = await createBroker()
  })

  afterAll(async () => {
    await broker.close()
  })

  const amqp = [amqplib, amqpClient]
  it.each(amqp.flatMap((from) => amqp.map((to) => ({ from, to }))))(
    "changes nothing from $from.name to $to.name",
    async ({ from, to }) => {
      const [sender, receiver] = await Promise.all([from.connect(broker), to.connect(broker)])
      const inbox = await receiver.subscribe("same.#")
      const message = {
        contentType: "text/plain",
        contentEncoding: "identity",
        deliveryMode: 2,
        priority: 9,
        correlationId: "c",
        replyTo: "r",
        expiration: "60000",
        messageId: "m",
        timestampSeconds: 1_700_000_000,
        type: "t",
        userId: "guest",
        appId: "a",
        headers: {
          text: "t",
          integer: -42,
          fraction: 1.5,
          yes: true,
          nothing: null,
          list: [1, "two"],
          table: { inner: "x" },
        },
        body: "payload",
      } as const
      await sender.publish("amq.topic", "same.key", message)
      expect(await inbox.next()).toEqual({
        ...message,
        protocol: "amqp091",
        exchange: "amq.topic",
        routingKey: "same.key",
        redelivered: false,
      })
      await Promise.all([sender.close(), receiver.close()])
    },
  )

  const mqtt = [mqtt5, mqtt311]
  it.each(mqtt.flatMap((from) => mqtt.map((to) => ({ from, to }))))(
    "changes nothing from $from.name to $to.name",
    async ({ from, to }) => {
      const [sender, receiver] = await Promise.all([from.connect(broker), to.connect(broker)])
      const inbox = await receiver.subscribe("same.dot/+/#")
      const properties = {
        payloadFormatIndicator: true,
        responseTopic: "replies/a",
        correlationData: "c",
        userProperties: { b: "1", a: ["2", "3"] },
        contentType: "text/plain",
      }
      await sender.publish("same.dot/*/x", { qos: 1, ...properties, body: "payload" })
      const both = from.version === 5 && to.version === 5
      expect(await inbox.next()).toEqual({
        protocol: "mqtt",
        topic: "same.dot/*/x",
        qos: 1,
        ...(both ? properties : {}),
        body: "payload",
      })
      await Promise.all([sender.close(), receiver.close()])
    },
  )

  it("changes nothing from rhea to rhea", async () => {
    const [sender, receiver] = await Promise.all([rheaClient.connect(broker), rheaClient.connect(broker)])
    const inbox = await receiver.subscribe("same.#")
    const message = {
      durable: true,
      priority: 9,
      ttl: 60_000,
      messageId: "m",
      userId: "guest",
      to: "somewhere",
      subject: "s",
      replyTo: "r",
      correlationId: "c",
      contentType: "text/plain",
      contentEncoding: "identity",
      creationTimeMs: 1_700_000_000_123,
      groupId: "g",
      applicationProperties: { text: "t", integer: -42, fraction: 1.5, yes: true, nothing: null },
      messageAnnotations: { "x-trace": "t", other: "o" },
      body: { sequence: [1, "two", [3]] },
    }
    expect(await sender.publish("/exchanges/amq.topic/same.key", message)).toBe("accepted")
    const { ttl, ...rest } = await inbox.next()
    const { ttl: sent, ...unchanged } = message
    expect(ttl).toBeGreaterThan(sent - 5000)
    expect(ttl).toBeLessThanOrEqual(sent)
    expect(rest).toEqual({ protocol: "amqp10", ...unchanged })
    await Promise.all([sender.close(), receiver.close()])
  })
})
