import { publishedMessage } from "@polymq/testkit"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import { bodyOf, QueueStage } from "../testing/queue-stage.ts"
import { HeldEntry } from "./held-entry.ts"
import { PriorityLine } from "./priority-line.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
})

/** Publishes messages with these priorities; each body is its number and its priority. */
function publishAll(...priorities: readonly (number | undefined)[]): void {
  for (const [number, priority] of priorities.entries()) {
    stage.publish("q", `${number}:${priority ?? "-"}`, { priority })
  }
}

describe("a queue with priorities", () => {
  it("delivers the highest first, counts none as 0 and higher ones as its highest", () => {
    stage.declare("q", { "x-max-priority": 5 })
    publishAll(0, 3, undefined, 9, 5, 1, 3, 0)
    expect(stage.ready("q")).toEqual(["3:9", "4:5", "1:3", "6:3", "5:1", "0:0", "2:-", "7:0"])
  })

  it("of the type quorum has 32 priorities without being asked, and counts none as 4", () => {
    stage.declare("q", { "x-queue-type": "quorum" })
    publishAll(0, 3, undefined, 9, 5, 4, 40, 31, 255)
    expect(stage.ready("q")).toEqual(["6:40", "7:31", "8:255", "3:9", "4:5", "2:-", "5:4", "1:3", "0:0"])
  })

  it("has none where their highest is 0 or not named", () => {
    stage.declare("q", { "x-max-priority": 0 })
    publishAll(0, 9, 1)
    expect(stage.ready("q")).toEqual(["0:0", "1:9", "2:1"])
  })

  it("puts what comes back before its like", () => {
    stage.declare("q", { "x-max-priority": 5 })
    publishAll(0, 3, 5)
    for (const fetched of [stage.get("q"), stage.get("q")]) fetched.settle("released")
    stage.publish("q", "new:5", { priority: 5 })
    expect(stage.ready("q")).toEqual(["2:5", "new:5", "1:3", "0:0"])
  })

  it("drops the highest first when it is too long: that is its front", () => {
    stage.declare("q", { "x-max-priority": 5, "x-max-length": 3 })
    publishAll(5, 0, 3, 1, 0)
    expect(stage.ready("q")).toEqual(["3:1", "1:0", "4:0"])
  })

  it("lets nothing expire behind what has not, and delivers nothing that has", () => {
    stage.declare("q", { "x-max-priority": 5 })
    stage.publish("q", "low", { priority: 1, ttlMs: 50 })
    stage.publish("q", "high", { priority: 5 })
    stage.pass(1000)
    expect(stage.ready("q")).toEqual(["high", "low"])
    expect(stage.consume("q").bodies).toEqual(["high"])
    expect(stage.broker.counters.expired).toBe(1)
  })
})

describe("a line of priorities", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("push" as const), priority: fc.option(fc.nat(8), { nil: undefined }) }),
    fc.record({ kind: fc.constantFrom("shift" as const, "give back" as const, "clear" as const), at: fc.nat(9) }),
  )

  it("is ordered by priority, then by position, whatever comes, goes and comes back", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 6 }), fc.nat(4), (steps, max, usual) => {
        const line = new PriorityLine({ max, usual })
        const waiting: HeldEntry[] = []
        const away: HeldEntry[] = []
        const rank = ({ message }: HeldEntry) => Math.min(message.priority ?? usual, max)
        const sorted = () => waiting.toSorted((a, b) => rank(b) - rank(a) || a.position - b.position)
        for (const [position, one] of steps.entries()) {
          if (one.kind === "push") {
            const message = publishedMessage(String(position), { priority: one.priority })
            const entry = new HeldEntry(message, 0, position, undefined, Number.POSITIVE_INFINITY, -1)
            waiting.push(entry)
            line.push(entry)
          } else if (one.kind === "clear") {
            line.clear()
            waiting.length = 0
          } else if (one.kind === "shift") {
            const expected = sorted()[0]
            expect(line.peek()).toBe(expected)
            expect(line.shift()).toBe(expected)
            if (expected !== undefined) away.push(...waiting.splice(waiting.indexOf(expected), 1))
          } else if (away.length > 0) {
            const [entry] = away.splice(one.at % away.length, 1)
            if (entry === undefined) continue
            waiting.push(entry)
            line.giveBack(entry)
          }
          expect(line.length).toBe(waiting.length)
          expect(Array.from(line, ({ message }) => bodyOf(message))).toEqual(
            sorted().map(({ message }) => bodyOf(message)),
          )
        }
      }),
      { numRuns: 300 },
    )
  })
})
