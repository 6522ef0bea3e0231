import { PLAIN_SUBSCRIPTION, publishedMessage, publishedToTopic, SessionStage } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"

const KEPT = { will: "discard", expirySeconds: 100 } as const

let stage: SessionStage

beforeEach(() => {
  stage = new SessionStage({ limits: { maxSessionQos0Backlog: 3, maxTopicLevels: 8 } })
})

describe("a session", () => {
  it("gets what its filters match, once, with the highest QoS and every identifier", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a/#", { ...PLAIN_SUBSCRIPTION, qos: 0, identifier: 7 })
    session.subscribe("a/+", { ...PLAIN_SUBSCRIPTION, qos: 1, identifier: 9, retainAsPublished: true })
    session.subscribe("b", PLAIN_SUBSCRIPTION)
    stage.publish("a/b", "1")
    expect(consumer.bodies).toEqual(["1"])
    expect(consumer.entry(0).match).toEqual({
      qos: 1,
      identifiers: [7, 9],
      retainAsPublished: true,
      isRetained: false,
    })
  })

  it("gets messages born in other protocols by the topic that stands for their key", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a/+/c", PLAIN_SUBSCRIPTION)
    stage.access.publish(publishedMessage("1", { exchange: "amq.topic", routingKey: "a.b.c" }))
    stage.access.publish(publishedMessage("2", { exchange: "amq.topic", routingKey: "a/b/c" }))
    expect(consumer.bodies).toEqual(["1", "2"])
  })

  it("gets nothing published with an empty key: no topic name is empty", () => {
    const { session, consumer } = stage.open()
    session.subscribe("#", PLAIN_SUBSCRIPTION)
    stage.access.publish(publishedMessage("1", { exchange: "amq.topic", routingKey: "" }))
    expect(consumer.bodies).toEqual([])
  })

  it("replaces a subscription of the same filter and says whether it was new", () => {
    const { session, consumer } = stage.open()
    expect(session.subscribe("a", PLAIN_SUBSCRIPTION)).toBe(true)
    expect(session.subscribe("a", { ...PLAIN_SUBSCRIPTION, qos: 0 })).toBe(false)
    stage.publish("a", "1")
    expect(consumer.entry(0).match?.qos).toBe(0)
    expect(session.unsubscribe("a")).toBe(true)
    expect(session.unsubscribe("a")).toBe(false)
    stage.publish("a", "2")
    expect(consumer.bodies).toEqual(["1"])
  })

  it("refuses a filter of too many levels", () => {
    const { session } = stage.open()
    expect(() => session.subscribe("1/2/3/4/5/6/7/8/9", PLAIN_SUBSCRIPTION)).toThrow(
      "topic of 9 levels exceeds the limit of 8",
    )
    expect(session.subscribe("1/2/3/4/5/6/7/8", PLAIN_SUBSCRIPTION)).toBe(true)
  })

  it("does not get its own messages by a no-local subscription, but by another one", () => {
    const { session, consumer } = stage.open({ connection: 5 })
    session.subscribe("a/#", { ...PLAIN_SUBSCRIPTION, noLocal: true, identifier: 1 })
    stage.publish("a/b", "own", 1, { publisher: 5 })
    stage.publish("a/b", "foreign", 1, { publisher: 6 })
    expect(consumer.bodies).toEqual(["foreign"])
    session.subscribe("a/b", { ...PLAIN_SUBSCRIPTION, qos: 0, identifier: 2 })
    stage.publish("a/b", "own again", 1, { publisher: 5 })
    expect(consumer.bodies).toEqual(["foreign", "own again"])
    expect(consumer.entry(1).match).toMatchObject({ qos: 0, identifiers: [2] })
  })

  it("waits for credit with QoS 1, but not with QoS 0", () => {
    const { session, consumer } = stage.open({ credit: 0 })
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    stage.publish("a", "one")
    stage.publish("a", "zero", 0)
    expect(consumer.bodies).toEqual(["zero"])
    consumer.credit = 5
    session.wake(consumer)
    expect(consumer.bodies).toEqual(["zero", "one"])
  })

  it("keeps a bounded number of QoS 0 messages for a slow socket", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    consumer.isKeepingUp = false
    for (const body of ["1", "2", "3", "4"]) stage.publish("a", body, 0)
    expect(consumer.bodies).toEqual([])
    consumer.isKeepingUp = true
    session.wake(consumer)
    expect(consumer.bodies).toEqual(["1", "2", "3"])
  })

  it("forgets a QoS 0 message as soon as it is delivered", () => {
    const { session } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    const message = stage.publish("a", "1", 0)
    expect(message.holders).toBe(0)
  })

  it("keeps QoS 1 messages for an absent client and no QoS 0 ones", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    session.release(consumer, KEPT)
    stage.publish("a", "zero", 0)
    stage.publish("a", "one")
    const again = stage.open()
    expect(again.present).toBe(true)
    expect(again.session).toBe(session)
    expect(again.consumer.bodies).toEqual(["one"])
    expect(again.consumer.entry(0).redelivered).toBe(false)
  })

  it("drops what has expired while the client was away", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    session.release(consumer, KEPT)
    const expired = stage.publish("a", "short", 1, { ttlMs: 1000 })
    stage.publish("a", "long", 1, { ttlMs: 60_000 })
    stage.passSeconds(1)
    expect(expired.holders).toBe(0)
    expect(stage.open().consumer.bodies).toEqual(["long"])
  })

  it("delivers what was not settled again, in order, with its tag, before anything new", () => {
    const { session, consumer } = stage.open({ credit: 3 })
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    for (const body of ["1", "2", "3", "4"]) stage.publish("a", body)
    for (const [index, entry] of consumer.entries.entries()) entry.tag = index + 10
    session.settle(consumer.entry(1), "accepted")
    session.release(consumer, KEPT)
    const again = stage.open()
    expect(again.consumer.bodies).toEqual(["1", "3", "4"])
    expect(again.consumer.entries.map(({ tag }) => tag)).toEqual([10, 12, 0])
    expect(again.consumer.entries.map(({ redelivered }) => redelivered)).toEqual([true, true, false])
  })

  it("holds back what is new while redeliveries wait for credit", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    stage.publish("a", "1")
    stage.publish("a", "2")
    session.release(consumer, KEPT)
    const again = stage.open({ credit: 1 })
    stage.publish("a", "3")
    expect(again.consumer.bodies).toEqual(["1"])
    again.consumer.credit = 2
    session.wake(again.consumer)
    expect(again.consumer.bodies).toEqual(["1", "2", "3"])
  })

  it("puts a released delivery back before what is new", () => {
    const { session, consumer } = stage.open({ credit: 1 })
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    stage.publish("a", "1")
    stage.publish("a", "2")
    session.settle(consumer.entry(0), "failed")
    consumer.credit = 2
    session.wake(consumer)
    expect(consumer.bodies).toEqual(["1", "1", "2"])
    expect(consumer.entry(1).deliveryCount).toBe(1)
  })

  it("ends with the connection when its expiry is 0", () => {
    const { session, consumer } = stage.open({ expirySeconds: 0 })
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    const message = stage.publish("a", "1")
    session.release(consumer, { will: "discard", expirySeconds: 0 })
    expect(message.holders).toBe(0)
    expect(stage.open().present).toBe(false)
    expect(stage.access.publish(publishedToTopic("a", "2")).result).toBe("unroutable")
  })

  it("ends when its time is over", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    session.release(consumer, KEPT)
    const message = stage.publish("a", "1")
    stage.passSeconds(99)
    expect(message.holders).toBe(1)
    stage.passSeconds(1)
    expect(message.holders).toBe(0)
    expect(stage.open().present).toBe(false)
  })

  it("does not end while it is in use again", () => {
    const { session, consumer } = stage.open()
    session.release(consumer, KEPT)
    stage.open()
    stage.passSeconds(1000)
    expect(stage.open().present).toBe(true)
  })

  it("begins anew with a clean start", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    session.release(consumer, KEPT)
    stage.publish("a", "1")
    const again = stage.open({ cleanStart: true })
    expect(again.present).toBe(false)
    stage.publish("a", "2")
    expect(again.consumer.bodies).toEqual([])
  })
})

describe("taking over a session", () => {
  it("cancels the earlier connection and redelivers what it has not settled", () => {
    const { session, consumer } = stage.open()
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    stage.publish("a", "1")
    const again = stage.open()
    expect(consumer.cancellations).toEqual(["taken-over"])
    expect(again.present).toBe(true)
    expect(again.consumer.bodies).toEqual(["1"])
    session.release(consumer, KEPT)
    stage.publish("a", "2")
    expect(again.consumer.bodies).toEqual(["1", "2"])
    expect(consumer.bodies).toEqual(["1"])
  })

  it("does not resume a session that ended with its connection", () => {
    const { session, consumer } = stage.open({ expirySeconds: 0 })
    session.subscribe("a", PLAIN_SUBSCRIPTION)
    const again = stage.open({ expirySeconds: 0 })
    expect(again.present).toBe(false)
    expect(consumer.cancellations).toEqual(["taken-over"])
    stage.publish("a", "1")
    expect(again.consumer.bodies).toEqual([])
  })
})

describe("a queue and a session", () => {
  it("share one message published to amq.topic", () => {
    const { session, consumer } = stage.open({ credit: 0 })
    session.subscribe("a/b", PLAIN_SUBSCRIPTION)
    stage.access.declareQueue({
      name: "q",
      durable: true,
      exclusive: false,
      autoDelete: false,
      arguments: NO_ARGUMENTS,
    })
    stage.access.bind({
      source: "amq.topic",
      destination: { kind: "queue", name: "q" },
      key: "a.*",
      arguments: NO_ARGUMENTS,
    })
    const message = stage.publish("a/b", "1")
    expect(message.holders).toBe(2)
    expect(stage.access.get("q", true)?.entry.message).toBe(message)
    expect(message.holders).toBe(1)
    consumer.credit = 1
    session.wake(consumer)
    session.settle(consumer.entry(0), "accepted")
    expect(message.holders).toBe(0)
  })
})
