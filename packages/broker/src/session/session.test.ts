import type { MessageDraft } from "@polymq/message"
import {
  type ManualTurn,
  manualTurn,
  publishedMessage,
  publishedToTopic,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { ClientSession, SubscriptionOptions } from "../api/client-session.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"

const LOCAL = { address: "127.0.0.1", port: 1, isLoopback: true }
const PLAIN: SubscriptionOptions = {
  qos: 1,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
  identifier: undefined,
}

let turn: ManualTurn
let broker: BrokerCore
let access: Access

beforeEach(() => {
  turn = manualTurn()
  broker = createBrokerCore({ turn, limits: { maxSessionQos0Backlog: 3, maxTopicLevels: 8 } })
  access = connected()
})

function connected(): Access {
  return broker.access(broker.connect(new SilentSession(), LOCAL, "test"), { name: "guest", tags: [] }, "/")
}

interface Opening {
  readonly clientId?: string
  readonly cleanStart?: boolean
  readonly expirySeconds?: number
  readonly credit?: number
  readonly connection?: number
}

function open(opening: Opening = {}): { session: ClientSession; consumer: RecordingConsumer; present: boolean } {
  const { clientId = "c", cleanStart = false, expirySeconds = 100, credit, connection } = opening
  const consumer = new RecordingConsumer({
    ...(credit === undefined ? {} : { credit }),
    ...(connection === undefined ? {} : { connection }),
  })
  return { ...access.openSession({ clientId, cleanStart, expirySeconds, consumer }), consumer }
}

function publish(topic: string, body: string, qos: 0 | 1 = 1, facts: Partial<MessageDraft> = {}): MessageDraft {
  const message = publishedToTopic(topic, body, { qos, durable: qos > 0, receivedAtMs: turn.nowMs(), ...facts })
  access.publish(message)
  return message
}

function passSeconds(seconds: number): void {
  turn.advance(seconds * 1000)
  broker.tick(turn.nowMs())
  turn.endTurn()
}

const KEPT = { will: "discard", expirySeconds: 100 } as const
const LOST = { will: "publish", expirySeconds: 100 } as const

describe("a session", () => {
  it("gets what its filters match, once, with the highest QoS and every identifier", () => {
    const { session, consumer } = open()
    session.subscribe("a/#", { ...PLAIN, qos: 0, identifier: 7 })
    session.subscribe("a/+", { ...PLAIN, qos: 1, identifier: 9, retainAsPublished: true })
    session.subscribe("b", PLAIN)
    publish("a/b", "1")
    expect(consumer.bodies).toEqual(["1"])
    expect(consumer.entry(0).match).toEqual({
      qos: 1,
      identifiers: [7, 9],
      retainAsPublished: true,
      isRetained: false,
    })
  })

  it("gets messages born in other protocols by the topic that stands for their key", () => {
    const { session, consumer } = open()
    session.subscribe("a/+/c", PLAIN)
    access.publish(publishedMessage("1", { exchange: "amq.topic", routingKey: "a.b.c" }))
    access.publish(publishedMessage("2", { exchange: "amq.topic", routingKey: "a/b/c" }))
    expect(consumer.bodies).toEqual(["1", "2"])
  })

  it("gets nothing published with an empty key: no topic name is empty", () => {
    const { session, consumer } = open()
    session.subscribe("#", PLAIN)
    access.publish(publishedMessage("1", { exchange: "amq.topic", routingKey: "" }))
    expect(consumer.bodies).toEqual([])
  })

  it("replaces a subscription of the same filter and says whether it was new", () => {
    const { session, consumer } = open()
    expect(session.subscribe("a", PLAIN)).toBe(true)
    expect(session.subscribe("a", { ...PLAIN, qos: 0 })).toBe(false)
    publish("a", "1")
    expect(consumer.entry(0).match?.qos).toBe(0)
    expect(session.unsubscribe("a")).toBe(true)
    expect(session.unsubscribe("a")).toBe(false)
    publish("a", "2")
    expect(consumer.bodies).toEqual(["1"])
  })

  it("refuses a filter of too many levels", () => {
    const { session } = open()
    expect(() => session.subscribe("1/2/3/4/5/6/7/8/9", PLAIN)).toThrow("topic of 9 levels exceeds the limit of 8")
    expect(session.subscribe("1/2/3/4/5/6/7/8", PLAIN)).toBe(true)
  })

  it("does not get its own messages by a no-local subscription, but by another one", () => {
    const { session, consumer } = open({ connection: 5 })
    session.subscribe("a/#", { ...PLAIN, noLocal: true, identifier: 1 })
    publish("a/b", "own", 1, { publisher: 5 })
    publish("a/b", "foreign", 1, { publisher: 6 })
    expect(consumer.bodies).toEqual(["foreign"])
    session.subscribe("a/b", { ...PLAIN, qos: 0, identifier: 2 })
    publish("a/b", "own again", 1, { publisher: 5 })
    expect(consumer.bodies).toEqual(["foreign", "own again"])
    expect(consumer.entry(1).match).toMatchObject({ qos: 0, identifiers: [2] })
  })

  it("waits for credit with QoS 1, but not with QoS 0", () => {
    const { session, consumer } = open({ credit: 0 })
    session.subscribe("a", PLAIN)
    publish("a", "one")
    publish("a", "zero", 0)
    expect(consumer.bodies).toEqual(["zero"])
    consumer.credit = 5
    session.wake(consumer)
    expect(consumer.bodies).toEqual(["zero", "one"])
  })

  it("keeps a bounded number of QoS 0 messages for a slow socket", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    consumer.isKeepingUp = false
    for (const body of ["1", "2", "3", "4"]) publish("a", body, 0)
    expect(consumer.bodies).toEqual([])
    consumer.isKeepingUp = true
    session.wake(consumer)
    expect(consumer.bodies).toEqual(["1", "2", "3"])
  })

  it("forgets a QoS 0 message as soon as it is delivered", () => {
    const { session } = open()
    session.subscribe("a", PLAIN)
    const message = publish("a", "1", 0)
    expect(message.holders).toBe(0)
  })

  it("keeps QoS 1 messages for an absent client and no QoS 0 ones", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    session.release(consumer, KEPT)
    publish("a", "zero", 0)
    publish("a", "one")
    const again = open()
    expect(again.present).toBe(true)
    expect(again.session).toBe(session)
    expect(again.consumer.bodies).toEqual(["one"])
    expect(again.consumer.entry(0).redelivered).toBe(false)
  })

  it("drops what has expired while the client was away", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    session.release(consumer, KEPT)
    const expired = publish("a", "short", 1, { ttlMs: 1000 })
    publish("a", "long", 1, { ttlMs: 60_000 })
    passSeconds(1)
    expect(expired.holders).toBe(0)
    expect(open().consumer.bodies).toEqual(["long"])
  })

  it("delivers what was not settled again, in order, with its tag, before anything new", () => {
    const { session, consumer } = open({ credit: 3 })
    session.subscribe("a", PLAIN)
    for (const body of ["1", "2", "3", "4"]) publish("a", body)
    for (const [index, entry] of consumer.entries.entries()) entry.tag = index + 10
    session.settle(consumer.entry(1), "accepted")
    session.release(consumer, KEPT)
    const again = open()
    expect(again.consumer.bodies).toEqual(["1", "3", "4"])
    expect(again.consumer.entries.map(({ tag }) => tag)).toEqual([10, 12, 0])
    expect(again.consumer.entries.map(({ redelivered }) => redelivered)).toEqual([true, true, false])
  })

  it("holds back what is new while redeliveries wait for credit", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    publish("a", "1")
    publish("a", "2")
    session.release(consumer, KEPT)
    const again = open({ credit: 1 })
    publish("a", "3")
    expect(again.consumer.bodies).toEqual(["1"])
    again.consumer.credit = 2
    session.wake(again.consumer)
    expect(again.consumer.bodies).toEqual(["1", "2", "3"])
  })

  it("puts a released delivery back before what is new", () => {
    const { session, consumer } = open({ credit: 1 })
    session.subscribe("a", PLAIN)
    publish("a", "1")
    publish("a", "2")
    session.settle(consumer.entry(0), "failed")
    consumer.credit = 2
    session.wake(consumer)
    expect(consumer.bodies).toEqual(["1", "1", "2"])
    expect(consumer.entry(1).deliveryCount).toBe(1)
  })

  it("ends with the connection when its expiry is 0", () => {
    const { session, consumer } = open({ expirySeconds: 0 })
    session.subscribe("a", PLAIN)
    const message = publish("a", "1")
    session.release(consumer, { will: "discard", expirySeconds: 0 })
    expect(message.holders).toBe(0)
    expect(open().present).toBe(false)
    expect(access.publish(publishedToTopic("a", "2")).result).toBe("unroutable")
  })

  it("ends when its time is over", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    session.release(consumer, KEPT)
    const message = publish("a", "1")
    passSeconds(99)
    expect(message.holders).toBe(1)
    passSeconds(1)
    expect(message.holders).toBe(0)
    expect(open().present).toBe(false)
  })

  it("does not end while it is in use again", () => {
    const { session, consumer } = open()
    session.release(consumer, KEPT)
    open()
    passSeconds(1000)
    expect(open().present).toBe(true)
  })

  it("begins anew with a clean start", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    session.release(consumer, KEPT)
    publish("a", "1")
    const again = open({ cleanStart: true })
    expect(again.present).toBe(false)
    publish("a", "2")
    expect(again.consumer.bodies).toEqual([])
  })
})

describe("taking over a session", () => {
  it("cancels the earlier connection and redelivers what it has not settled", () => {
    const { session, consumer } = open()
    session.subscribe("a", PLAIN)
    publish("a", "1")
    const again = open()
    expect(consumer.cancellations).toEqual(["taken-over"])
    expect(again.present).toBe(true)
    expect(again.consumer.bodies).toEqual(["1"])
    session.release(consumer, KEPT)
    publish("a", "2")
    expect(again.consumer.bodies).toEqual(["1", "2"])
    expect(consumer.bodies).toEqual(["1"])
  })

  it("does not resume a session that ended with its connection", () => {
    const { session, consumer } = open({ expirySeconds: 0 })
    session.subscribe("a", PLAIN)
    const again = open({ expirySeconds: 0 })
    expect(again.present).toBe(false)
    expect(consumer.cancellations).toEqual(["taken-over"])
    publish("a", "1")
    expect(again.consumer.bodies).toEqual([])
  })
})

describe("a will", () => {
  let witness: RecordingConsumer

  beforeEach(() => {
    witness = new RecordingConsumer({ name: "witness" })
    const request = { clientId: "witness", cleanStart: true, expirySeconds: 0, consumer: witness }
    access.openSession(request).session.subscribe("will", PLAIN)
  })

  function will(delaySeconds: number, facts: Partial<MessageDraft> = {}) {
    return { message: publishedToTopic("will", "gone", { qos: 1, ...facts }), delaySeconds }
  }

  it("is published at once without a delay", () => {
    const { session, consumer } = open()
    session.setWill(will(0))
    session.release(consumer, LOST)
    expect(witness.bodies).toEqual(["gone"])
  })

  it("is discarded by a proper goodbye", () => {
    const { session, consumer } = open()
    const message = will(0)
    session.setWill(message)
    session.release(consumer, KEPT)
    passSeconds(1000)
    expect(witness.bodies).toEqual([])
    expect(message.message.holders).toBe(0)
  })

  it("waits for its delay (MQTT 5.0 section 3.1.3.2.2)", () => {
    const { session, consumer } = open()
    session.setWill(will(10))
    session.release(consumer, LOST)
    passSeconds(9)
    expect(witness.bodies).toEqual([])
    passSeconds(1)
    passSeconds(100)
    expect(witness.bodies).toEqual(["gone"])
  })

  it("does not wait longer than its session lives", () => {
    const { session, consumer } = open()
    session.setWill(will(1000))
    session.release(consumer, { will: "publish", expirySeconds: 5 })
    passSeconds(5)
    expect(witness.bodies).toEqual(["gone"])
  })

  it("is cancelled by a connection within its delay", () => {
    const { session, consumer } = open()
    session.setWill(will(10))
    session.release(consumer, LOST)
    open()
    passSeconds(100)
    expect(witness.bodies).toEqual([])
  })

  it("is published when a clean start ends its session within the delay", () => {
    const { session, consumer } = open()
    session.setWill(will(10))
    session.release(consumer, LOST)
    open({ cleanStart: true })
    expect(witness.bodies).toEqual(["gone"])
  })

  it.each([
    [0, false, ["gone"]],
    [10, false, []],
    [10, true, ["gone"]],
  ])("with delay %i taken over with clean start %j gives %j", (delay, cleanStart, expected) => {
    const { session } = open()
    session.setWill(will(delay))
    open({ cleanStart })
    passSeconds(1000)
    expect(witness.bodies).toEqual(expected)
  })

  it("is retained when it asks for that, delayed or not", () => {
    const { session, consumer } = open()
    session.setWill(will(10, { retain: true }))
    session.release(consumer, LOST)
    passSeconds(10)
    const late = open({ clientId: "late" })
    late.session.subscribe("will", PLAIN)
    late.session.sendRetained("will", PLAIN, true)
    expect(late.consumer.bodies).toEqual(["gone"])
  })

  it("lives from the moment of its publication", () => {
    const { session, consumer } = open()
    session.setWill(will(10, { ttlMs: 5000, receivedAtMs: turn.nowMs() }))
    session.release(consumer, LOST)
    passSeconds(10)
    expect(witness.entry(0).expiresAtMs).toBe(turn.nowMs() + 5000)
  })

  it("that may not be published hurts nobody", () => {
    const { session, consumer } = open()
    session.setWill({ message: publishedMessage("gone", { exchange: "none", routingKey: "k" }), delaySeconds: 0 })
    session.release(consumer, LOST)
    expect(open().present).toBe(true)
  })
})

describe("retained messages", () => {
  function retain(topic: string, body: string, facts: Partial<MessageDraft> = {}): MessageDraft {
    const message = publishedToTopic(topic, body, { qos: 1, retain: true, receivedAtMs: turn.nowMs(), ...facts })
    access.retain(message)
    return message
  }

  function received(filter: string, options = PLAIN, wasNew = true): readonly string[] {
    const { session, consumer } = open({ clientId: "reader", cleanStart: true })
    session.sendRetained(filter, options, wasNew)
    for (const entry of consumer.entries) {
      expect(entry.match?.isRetained).toBe(true)
      session.settle(entry, "accepted")
    }
    return consumer.bodies.toSorted()
  }

  it("are found by wildcards, the latest of each topic", () => {
    retain("a/1", "old")
    retain("a/1", "one")
    retain("a/2", "two")
    retain("b", "three")
    retain("$SYS/x", "four")
    expect(received("a/+")).toEqual(["one", "two"])
    expect(received("#")).toEqual(["one", "three", "two"])
    expect(received("$SYS/#")).toEqual(["four"])
    expect(received("a/1")).toEqual(["one"])
  })

  it("are removed by an empty body", () => {
    const message = retain("a", "1")
    retain("a", "")
    expect(received("a")).toEqual([])
    expect(message.holders).toBe(0)
  })

  it("stay after they were delivered", () => {
    const message = retain("a", "1")
    expect(received("a")).toEqual(["1"])
    expect(received("a")).toEqual(["1"])
    expect(message.holders).toBe(1)
  })

  it("end by their expiry", () => {
    const message = retain("a", "1", { ttlMs: 1000 })
    turn.advance(1000)
    expect(received("a")).toEqual([])
    broker.tick(turn.nowMs())
    expect(message.holders).toBe(0)
  })

  it("are sent as retain handling asks (MQTT 5.0 section 3.3.1.3)", () => {
    retain("a", "1")
    expect(received("a", { ...PLAIN, retainHandling: 0 }, false)).toEqual(["1"])
    expect(received("a", { ...PLAIN, retainHandling: 1 }, true)).toEqual(["1"])
    expect(received("a", { ...PLAIN, retainHandling: 1 }, false)).toEqual([])
    expect(received("a", { ...PLAIN, retainHandling: 2 }, true)).toEqual([])
  })

  it("are bounded in number, bytes and levels", () => {
    broker = createBrokerCore({
      turn,
      limits: { maxRetainedMessages: 2, maxRetainedBytes: 10, maxTopicLevels: 8 },
    })
    access = connected()
    retain("a", "1234")
    retain("b", "12345")
    expect(() => retain("c", "1")).toThrow("retained messages have reached their limit")
    expect(() => retain("a", "123456")).toThrow("retained messages have reached their limit")
    retain("a", "12345")
    retain("b", "")
    expect(() => retain("1/2/3/4/5/6/7/8/9", "1")).toThrow("topic of 9 levels")
    expect(received("#")).toEqual(["12345"])
  })

  it("of another protocol are kept under the topic that stands for their key", () => {
    access.retain(publishedMessage("1", { exchange: "amq.topic", routingKey: "a.b" }))
    expect(received("a/b")).toEqual(["1"])
  })
})

describe("a queue and a session", () => {
  it("share one message published to amq.topic", () => {
    const { session, consumer } = open({ credit: 0 })
    session.subscribe("a/b", PLAIN)
    access.declareQueue({ name: "q", durable: true, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
    access.bind({ source: "amq.topic", destination: { kind: "queue", name: "q" }, key: "a.*", arguments: NO_ARGUMENTS })
    const message = publish("a/b", "1")
    expect(message.holders).toBe(2)
    expect(access.get("q", true)?.entry.message).toBe(message)
    expect(message.holders).toBe(1)
    consumer.credit = 1
    session.wake(consumer)
    session.settle(consumer.entry(0), "accepted")
    expect(message.holders).toBe(0)
  })
})
