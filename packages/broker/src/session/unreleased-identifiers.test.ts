import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { UnreleasedIdentifiers } from "./unreleased-identifiers.ts"

describe("the identifiers of publishes that are not released", () => {
  it("are a set", () => {
    const packetId = fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 40 }), fc.constant(65_535))
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), packetId), { maxLength: 200 }), (steps) => {
        const set = new UnreleasedIdentifiers()
        const model = new Set<number>()
        for (const [isAdded, id] of steps) {
          if (isAdded) {
            set.add(id, 0)
            model.add(id)
          } else expect(set.delete(id)).toBe(model.delete(id))
          expect(set.has(id)).toBe(model.has(id))
          expect(set.count).toBe(model.size)
        }
      }),
      { numRuns: 100, seed: 5 },
    )
  })

  it("can be all there are", () => {
    const set = new UnreleasedIdentifiers()
    for (let id = 1; id <= 65_535; id++) set.add(id, 0)
    expect(set.count).toBe(65_535)
    for (let id = 1; id <= 65_535; id++) expect(set.delete(id)).toBe(true)
    expect([set.count, set.has(1), set.has(65_535)]).toEqual([0, false, false])
  })

  it("know the last ticket that any of them waited for", () => {
    const set = new UnreleasedIdentifiers()
    set.add(1, 7)
    set.add(2, 0)
    set.add(3, 5)
    expect(set.lastTicket).toBe(7)
  })
})
