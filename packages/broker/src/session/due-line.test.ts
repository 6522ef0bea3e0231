import fc from "fast-check"
import { expect, it } from "vitest"
import { type Due, DueLine } from "./due-line.ts"

it("gives what is due, soonest first, whatever has come and gone", () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("add" as const), number: fc.nat(50) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom("remove" as const, "first" as const), number: fc.nat() }),
    },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const line = new DueLine<Due>()
      const model: Due[] = []
      for (const { kind, number } of steps) {
        const chosen = kind === "first" ? line.first : model[number % Math.max(1, model.length)]
        if (kind === "add") {
          const item = { dueMs: number, place: -1 }
          model.push(item)
          line.add(item)
        } else if (chosen !== undefined) {
          line.remove(chosen)
          line.remove(chosen)
          model.splice(model.indexOf(chosen), 1)
        }
        expect(line.length).toBe(model.length)
        expect(line.first?.dueMs).toBe(model.length === 0 ? undefined : Math.min(...model.map(({ dueMs }) => dueMs)))
      }
    }),
    { numRuns: 200, seed: 5 },
  )
})
