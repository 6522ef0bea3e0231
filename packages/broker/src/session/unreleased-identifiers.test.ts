import fc from "fast-check"
import { expect, it } from "vitest"
import { PacketIdentifiers } from "./packet-identifiers.ts"

it("is a set of packet identifiers", () => {
  const packetId = fc.oneof(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 40 }), fc.constant(65_535))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), packetId), { maxLength: 200 }), (steps) => {
      const set = new PacketIdentifiers()
      const model = new Set<number>()
      for (const [isAdded, id] of steps) {
        if (isAdded) {
          set.add(id)
          model.add(id)
        } else expect(set.delete(id)).toBe(model.delete(id))
        expect(set.has(id)).toBe(model.has(id))
        expect(set.count).toBe(model.size)
      }
    }),
    { numRuns: 100, seed: 5 },
  )
})
