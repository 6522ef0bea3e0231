import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { type Declared, QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
})

/** Arguments that send dead letters through the default exchange to a queue. */
function to(queue: string, more: Declared): Declared {
  return { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue, ...more }
}

function bind(source: string, name: string, key: string): void {
  stage.access.bind({ source, destination: { kind: "queue", name }, key, arguments: NO_ARGUMENTS })
}

describe("a queue that dead-letters at least once", () => {
  const SURE = { "x-queue-type": "quorum", "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish" }

  function reject(...bodies: readonly string[]): void {
    for (const body of bodies) stage.publish("q", body)
    for (const _ of bodies) stage.get("q").settle("rejected")
    stage.endTurn()
  }

  it("keeps a letter while nobody is there to take it, with the time of its death", () => {
    stage.declare("q", { "x-dead-letter-exchange": "amq.fanout", ...SURE })
    const diedAtMs = stage.turn.nowMs()
    reject("1", "2")
    expect(stage.ready("q")).toEqual([])
    stage.pass(1000)
    stage.declare("dead")
    bind("amq.fanout", "dead", "")
    stage.pass(1000)
    expect(stage.ready("dead")).toEqual(["1", "2"])
    expect(stage.access.get("dead", true)?.entry.message.deaths?.deaths).toMatchObject([
      { count: 1, firstAtMs: diedAtMs },
    ])
    expect(stage.broker.counters.deadLettered).toBe(2)
  })

  it("gives it to those who take it, once, and to the others when they do", () => {
    stage.declare("q", { "x-dead-letter-exchange": "amq.fanout", ...SURE })
    stage.declare("open")
    stage.declare("full", { "x-max-length": 1, "x-overflow": "reject-publish" })
    for (const name of ["open", "full"]) bind("amq.fanout", name, "")
    stage.publish("full", "blocks")
    reject("m")
    stage.pass(1000)
    stage.pass(1000)
    expect([stage.ready("open"), stage.ready("full")]).toEqual([["m"], ["blocks"]])
    stage.access.purgeQueue("full")
    stage.pass(1000)
    stage.pass(1000)
    expect([stage.ready("open"), stage.ready("full")]).toEqual([["m"], ["m"]])
  })

  it("tries many kept letters again one after the other", () => {
    stage.declare("q", to("dead", SURE))
    const bodies = Array.from({ length: 500 }, (_, index) => String(index))
    reject(...bodies)
    stage.declare("dead")
    stage.pass(1000)
    expect(stage.ready("dead").toSorted((a, b) => Number(a) - Number(b))).toEqual(bodies)
  })

  it("drops what would go round all the same", () => {
    stage.declare("q", to("q", { ...SURE, "x-message-ttl": 10 }))
    stage.publish("q", "m")
    stage.pass(10)
    stage.pass(1000)
    expect(stage.ready("q")).toEqual([])
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("takes what it keeps with it when it is deleted", () => {
    stage.declare("q", to("nowhere", SURE))
    reject("m")
    stage.access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    expect(stage.broker.heldBytes).toBe(0)
    stage.declare("nowhere")
    stage.pass(1000)
    expect(stage.ready("nowhere")).toEqual([])
  })

  it("takes with it what is on its way, too", () => {
    stage.declare("q", to("nowhere", SURE))
    stage.publish("q", "m")
    stage.get("q").settle("rejected")
    stage.access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    stage.endTurn()
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("is as any other where it drops from its front", () => {
    stage.declare("q", to("late", { ...SURE, "x-overflow": "drop-head" }))
    reject("m")
    stage.declare("late")
    stage.pass(1000)
    expect(stage.ready("late")).toEqual([])
  })
})
