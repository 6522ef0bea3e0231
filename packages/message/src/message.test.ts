import { expect, test } from "vitest"
import { copyEnvelope, createMessage, effectiveQos, messageBytes, NO_BYTES } from "./message.ts"

test("begins without bytes and without facts", () => {
  const message = createMessage("mqtt", 5)
  expect(message).toMatchObject({ format: "mqtt", receivedAtMs: 5, vhost: "/", retain: false, holders: 0 })
  expect([message.durable, message.priority, message.qos, message.ttlMs]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  expect(messageBytes(message)).toBe(0)
})

test("counts the bytes of head, sections and body", () => {
  const message = createMessage("amqp10", 0)
  Object.assign(message, { headStart: 1, headEnd: 3, sectionsStart: 10, sectionsEnd: 14, bodyStart: 20, bodyEnd: 28 })
  expect(messageBytes(message)).toBe(14)
})

test("copies every fact of the envelope and nothing else", () => {
  const from = createMessage("mqtt", 9)
  const facts = {
    vhost: "v",
    exchange: "x",
    routingKey: "a.b",
    moreKeys: ["c"],
    topic: "a/b",
    publisher: 3,
    durable: true,
    priority: 4,
    qos: 1,
    retain: true,
    ttlMs: 10,
    receivedAtMs: 9,
    deaths: {
      first: { queue: "q", reason: "expired", exchange: "x" },
      last: { queue: "q", reason: "expired", exchange: "x" },
      deaths: [],
      wasDelivered: false,
      failures: 0,
    },
  } as const
  Object.assign(from, facts, { head: Uint8Array.of(1), headEnd: 1, holders: 2 })
  const to = createMessage("amqp091", 0)
  copyEnvelope(from, to)
  expect(to).toMatchObject(facts)
  expect([to.format, to.head, to.headEnd, to.holders]).toEqual(["amqp091", NO_BYTES, 0, 0])
})

test.each([
  [2, undefined, 2],
  [0, true, 0],
  [undefined, true, 1],
  [undefined, false, 0],
  [undefined, undefined, 0],
] as const)("counts QoS %s and durable %s as QoS %i", (qos, durable, expected) => {
  const message = createMessage("amqp091", 0)
  Object.assign(message, { qos, durable })
  expect(effectiveQos(message)).toBe(expected)
})
