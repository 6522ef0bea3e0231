import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { serialAdd } from "../codec/serial.ts"
import { type Acknowledged, PendingSettlements, SILENT } from "./pending-settlements.ts"

type Range = readonly [first: number, last: number, outcome: number]

class Counter implements Acknowledged {
  count = 0
  acknowledged(count: number): void {
    this.count += count
  }
}

function flushed(pending: PendingSettlements, watermark: number): Range[] {
  const ranges: Range[] = []
  pending.flush(watermark, (...range) => void ranges.push(range))
  return ranges
}

describe("PendingSettlements", () => {
  it("gathers neighbours of equal outcome into one range, across the wrap-around", () => {
    const pending = new PendingSettlements()
    const owner = new Counter()
    for (let index = 0; index < 4; index++) pending.add(serialAdd(0xffff_fffe, index), 0, 1, owner)
    pending.add(2, 0, 2, owner)
    pending.add(5, 0, 2, owner)
    expect(flushed(pending, 0)).toEqual([
      [0xffff_fffe, 1, 1],
      [2, 2, 2],
      [5, 5, 2],
    ])
    expect(owner.count).toBe(6)
  })

  it("keeps publish order: a refusal waits for the message stored before it", () => {
    const pending = new PendingSettlements()
    const owner = new Counter()
    pending.add(0, 7, 1, owner)
    pending.add(1, 0, 2, owner)
    pending.add(2, 8, 1, owner)
    expect(flushed(pending, 6)).toEqual([])
    expect(flushed(pending, 7)).toEqual([
      [0, 0, 1],
      [1, 1, 2],
    ])
    expect(flushed(pending, 8)).toEqual([[2, 2, 1]])
  })

  it("says nothing of deliveries that the peer has settled or whose link is gone", () => {
    const pending = new PendingSettlements()
    const [gone, here] = [new Counter(), new Counter()]
    pending.add(0, 1, 1, gone)
    pending.add(1, 1, 1, here)
    pending.add(2, 1, 1, here)
    pending.forget(gone)
    pending.silence(2, 9)
    expect(flushed(pending, 1)).toEqual([[1, 1, 1]])
    expect([gone.count, here.count]).toEqual([0, 2])
  })

  it("hands out every delivery once, in order, whatever is added and flushed when", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("add" as const), outcome: fc.integer({ min: 1, max: 3 }), isStored: fc.boolean() }),
      fc.record({ kind: fc.constant("flush" as const), part: fc.nat(100) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const pending = new PendingSettlements()
        const owner = new Counter()
        const expected: (readonly [number, number])[] = []
        const seen: (readonly [number, number])[] = []
        let ticket = 0
        const flush = (watermark: number): void =>
          pending.flush(watermark, (first, last, outcome) => {
            for (let id = first; id <= last; id++) seen.push([id, outcome])
          })
        for (const one of steps) {
          if (one.kind === "add") {
            pending.add(expected.length, one.isStored ? ++ticket : SILENT, one.outcome, owner)
            expected.push([expected.length, one.outcome])
          } else flush(Math.floor((ticket * one.part) / 100))
          expect(seen).toEqual(expected.slice(0, seen.length))
        }
        flush(ticket)
        expect(seen).toEqual(expected)
        expect(owner.count).toBe(expected.length)
      }),
      { numRuns: 100, seed: 10 },
    )
  })
})
