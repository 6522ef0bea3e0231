import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { AcknowledgementRing } from "./acknowledgement-ring.ts"

type Step =
  | { readonly kind: "push"; readonly wait: number }
  | { readonly kind: "store"; readonly upTo: number }
  | { readonly kind: "relax" }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("push" as const), wait: fc.nat(40) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("store" as const), upTo: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("relax" as const) }) },
)

describe("a ring of acknowledgements", () => {
  it("gives back, in order, what no undurable publish stands before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const ring = new AcknowledgementRing()
        const model: { readonly ticket: number; readonly item: number }[] = []
        let item = 0xffff_fff0
        for (const step of steps) {
          if (step.kind === "push") {
            ring.push(step.wait, item)
            model.push({ ticket: step.wait, item })
            item = (item + 1) >>> 0
          } else if (step.kind === "relax") {
            ring.relax()
          } else {
            const blocked = model.findIndex(({ ticket }) => ticket > step.upTo)
            const due = blocked < 0 ? model.length : blocked
            expect(ring.due(step.upTo)).toBe(due)
            expect(Array.from({ length: due }, (_, index) => ring.peek(index))).toEqual(
              model.splice(0, due).map((owed) => owed.item),
            )
            ring.drop(due)
          }
          expect(ring.count).toBe(model.length)
        }
      }),
      { numRuns: 200, seed: 5 },
    )
  })
})
