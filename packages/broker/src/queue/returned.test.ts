import { publishedMessage } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { HeldEntry } from "./held-entry.ts"
import { Returned } from "./returned.ts"

const MESSAGE = publishedMessage("")

function entryAt(position: number): HeldEntry {
  return new HeldEntry(MESSAGE, 0, position, undefined, Number.POSITIVE_INFINITY, -1)
}

function drain(returned: Returned): number[] {
  const positions: number[] = []
  for (let entry = returned.shift(); entry !== undefined; entry = returned.shift()) positions.push(entry.position)
  return positions
}

describe("returned entries", () => {
  it("come out by position, in whatever order they came in", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(10_000), { maxLength: 200 }), (positions) => {
        const returned = new Returned()
        for (const position of positions) returned.push(entryAt(position))
        const expected = positions.toSorted((left, right) => left - right)
        expect(returned.sorted().map(({ position }) => position)).toEqual(expected)
        expect(returned.peek()?.position).toBe(expected[0])
        expect(drain(returned)).toEqual(expected)
        expect(returned.length).toBe(0)
      }),
      { numRuns: 200 },
    )
  })
})
