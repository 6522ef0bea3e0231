import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { LookupLine, PORTION_STEPS, type PortionedWork } from "./lookup-line.ts"

/** So many steps, noted in `done` by name as they are taken. */
function work(name: string, steps: number, done: string[]): PortionedWork {
  let left = steps
  return {
    get isDone() {
      return left === 0
    },
    work(maxSteps) {
      const taken = Math.min(left, maxSteps)
      left -= taken
      done.push(`${name}${taken}`)
      return taken
    },
  }
}

describe("a line of lookups", () => {
  it("begins at once, and takes one portion per round for all together", () => {
    const turn = manualTurn()
    const line = new LookupLine(turn)
    const done: string[] = []
    line.add(work("a", 24, done))
    line.add(work("b", 2000, done))
    line.add(work("c", 24, done))
    expect(done).toEqual(["a24", "b1000"])
    // Between two portions everything else that was deferred has its turn.
    const others = { runAtTurnEnd: () => void done.push("others") }
    turn.defer(others)
    turn.endTurn()
    expect(done).toEqual(["a24", "b1000", "b1000", "c24", "others"])
  })

  it("lets those who wait go before those who had a portion", () => {
    const turn = manualTurn()
    const line = new LookupLine(turn)
    const done: string[] = []
    for (const name of ["a", "b"]) line.add(work(name, 3 * PORTION_STEPS, done))
    turn.endTurn()
    expect(done).toEqual(["a1024", "a1024", "b1024", "a1024", "b1024", "b1024"])
  })

  it("forgets who is removed", () => {
    const turn = manualTurn()
    const line = new LookupLine(turn)
    const done: string[] = []
    const long = work("a", 2 * PORTION_STEPS, done)
    line.add(long)
    line.remove(long)
    turn.endTurn()
    expect(done).toEqual(["a1024"])
  })
})
