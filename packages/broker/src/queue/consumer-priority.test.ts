import { beforeEach, describe, expect, it } from "vitest"
import { QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
  stage.declare("q")
})

function publishAll(bodies: string): void {
  for (const body of bodies) stage.publish("q", body)
}

describe("consumers with priorities", () => {
  it("get messages before those of a lower one while they have credit, and among equals in turn", () => {
    const low = stage.consume("q", { name: "low" }, { "x-priority": -3 })
    const usual = stage.consume("q", { name: "usual", credit: 1 })
    const high = stage.consume("q", { name: "high", credit: 2 }, { "x-priority": 10 })
    const equal = stage.consume("q", { name: "equal", credit: 2 }, { "x-priority": 10n })
    publishAll("1234567")
    expect([high.bodies, equal.bodies, usual.bodies, low.bodies]).toEqual([["1", "3"], ["2", "4"], ["5"], ["6", "7"]])
  })

  it("are preferred again as soon as they are woken", () => {
    const usual = stage.consume("q", { name: "usual" })
    const high = stage.consume("q", { name: "high", credit: 1 }, { "x-priority": 1 })
    publishAll("12")
    high.credit = 1
    high.holder?.wake(high)
    publishAll("34")
    expect([high.bodies, usual.bodies]).toEqual([
      ["1", "3"],
      ["2", "4"],
    ])
  })

  it("may come when others are there already, who keep their turns", () => {
    const first = stage.consume("q", { name: "first", credit: 2 })
    const second = stage.consume("q", { name: "second", credit: 2 })
    publishAll("1")
    const low = stage.consume("q", { name: "low" }, { "x-priority": -1 })
    publishAll("2345")
    expect([...first.bodies, ...second.bodies].sort()).toEqual(["1", "2", "3", "4"])
    expect(low.bodies).toEqual(["5"])
  })

  it("leave their place to the others when they go", () => {
    const usual = stage.consume("q", { name: "usual" })
    const high = stage.consume("q", { name: "high", credit: 1 }, { "x-priority": 1 })
    publishAll("1")
    high.holder?.detach(high)
    expect(stage.access.checkQueue("q").consumers).toBe(1)
    publishAll("2")
    expect([high.bodies, usual.bodies]).toEqual([["1"], ["2"]])
    usual.holder?.detach(usual)
    publishAll("3")
    expect(stage.ready("q")).toEqual(["3"])
  })

  it("are cancelled with the others when the queue is deleted", () => {
    const usual = stage.consume("q", { name: "usual" })
    const high = stage.consume("q", { name: "high" }, { "x-priority": 1 })
    stage.access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    expect([usual.cancellations, high.cancellations]).toEqual([["holder-deleted"], ["holder-deleted"]])
  })

  it("can be exclusive", () => {
    stage.consume("q", { exclusive: true }, { "x-priority": 1 })
    expect(() => stage.consume("q")).toThrow("in exclusive use")
  })
})
