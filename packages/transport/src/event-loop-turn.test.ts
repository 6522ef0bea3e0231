import type { Deferred } from "@polymq/broker"
import { describe, expect, it } from "vitest"
import { EventLoopTurn } from "./event-loop-turn.ts"

const task = (run: () => void): Deferred => ({ runAtTurnEnd: run })
const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("a turn of the event loop", () => {
  it("runs what was deferred in order, then what was deferred last", async () => {
    const turn = new EventLoopTurn()
    const ran: string[] = []
    turn.deferLast(task(() => ran.push("last")))
    turn.defer(task(() => ran.push("one")))
    turn.defer(task(() => ran.push("two")))
    expect(ran).toEqual([])
    await turnEnd()
    expect(ran).toEqual(["one", "two", "last"])
  })

  it("runs what tasks defer in the same turn, before anything last", async () => {
    const turn = new EventLoopTurn()
    const ran: string[] = []
    turn.deferLast(
      task(() => {
        ran.push("last")
        turn.defer(task(() => ran.push("late")))
        turn.deferLast(task(() => ran.push("very last")))
      }),
    )
    turn.defer(task(() => turn.defer(task(() => ran.push("inner")))))
    await turnEnd()
    expect(ran).toEqual(["inner", "last", "late", "very last"])
  })

  it("lets the event loop go on when tasks defer without end", async () => {
    const turn = new EventLoopTurn()
    let rounds = 0
    let isOver = false
    const endless: Deferred = {
      runAtTurnEnd() {
        rounds++
        if (!isOver) turn.defer(endless)
      },
    }
    turn.defer(endless)
    await turnEnd()
    isOver = true
    expect(rounds).toBeGreaterThan(1)
    expect(rounds).toBeLessThan(1000)
    await turnEnd()
  })

  it("reads the clock once per turn", async () => {
    let readings = 0
    const turn = new EventLoopTurn({ clock: () => ++readings })
    expect([turn.nowMs(), turn.nowMs()]).toEqual([1, 1])
    await turnEnd()
    expect([turn.nowMs(), turn.nowMs()]).toEqual([2, 2])
    expect(readings).toBe(2)
    await turnEnd()
  })

  it("runs a task when its time has come, at the end of a turn, unless it is cancelled", async () => {
    const turn = new EventLoopTurn()
    const ran: string[] = []
    const before = performance.now()
    const cancelled = turn.after(
      5,
      task(() => ran.push("cancelled")),
    )
    await new Promise<void>((resolve) => {
      turn.after(
        10,
        task(() => {
          ran.push("ten")
          resolve()
        }),
      )
      turn.after(
        0,
        task(() => ran.push("none")),
      )
      cancelled.cancel()
    })
    expect(ran).toEqual(["none", "ten"])
    // A timer of Node may be early by less than a millisecond.
    expect(performance.now() - before).toBeGreaterThan(9)
  })

  it("reports what a task throws and runs the tasks behind it", async () => {
    const failures: unknown[] = []
    const turn = new EventLoopTurn({ failed: (error) => failures.push(error) })
    const ran: string[] = []
    const failure = new Error("a task failed")
    turn.defer(
      task(() => {
        throw failure
      }),
    )
    turn.defer(task(() => ran.push("behind")))
    turn.deferLast(task(() => ran.push("last")))
    await turnEnd()
    expect(failures).toEqual([failure])
    expect(ran).toEqual(["behind", "last"])
  })
})
