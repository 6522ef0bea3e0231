import type { FormatName, Message, Published } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Converter, compile, type Loss } from "./compile.ts"
import { PROFILES, type Profile } from "./profile.ts"
import { routeOf } from "./routes.ts"
import { amqp10Publish, of } from "./testing/amqp10-message.ts"
import { AMQP10_MESSAGES } from "./testing/amqp10-messages.ts"
import { amqp091Publish, longstr } from "./testing/amqp091-content.ts"
import { AMQP091_MESSAGES, MQTT_MESSAGES } from "./testing/messages.ts"
import { mqttPublish } from "./testing/mqtt-publish.ts"
import { fieldsOf } from "./testing/row-case.ts"

type MakeConverter = () => Converter

function converterOf(from: FormatName, to: FormatName, profile: Profile): Converter {
  const { table, source, target } = routeOf(from, to, profile)
  return compile(table, source, target, profile, { mqttExchange: "amq.topic" })
}

/** Bytes and facts of a converted message; bytes as text, because the next conversion overwrites them. */
function shown(message: Message): object {
  const { durable, priority, qos, retain, ttlMs } = message
  const bytes = [
    message.head.subarray(message.headStart, message.headEnd),
    message.sections.subarray(message.sectionsStart, message.sectionsEnd),
    message.body.subarray(message.bodyStart, message.bodyEnd),
  ].map((part) => Buffer.from(part).toString("hex"))
  return { durable, priority, qos, retain, ttlMs, bytes }
}

/** What converters that know nothing of each other's messages make of them, and what they lose together. */
function oneByOne(messages: readonly Published[], make: MakeConverter): readonly [object[], Loss[]] {
  const losses = new Map<string, number>()
  const results = messages.map(({ message }) => {
    const fresh = make()
    const result = shown(fresh.convert(message))
    for (const { row, count } of fresh.losses()) losses.set(row, (losses.get(row) ?? 0) + count)
    return result
  })
  return [results, [...losses].map(([row, count]) => ({ row, count }))]
}

function expectAlike(messages: readonly Published[], make: MakeConverter): void {
  const shared = make()
  const results = messages.map(({ message }) => shown(shared.convert(message)))
  const [expected, losses] = oneByOne(messages, make)
  expect(results).toEqual(expected)
  const byRow = (left: Loss, right: Loss): number => (left.row < right.row ? -1 : 1)
  expect([...shared.losses()].sort(byRow)).toEqual(losses.sort(byRow))
}

/** Values that the conditions and transforms of the tables judge in every possible way. */
const TEXT = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom("60000", "-1", "a/b", "a.b", "a+b", "#", "a\0b", "é".repeat(3), "x".repeat(255)),
  fc.constantFrom("/exchange/amq.topic/a.b", "/topic/a.b", "urn:uuid:550e8400-e29b-41d4-a716-446655440000"),
)
const LONG = fc.oneof({ weight: 5, arbitrary: TEXT }, { weight: 1, arbitrary: fc.constant("y".repeat(65_536)) })

/** Messages of one shape: their values are any, their fields and keys are not. */
const MQTT_SHAPE = fc
  .record({
    qos: fc.constantFrom(0, 1, 2),
    messageExpiryInterval: fc.nat({ max: 0xffff_ffff }),
    responseTopic: TEXT.filter((text) => /^[^\0#+]+$/.test(text)),
    correlationData: fc.uint8Array({ maxLength: 300 }),
    contentType: TEXT.filter((text) => !text.includes("\0")),
    value: TEXT.filter((text) => !text.includes("\0")),
  })
  .map(({ value, ...rest }) =>
    mqttPublish({ ...rest, qos: rest.qos as 0 | 1 | 2, userProperties: ["a", "b", "a"].map((name) => [name, value]) }),
  )

const SHORT = TEXT.filter((text) => Buffer.byteLength(text) < 256)

const AMQP091_SHAPE = fc
  .record({
    contentType: SHORT,
    deliveryMode: fc.integer({ min: 0, max: 3 }),
    correlationId: SHORT,
    replyTo: SHORT,
    expiration: fc.constantFrom("0", "60000", "4294967295001"),
    messageId: SHORT,
    timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    value: LONG,
  })
  .map(({ value, ...rest }) =>
    amqp091Publish({ ...rest, headers: ["x-reply-to-topic", "b", "a", "b"].map((key) => [key, longstr(value)]) }),
  )

const AMQP10_SHAPE = fc
  .record({ text: TEXT, long: LONG, time: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), ttl: fc.nat() })
  .map(({ text, long, time, ttl }) =>
    amqp10Publish({
      header: [of("boolean", true), of("null", null), of("uint", ttl)],
      messageAnnotations: [
        ["x-b", of("string", long)],
        ["x-a", of("string", text)],
      ],
      properties: {
        "message-id": of("string", text),
        subject: of("string", long.slice(0, 300)),
        "reply-to": of("string", text),
        "correlation-id": of("string", long.slice(0, 300)),
        "content-type": of("symbol", "text/plain"),
        "creation-time": of("timestamp", time),
      },
      applicationProperties: [
        ["b", of("string", long)],
        ["a", of("long", time)],
        ["b", of("string", text)],
      ],
    }),
  )

const PAIRS: readonly (readonly [FormatName, FormatName, fc.Arbitrary<Published>, fc.Arbitrary<Published>])[] = [
  ["mqtt", "amqp091", MQTT_MESSAGES, MQTT_SHAPE],
  ["mqtt", "amqp10", MQTT_MESSAGES, MQTT_SHAPE],
  ["amqp091", "mqtt", AMQP091_MESSAGES, AMQP091_SHAPE],
  ["amqp091", "amqp10", AMQP091_MESSAGES, AMQP091_SHAPE],
  ["amqp10", "mqtt", AMQP10_MESSAGES, AMQP10_SHAPE],
  ["amqp10", "amqp091", AMQP10_MESSAGES, AMQP10_SHAPE],
]

const CASES = [
  ...PROFILES.flatMap((profile) => PAIRS.map(([from, to, ...messages]) => [from, to, profile, ...messages] as const)),
  ["amqp091", "amqp091", "rabbitmq-4.3", AMQP091_MESSAGES, AMQP091_SHAPE] as const,
]

describe.each(CASES)("%s to %s in the profile %s", (from, to, profile, any, ofOneShape) => {
  const make: MakeConverter = () => converterOf(from, to, profile)

  it("makes of a message that comes again what it made of it before", () => {
    const order = [0, 0, 0, 1, 0, 1]
    fc.assert(
      fc.property(fc.tuple(any, any), (pair) => {
        const messages = order.flatMap((place) => pair[place] ?? [])
        expectAlike(messages, make)
      }),
      { seed: 7, numRuns: 20 },
    )
  })

  it("decides about every value of messages of one shape anew", () => {
    fc.assert(
      fc.property(fc.array(ofOneShape, { minLength: 3, maxLength: 12 }), (messages) => {
        expectAlike(messages, make)
      }),
      { seed: 7, numRuns: 30 },
    )
  })
})

describe("a recipe", () => {
  const texts = (contentType: string): Published => mqttPublish({ contentType, userProperties: [["k", "v"]] })

  it("is not followed by a message whose value needs another row, and its loss is counted once", () => {
    const shared = converterOf("mqtt", "amqp091", "documented")
    for (let left = 3; left > 0; left--) shared.convert(texts("t").message)
    const lost = fieldsOf(shared.convert(texts("t".repeat(256)).message))
    expect(lost.map(([field]) => field)).toEqual(["properties.headers[k]", "properties.delivery_mode", "payload"])
    expect(shared.losses()).toEqual([{ row: "mqtt-amqp091/content-type/too-large", count: 1 }])
    expect(fieldsOf(shared.convert(texts("t").message)).map(([field]) => field)).toContain("properties.content_type")
  })

  it("counts what is lost every time", () => {
    const shared = converterOf("mqtt", "amqp091", "documented")
    const { message } = mqttPublish({
      payloadFormatIndicator: 1,
      userProperties: [
        ["k", "1"],
        ["k", "2"],
      ],
    })
    for (let left = 5; left > 0; left--) shared.convert(message)
    expect(shared.losses()).toEqual([
      { row: "mqtt-amqp091/payload-format-indicator", count: 5 },
      { row: "mqtt-amqp091/user-property", count: 5 },
    ])
  })
})
