import { createMessage, type MessageDraft } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "./converters.ts"
import { amqp10Publish, of } from "./testing/amqp10-message.ts"
import { amqp091Publish, field } from "./testing/amqp091-content.ts"
import { mqttPublish } from "./testing/mqtt-publish.ts"
import { fieldsOf } from "./testing/row-case.ts"

const RABBITMQ = { profile: "rabbitmq-4.3", names: { mqttExchange: "amq.topic" } } as const
const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const

function published(text: string, holders: number): MessageDraft {
  return { ...mqttPublish({ contentType: text, payload: text }).message, holders }
}

describe("converters", () => {
  it("hands out a message of the consumer's format as it is", () => {
    const { message } = amqp091Publish({ body: "b" })
    expect(createConverters(OPTIONS).convert(message, "amqp091")).toBe(message)
  })

  it("keep no conversion of a message with one holder", () => {
    const message = published("a", 1)
    createConverters(OPTIONS).convert(message, "amqp091")
    expect(message.cached).toBeUndefined()
  })

  it("convert a message with several holders once", () => {
    const converters = createConverters(OPTIONS)
    const message = published("a", 2)
    const first = converters.convert(message, "amqp091")
    expect(converters.convert(message, "amqp091")).toBe(first)
    expect(message.cached?.message).toBe(first)
  })

  it("keep a conversion that survives the next one", () => {
    const converters = createConverters(OPTIONS)
    const kept = converters.convert(published("first", 2), "amqp091")
    const before = fieldsOf(kept)
    for (const text of ["other", "longer than the first", ""]) {
      converters.convert(published(text, 2), "amqp091")
      converters.convert(published(text, 1), "amqp091")
    }
    expect(fieldsOf(kept)).toEqual(before)
    expect(before).toContainEqual(["properties.content_type", { type: "shortstr", value: "first" }])
  })

  it("keep the envelope facts of a conversion", () => {
    const { message } = mqttPublish({ topic: "a/b", qos: 1, messageExpiryInterval: 2 })
    const { routingKey, topic, durable, ttlMs, format } = createConverters(OPTIONS).convert(
      { ...message, holders: 2 },
      "amqp091",
    )
    expect({ routingKey, topic, durable, ttlMs, format }).toEqual({
      routingKey: "a.b",
      topic: "a/b",
      durable: true,
      ttlMs: 2000,
      format: "amqp091",
    })
  })

  it("replace a conversion that another converter keeps", () => {
    const message = published("a", 2)
    const first = createConverters(OPTIONS).convert(message, "amqp091")
    const second = createConverters(OPTIONS).convert(message, "amqp091")
    expect(second).not.toBe(first)
    expect(message.cached?.message).toBe(second)
  })

  it("count what all tables lose", () => {
    const converters = createConverters(OPTIONS)
    converters.convert(mqttPublish({ payloadFormatIndicator: 0 }).message, "amqp091")
    converters.convert(amqp091Publish({ messageId: "m" }).message, "mqtt")
    expect(converters.losses()).toEqual([
      { row: "mqtt-amqp091/payload-format-indicator", count: 1 },
      { row: "amqp091-mqtt/message-id", count: 1 },
    ])
  })

  it("convert a message without properties", () => {
    const empty = createMessage("amqp091", 0)
    expect(fieldsOf(createConverters(OPTIONS).convert(empty, "mqtt"))).toEqual([
      ["payload", { type: "binary", value: new Uint8Array(0) }],
    ])
  })

  it("count what a table of one format loses", () => {
    const converters = createConverters(RABBITMQ)
    const headers = ["k", "k"].map((key) => [key, field("V", "")] as const)
    converters.convert(amqp091Publish({ headers }).message, "amqp091")
    expect(converters.losses()).toEqual([{ row: "amqp091-amqp091/headers/void", count: 1 }])
  })

  it("leave the bare message of AMQP 1.0 as it is when they say that it is not durable", () => {
    const { message } = amqp10Publish({ properties: { to: of("string", "q") }, body: { data: ["b"] } })
    expect(createConverters(RABBITMQ).convert(message, "amqp10")).toEqual({ ...message, durable: false })
    expect(message.durable).toBeUndefined()
  })

  it("hand out what says whether it is durable as it is", () => {
    const durable = { ...amqp10Publish({}).message, durable: true }
    const { message } = mqttPublish({})
    expect(createConverters(RABBITMQ).convert(durable, "amqp10")).toBe(durable)
    expect(createConverters(RABBITMQ).convert(message, "mqtt")).toBe(message)
  })
})
