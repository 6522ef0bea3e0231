import type { MessageDraft } from "@polymq/message"
import {
  PLAIN_SUBSCRIPTION,
  publishedMessage,
  publishedToTopic,
  RecordingConsumer,
  SessionStage,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"

const KEPT = { will: "discard", expirySeconds: 100 } as const
const LOST = { will: "publish", expirySeconds: 100 } as const

let stage: SessionStage

beforeEach(() => {
  stage = new SessionStage()
})

describe("a will", () => {
  let witness: RecordingConsumer

  beforeEach(() => {
    witness = new RecordingConsumer({ name: "witness" })
    const request = { clientId: "witness", cleanStart: true, expirySeconds: 0, consumer: witness }
    stage.access.openSession(request).session.subscribe("will", PLAIN_SUBSCRIPTION)
  })

  function will(delaySeconds: number, facts: Partial<MessageDraft> = {}) {
    return { message: publishedToTopic("will", "gone", { qos: 1, ...facts }), delaySeconds }
  }

  it("is published at once without a delay", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(0))
    session.release(consumer, LOST)
    expect(witness.bodies).toEqual(["gone"])
  })

  it("is discarded by a proper goodbye", () => {
    const { session, consumer } = stage.open()
    const message = will(0)
    session.setWill(message)
    session.release(consumer, KEPT)
    stage.passSeconds(1000)
    expect(witness.bodies).toEqual([])
    expect(message.message.holders).toBe(0)
  })

  it("waits for its delay (MQTT 5.0 section 3.1.3.2.2)", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(10))
    session.release(consumer, LOST)
    stage.passSeconds(9)
    expect(witness.bodies).toEqual([])
    stage.passSeconds(1)
    stage.passSeconds(100)
    expect(witness.bodies).toEqual(["gone"])
  })

  it("is published when it is due, by a timer that runs only while a will is waiting", () => {
    expect(stage.turn.timers).toBe(0)
    const [one, two] = ["one", "two"].map((clientId) => stage.open({ clientId }))
    for (const [opened, delaySeconds] of [
      [one, 10],
      [two, 3],
    ] as const) {
      opened?.session.setWill(will(delaySeconds))
      opened?.session.release(opened.consumer, LOST)
    }
    expect(stage.turn.timers).toBe(1)
    for (const [afterMs, count, timers] of [
      [2999, 0, 1],
      [1, 1, 1],
      [6999, 1, 1],
      [1, 2, 0],
    ] as const) {
      stage.turn.advance(afterMs)
      stage.turn.endTurn()
      expect([witness.bodies.length, stage.turn.timers]).toEqual([count, timers])
    }
  })

  it("has no timer any more when its client is back, or its session has ended", () => {
    for (const cleanStart of [false, true]) {
      const { session, consumer } = stage.open()
      session.setWill(will(10))
      session.release(consumer, LOST)
      expect(stage.turn.timers).toBe(1)
      stage.open({ cleanStart })
      expect(stage.turn.timers).toBe(0)
    }
    expect(witness.bodies).toEqual(["gone"])
  })

  it("may wait for longer than a timer can", () => {
    const { session, consumer } = stage.open({ expirySeconds: 10_000_000 })
    session.setWill(will(9_000_000))
    session.release(consumer, { will: "publish", expirySeconds: 10_000_000 })
    for (let day = 0; day <= 104; day++) {
      expect(witness.bodies).toEqual([])
      stage.turn.advance(86_400_000)
      stage.turn.endTurn()
    }
    expect(witness.bodies).toEqual(["gone"])
  })

  it("does not wait longer than its session lives", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(1000))
    session.release(consumer, { will: "publish", expirySeconds: 5 })
    stage.passSeconds(5)
    expect(witness.bodies).toEqual(["gone"])
  })

  it("is cancelled by a connection within its delay", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(10))
    session.release(consumer, LOST)
    stage.open()
    stage.passSeconds(100)
    expect(witness.bodies).toEqual([])
  })

  it("is published when a clean start ends its session within the delay", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(10))
    session.release(consumer, LOST)
    stage.open({ cleanStart: true })
    expect(witness.bodies).toEqual(["gone"])
  })

  it.each([
    [0, false, ["gone"]],
    [10, false, []],
    [10, true, ["gone"]],
  ])("with delay %i taken over with clean start %j gives %j", (delay, cleanStart, expected) => {
    const { session } = stage.open()
    session.setWill(will(delay))
    stage.open({ cleanStart })
    stage.passSeconds(1000)
    expect(witness.bodies).toEqual(expected)
  })

  it("is retained when it asks for that, delayed or not", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(10, { retain: true }))
    session.release(consumer, LOST)
    stage.passSeconds(10)
    const late = stage.open({ clientId: "late" })
    late.session.subscribe("will", PLAIN_SUBSCRIPTION)
    late.session.sendRetained("will", PLAIN_SUBSCRIPTION, true)
    expect(late.consumer.bodies).toEqual(["gone"])
  })

  it("lives from the moment of its publication", () => {
    const { session, consumer } = stage.open()
    session.setWill(will(10, { ttlMs: 5000, receivedAtMs: stage.turn.nowMs() }))
    session.release(consumer, LOST)
    stage.passSeconds(10)
    expect(witness.entry(0).expiresAtMs).toBe(stage.turn.nowMs() + 5000)
  })

  it("that may not be published hurts nobody", () => {
    const { session, consumer } = stage.open()
    session.setWill({ message: publishedMessage("gone", { exchange: "none", routingKey: "k" }), delaySeconds: 0 })
    session.release(consumer, LOST)
    expect(stage.open().present).toBe(true)
  })

  it.each([
    [0, 5],
    [10, 5],
  ])(
    "with delay %i stays away from its client's own no-local subscription, and from no other's",
    (delaySeconds, connection) => {
      const { session, consumer } = stage.open({ connection })
      session.subscribe("will", { ...PLAIN_SUBSCRIPTION, noLocal: true })
      session.setWill(will(delaySeconds))
      session.release(consumer, LOST)
      stage.passSeconds(delaySeconds)
      expect(witness.entry(0).message.publisher).toBe(connection)
      expect(stage.open({ connection: 6 }).consumer.bodies).toEqual([])
      expect(witness.bodies).toEqual(["gone"])
    },
  )

  it("stays away from its client's own no-local subscription when the session is taken over", () => {
    const { session } = stage.open({ connection: 5 })
    session.subscribe("will", { ...PLAIN_SUBSCRIPTION, noLocal: true })
    session.setWill(will(0))
    expect(stage.open({ connection: 6 }).consumer.bodies).toEqual([])
    expect(witness.bodies).toEqual(["gone"])
  })
})
