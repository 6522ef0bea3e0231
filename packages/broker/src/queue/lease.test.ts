import { RecordingLog, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { QueueStage } from "../testing/queue-stage.ts"

const LEASE = { "x-expires": 1000 }

let stage: QueueStage
let log: RecordingLog

beforeEach(() => {
  log = new RecordingLog()
  stage = new QueueStage({ log })
})

function exists(): boolean {
  return refusal(() => stage.broker.inspect("/", "q")) === "allowed"
}

describe("a queue that expires", () => {
  it("is deleted when nobody has used it for that time, and not before", () => {
    stage.declare("q", LEASE)
    stage.pass(999)
    expect(exists()).toBe(true)
    stage.pass(1)
    expect(exists()).toBe(false)
    expect(log.of("queue-expired").map(({ fields }) => fields)).toEqual([{ vhost: "/", queue: "q" }])
  })

  it.each([
    ["a declaration", () => stage.declare("q", LEASE)],
    ["a passive declaration", () => stage.access.checkQueue("q")],
    ["a get, also of nothing", () => stage.access.get("q", true)],
  ])("is kept by %s", (_, use) => {
    stage.declare("q", LEASE)
    for (let times = 0; times < 3; times++) {
      stage.pass(900)
      use()
    }
    expect(exists()).toBe(true)
    stage.pass(1000)
    expect(exists()).toBe(false)
  })

  it("is not kept by what is published to it", () => {
    stage.declare("q", LEASE)
    stage.pass(900)
    stage.publish("q", "m")
    stage.pass(100)
    expect(exists()).toBe(false)
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("is kept while it has a consumer, and for its time after the last one", () => {
    stage.declare("q", LEASE)
    const consumer = stage.consume("q")
    stage.pass(5000)
    expect(exists()).toBe(true)
    consumer.holder?.detach(consumer)
    stage.pass(999)
    expect(exists()).toBe(true)
    stage.pass(1)
    expect(exists()).toBe(false)
  })

  it("loses its bindings, and dead-letters nothing", () => {
    stage.declare("dead")
    stage.declare("q", { ...LEASE, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead" })
    const destination = { kind: "queue", name: "q" } as const
    stage.access.bind({ source: "amq.fanout", destination, key: "", arguments: NO_ARGUMENTS })
    stage.publish("q", "m")
    stage.pass(1000)
    expect(stage.publish("", "m", { exchange: "amq.fanout" })).toBe("unroutable")
    expect(stage.ready("dead")).toEqual([])
  })

  it("may be deleted and declared again before its time is over", () => {
    stage.declare("q", LEASE)
    stage.pass(900)
    stage.access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    stage.declare("q", LEASE)
    stage.pass(900)
    expect(exists()).toBe(true)
    stage.pass(100)
    expect(exists()).toBe(false)
  })
})
