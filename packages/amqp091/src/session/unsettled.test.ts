import type { Entry, Holder } from "@polymq/broker"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type DeliverySource, Unsettled } from "./unsettled.ts"

const SOURCE: DeliverySource = { holder: {} as Holder, settled() {}, wakeIfStarved() {} }

function entry(tag: number): Entry {
  return { tag } as Entry
}

describe("unsettled deliveries", () => {
  it("behave like a sorted map of tags", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("push" as const), skip: fc.integer({ min: 1, max: 3 }) }),
      fc.record({ kind: fc.constant("remove" as const), at: fc.nat() }),
      fc.record({ kind: fc.constant("upTo" as const), at: fc.nat() }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const unsettled = new Unsettled()
        const model = new Map<number, Entry>()
        let tag = 0
        for (const action of steps) {
          const tags = [...model.keys()]
          const chosen = tags.length === 0 ? 0 : (tags["at" in action ? action.at % tags.length : 0] ?? 0)
          if (action.kind === "push") {
            tag += action.skip
            const pushed = entry(tag)
            model.set(tag, pushed)
            unsettled.push(tag, pushed, SOURCE)
          } else if (action.kind === "remove") {
            const slot = unsettled.find(chosen)
            expect(slot >= 0).toBe(model.has(chosen))
            if (slot >= 0) {
              expect(unsettled.entryAt(slot)).toBe(model.get(chosen))
              unsettled.remove(slot)
            }
            model.delete(chosen)
          } else {
            for (let slot = unsettled.oldestUpTo(chosen); slot >= 0; slot = unsettled.oldestUpTo(chosen)) {
              const [oldest] = model.keys()
              expect(unsettled.entryAt(slot).tag).toBe(oldest)
              model.delete(oldest ?? 0)
              unsettled.remove(slot)
            }
          }
          expect(unsettled.count).toBe(model.size)
          expect(unsettled.newestTag).toBe(Math.max(0, ...model.keys()))
        }
        for (let wanted = 0; wanted <= tag + 1; wanted++) expect(unsettled.find(wanted) >= 0).toBe(model.has(wanted))
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  it("stay small when one delivery is never settled", () => {
    const unsettled = new Unsettled()
    unsettled.push(1, entry(1), SOURCE)
    for (let tag = 2; tag < 100_000; tag++) {
      unsettled.push(tag, entry(tag), SOURCE)
      unsettled.remove(unsettled.find(tag))
    }
    expect(unsettled.count).toBe(1)
    expect(unsettled.find(1)).toBeGreaterThanOrEqual(0)
    expect(unsettled.capacity).toBe(16)
  })

  it("give up a large ring when everything is settled", () => {
    const unsettled = new Unsettled()
    for (let tag = 1; tag <= 10_000; tag++) unsettled.push(tag, entry(tag), SOURCE)
    expect(unsettled.capacity).toBe(16_384)
    for (let slot = unsettled.oldestUpTo(10_000); slot >= 0; slot = unsettled.oldestUpTo(10_000)) unsettled.remove(slot)
    expect(unsettled.capacity).toBe(16)
    unsettled.push(10_001, entry(10_001), SOURCE)
    expect(unsettled.entryAt(unsettled.find(10_001)).tag).toBe(10_001)
  })

  it("do not know a tag above 2^53", () => {
    const unsettled = new Unsettled()
    unsettled.push(1, entry(1), SOURCE)
    expect(unsettled.find(2 ** 64)).toBe(-1)
  })
})
