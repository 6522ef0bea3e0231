import { PLAIN_SUBSCRIPTION, publishedMessage, SessionStage } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"

let stage: SessionStage

beforeEach(() => {
  stage = new SessionStage({ limits: { maxTopicLevels: 8 } })
})

describe("retained messages", () => {
  function received(filter: string, options = PLAIN_SUBSCRIPTION, wasNew = true): readonly string[] {
    const { session, consumer } = stage.open({ clientId: "reader", cleanStart: true })
    session.sendRetained(filter, options, wasNew)
    stage.turn.endTurn()
    for (const entry of consumer.entries) {
      expect(entry.match?.isRetained).toBe(true)
      session.settle(entry, "accepted")
    }
    return consumer.bodies.toSorted()
  }

  it("are found by wildcards, the latest of each topic", () => {
    stage.retain("a/1", "old")
    stage.retain("a/1", "one")
    stage.retain("a/2", "two")
    stage.retain("b", "three")
    stage.retain("$SYS/x", "four")
    expect(received("a/+")).toEqual(["one", "two"])
    expect(received("#")).toEqual(["one", "three", "two"])
    expect(received("$SYS/#")).toEqual(["four"])
    expect(received("a/1")).toEqual(["one"])
  })

  it("are removed by an empty body", () => {
    const message = stage.retain("a", "1")
    stage.retain("a", "")
    expect(received("a")).toEqual([])
    expect(message.holders).toBe(0)
  })

  it("stay after they were delivered", () => {
    const message = stage.retain("a", "1")
    expect(received("a")).toEqual(["1"])
    expect(received("a")).toEqual(["1"])
    expect(message.holders).toBe(1)
  })

  it("end by their expiry", () => {
    const message = stage.retain("a", "1", { ttlMs: 1000 })
    stage.turn.advance(1000)
    expect(received("a")).toEqual([])
    stage.broker.tick(stage.turn.nowMs())
    expect(message.holders).toBe(0)
  })

  it("are sent as retain handling asks (MQTT 5.0 section 3.3.1.3)", () => {
    stage.retain("a", "1")
    expect(received("a", { ...PLAIN_SUBSCRIPTION, retainHandling: 0 }, false)).toEqual(["1"])
    expect(received("a", { ...PLAIN_SUBSCRIPTION, retainHandling: 1 }, true)).toEqual(["1"])
    expect(received("a", { ...PLAIN_SUBSCRIPTION, retainHandling: 1 }, false)).toEqual([])
    expect(received("a", { ...PLAIN_SUBSCRIPTION, retainHandling: 2 }, true)).toEqual([])
  })

  it("are bounded in number, bytes and levels", () => {
    stage = new SessionStage({ limits: { maxRetainedMessages: 2, maxRetainedBytes: 10, maxTopicLevels: 8 } })
    stage.retain("a", "1234")
    stage.retain("b", "12345")
    expect(() => stage.retain("c", "1")).toThrow("retained messages have reached their limit")
    expect(() => stage.retain("a", "123456")).toThrow("retained messages have reached their limit")
    stage.retain("a", "12345")
    stage.retain("b", "")
    expect(() => stage.retain("1/2/3/4/5/6/7/8/9", "1")).toThrow("topic of 9 levels")
    expect(received("#")).toEqual(["12345"])
  })

  it("of another protocol are kept under the topic that stands for their key", () => {
    stage.access.retain(publishedMessage("1", { exchange: "amq.topic", routingKey: "a.b" }))
    expect(received("a/b")).toEqual(["1"])
  })

  it("of a topic as deep as it may be are found without running out of stack", () => {
    stage = new SessionStage({ limits: { maxTopicLevels: 65_535 } })
    const topic = `${"/".repeat(32_000)}x`
    stage.retain(topic, "deep")
    expect(received("#")).toEqual(["deep"])
    expect(received(`${"+/".repeat(32_000)}x`)).toEqual(["deep"])
  })

  it("are sent no further than the client has room, however often it asks", () => {
    stage = new SessionStage({ limits: { maxSessionBacklog: 10 } })
    for (let index = 0; index < 100; index++) stage.retain(`t/${index}`, `${index}`)
    const { session, consumer } = stage.open({ credit: 2 })
    for (let count = 0; count < 50; count++) {
      session.sendRetained("#", PLAIN_SUBSCRIPTION, true)
      stage.turn.endTurn()
    }
    expect(consumer.entries).toHaveLength(2)
    expect(stage.broker.counters.droppedBacklog).toBe(50)
    consumer.credit = 1000
    session.wake(consumer)
    expect(consumer.entries).toHaveLength(12)
  })

  it("of QoS 0 are sent no further than the socket keeps up and its backlog holds", () => {
    stage = new SessionStage({ limits: { maxSessionQos0Backlog: 5 } })
    for (let index = 0; index < 100; index++) stage.retain(`t/${index}`, `${index}`, { qos: 0 })
    const { session, consumer } = stage.open()
    consumer.isKeepingUp = false
    for (let count = 0; count < 50; count++) {
      session.sendRetained("#", PLAIN_SUBSCRIPTION, true)
      stage.turn.endTurn()
    }
    expect(stage.broker.counters.droppedQos0).toBe(50)
    consumer.isKeepingUp = true
    session.wake(consumer)
    expect(consumer.entries).toHaveLength(5)
  })

  it("that expire are counted", () => {
    stage.retain("a", "1", { ttlMs: 1000 })
    stage.passSeconds(1)
    expect(stage.broker.counters.expired).toBe(1)
  })
})
