import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ring } from "./ring.ts"

describe("a ring", () => {
  it("behaves as an array that is pushed and shifted", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("push" as const), count: fc.integer({ min: 1, max: 6000 }) }),
      fc.record({ kind: fc.constant("shift" as const), count: fc.integer({ min: 1, max: 6000 }) }),
      fc.record({ kind: fc.constant("clear" as const), count: fc.constant(0) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const ring = new Ring<number>()
        let model: number[] = []
        let next = 0
        for (const { kind, count } of steps) {
          if (kind === "clear") {
            ring.clear()
            model = []
          }
          for (let done = 0; done < count; done++) {
            if (kind === "push") {
              model.push(next)
              ring.push(next++)
            } else if (ring.shift() !== model.shift()) return false
          }
          if (ring.length !== model.length || ring.peek() !== model[0]) return false
        }
        return [...ring].join() === model.join()
      }),
      { numRuns: 40 },
    )
  })

  it("gives nothing when it is empty", () => {
    const ring = new Ring<string>()
    expect(ring.shift()).toBeUndefined()
    expect(ring.peek()).toBeUndefined()
    expect([...ring]).toEqual([])
  })
})
