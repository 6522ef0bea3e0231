import { type ConsumerBehaviour, type RecordingConsumer, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Outcome } from "../api/entry.ts"
import { QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
  stage.declare("q", { "x-single-active-consumer": true })
})

function consume(name: string, priority = 0, behaviour: ConsumerBehaviour = {}): RecordingConsumer {
  return stage.consume("q", { name, ...behaviour }, { "x-priority": priority })
}

function publishAll(bodies: string): void {
  for (const body of bodies) stage.publish("q", body)
}

/** Ends a consumer as doors do: nothing more for it, then what it has not settled. */
function leave(consumer: RecordingConsumer, outcome: Outcome = "released"): void {
  consumer.holder?.detach(consumer)
  for (const entry of consumer.entries) consumer.holder?.settle(entry, outcome)
  stage.endTurn()
}

describe("a queue with a single active consumer", () => {
  it("delivers to the first that came, in order, whatever credit it has", () => {
    const [first, second] = [consume("first", 0, { credit: 1 }), consume("second", 5)]
    publishAll("12")
    expect([first.bodies, second.bodies]).toEqual([["1"], []])
    first.credit = 1
    first.holder?.wake(first)
    expect([first.bodies, second.bodies]).toEqual([["1", "2"], []])
  })

  it("goes over to the one of the highest priority, among equals to the first that came", () => {
    const consumers = [consume("first"), consume("second"), consume("low", -1), consume("high", 2), consume("equal", 2)]
    const names: string[] = []
    for (const body of "12345") {
      stage.publish("q", body)
      const active = consumers.find(({ bodies }) => bodies.includes(body))
      if (active === undefined) throw new RangeError(`nobody got ${body}`)
      names.push(active.name)
      leave(active, "accepted")
    }
    expect(names).toEqual(["first", "high", "equal", "second", "low"])
  })

  it("gives the next one everything that the last one has not settled, in its place", () => {
    const [first, second] = [consume("first", 0, { credit: 2 }), consume("second")]
    publishAll("1234")
    leave(first)
    expect(second.bodies).toEqual(["1", "2", "3", "4"])
  })

  it("lets the last active one keep what it has not settled while it stays", () => {
    const [first, second] = [consume("first"), consume("second")]
    publishAll("1")
    first.holder?.detach(first)
    publishAll("2")
    first.holder?.settle(first.entry(0), "accepted")
    stage.endTurn()
    expect([first.bodies, second.bodies]).toEqual([["1"], ["2"]])
  })

  it("goes on when others than the active one leave, and waits when nobody is left", () => {
    const [first, second] = [consume("first"), consume("second")]
    leave(second)
    publishAll("1")
    expect(first.bodies).toEqual(["1"])
    leave(first, "accepted")
    publishAll("2")
    expect(stage.ready("q")).toEqual(["2"])
    expect(consume("third").bodies).toEqual(["2"])
  })

  it("tells a consumer that drains and is not active that there is nothing for it", () => {
    consume("first", 0, { credit: 0 })
    publishAll("1")
    const second = consume("second")
    expect([second.bodies, second.timesExhausted]).toEqual([[], 1])
  })

  it("refuses gets and exclusive consumers", () => {
    publishAll("1")
    expect(refusal(() => stage.get("q"))).toBe(
      "RESOURCE_LOCKED: cannot obtain access to locked queue 'q' in vhost '/'. basic.get operations are not supported by queues with single active consumer",
    )
    expect(refusal(() => stage.consume("q", { exclusive: true }))).toBe(
      "ACCESS_REFUSED: queue 'q' in vhost '/' in exclusive use",
    )
    expect(refusal(() => consume("usual"))).toBe("allowed")
  })
})
