import { type OpenedSession, PLAIN_SUBSCRIPTION, RecordingConsumer, RecordingLog, SessionStage } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"

const AWAY = { will: "discard", expirySeconds: 100 } as const

let log: RecordingLog
let stage: SessionStage
let opened: OpenedSession

beforeEach(() => {
  log = new RecordingLog()
  stage = new SessionStage({ log, limits: { maxSessionBacklog: 4 } })
  opened = stage.open({ credit: 0 })
  opened.session.subscribe("a", PLAIN_SUBSCRIPTION)
})

function publishMany(count: number): void {
  for (let index = 1; index <= count; index++) stage.publish("a", `${index}`)
}

describe("the backlog of a session", () => {
  it("drops the newest messages above its limit and counts them", () => {
    publishMany(7)
    expect(stage.broker.counters.droppedBacklog).toBe(3)
    opened.consumer.credit = 10
    opened.session.wake(opened.consumer)
    expect(opened.consumer.bodies).toEqual(["1", "2", "3", "4"])
  })

  it("is bounded for an absent client as well", () => {
    opened.session.release(opened.consumer, AWAY)
    publishMany(7)
    expect(stage.open().consumer.bodies).toEqual(["1", "2", "3", "4"])
  })

  it("of one client does not touch what others and queues get", () => {
    const other = stage.open({ clientId: "other" })
    other.session.subscribe("a", PLAIN_SUBSCRIPTION)
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
      key: "a",
      arguments: NO_ARGUMENTS,
    })
    const reader = new RecordingConsumer({ settlesOnDelivery: true })
    stage.access.consume("q", reader, NO_ARGUMENTS)
    publishMany(6)
    expect(other.consumer.bodies).toEqual(["1", "2", "3", "4", "5", "6"])
    expect(reader.bodies).toEqual(["1", "2", "3", "4", "5", "6"])
  })

  it("lets go of what it dropped", () => {
    publishMany(4)
    const dropped = stage.publish("a", "dropped")
    expect(dropped.holders).toBe(0)
  })

  it("is logged as full once, and again when it was half empty in between", () => {
    publishMany(9)
    opened.consumer.credit = 1
    opened.session.wake(opened.consumer)
    publishMany(3)
    expect(log.of("session-backlog-full")).toEqual([
      { level: "warn", event: "session-backlog-full", fields: { holder: "c", messages: 4 } },
    ])
    opened.consumer.credit = 2
    opened.session.wake(opened.consumer)
    publishMany(9)
    expect(log.of("session-backlog-full")).toHaveLength(2)
  })

  it("makes room by dropping what has expired", () => {
    for (let index = 1; index <= 4; index++) stage.publish("a", `${index}`, 1, { ttlMs: 10 })
    stage.turn.advance(10)
    stage.publish("a", "5")
    expect(stage.broker.counters).toMatchObject({ expired: 4, droppedBacklog: 0 })
    opened.consumer.credit = 10
    opened.session.wake(opened.consumer)
    expect(opened.consumer.bodies).toEqual(["5"])
  })

  it("does not count what is under way or was given back", () => {
    opened.consumer.credit = 3
    publishMany(7)
    expect(opened.consumer.bodies).toEqual(["1", "2", "3"])
    opened.session.release(opened.consumer, AWAY)
    expect(stage.open().consumer.bodies).toEqual(["1", "2", "3", "4", "5", "6", "7"])
    expect(stage.broker.counters.droppedBacklog).toBe(0)
  })
})
