import { beforeEach, describe, expect, it } from "vitest"
import type { Outcome } from "../api/entry.ts"
import { QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
  stage.declare("dead")
})

/** How often a message is delivered when every delivery ends like this; at most 30 times. */
function deliveriesOf(queueArguments: Readonly<Record<string, string | number>>, outcome: Outcome): number {
  stage.declare("q", { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead", ...queueArguments })
  stage.publish("q", "m")
  let deliveries = 0
  for (; stage.ready("q").length > 0 && deliveries < 30; deliveries++) {
    stage.get("q").settle(outcome)
    stage.endTurn()
  }
  return deliveries
}

const QUORUM = { "x-queue-type": "quorum" }

describe("a message that fails again and again", () => {
  it.each([
    ["as often as the limit says, after its first delivery", { ...QUORUM, "x-delivery-limit": 2 }, 3],
    ["once with a limit of 0", { ...QUORUM, "x-delivery-limit": 0 }, 1],
    ["20 times after the first when a quorum queue says nothing", QUORUM, 21],
    ["without end with the limit -1", { ...QUORUM, "x-delivery-limit": -1 }, 30],
    ["without end in a classic queue", {}, 30],
  ])("is delivered %s", (_, queueArguments, expected) => {
    expect(deliveriesOf(queueArguments, "failed")).toBe(expected)
  })

  it("is a dead letter then", () => {
    deliveriesOf({ ...QUORUM, "x-delivery-limit": 1 }, "failed")
    const found = stage.access.get("dead", true)
    expect(found?.entry.message.deaths?.last).toEqual({ queue: "q", reason: "delivery_limit", exchange: "" })
    expect(found?.entry.redelivered).toBe(true)
  })

  it("takes the number of its failures along, and may fail as often again", () => {
    deliveriesOf({ ...QUORUM, "x-delivery-limit": 1 }, "failed")
    const found = stage.access.get("dead", true)
    expect(found?.entry.message.deaths?.failures).toBe(2)
    expect(found?.entry.deliveryCount).toBe(0)
  })

  it.each([
    ["fails by that in a quorum queue", QUORUM, 1],
    ["does not in a classic queue", {}, 0],
  ])("that a consumer rejects %s", (_, queueArguments, failures) => {
    expect(deliveriesOf(queueArguments, "rejected")).toBe(1)
    expect(stage.access.get("dead", true)?.entry.message.deaths?.failures).toBe(failures)
  })

  it("is not counted where it was only given back", () => {
    expect(deliveriesOf({ ...QUORUM, "x-delivery-limit": 2 }, "released")).toBe(30)
  })
})
