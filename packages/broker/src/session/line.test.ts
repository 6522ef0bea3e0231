import fc from "fast-check"
import { expect, it } from "vitest"
import { Line, Place } from "./line.ts"

it("keeps the order in which items came, whoever leaves or changes to another line", () => {
  const step = fc.record({ item: fc.nat(5), to: fc.constantFrom("one" as const, "other" as const, "none" as const) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const places = Array.from({ length: 6 }, (_, number) => new Place(number))
      const lines = { one: new Line<number>(), other: new Line<number>() }
      const model: { one: number[]; other: number[] } = { one: [], other: [] }
      for (const { item, to } of steps) {
        const place = places[item] as Place<number>
        for (const name of ["one", "other"] as const) model[name] = model[name].filter((number) => number !== item)
        if (to === "none") place.leave()
        else {
          lines[to].append(place)
          model[to].push(item)
        }
        for (const name of ["one", "other"] as const) {
          const items: number[] = []
          for (let at = lines[name].first; at !== undefined; at = at.behind) items.push(at.item)
          expect(items).toEqual(model[name])
        }
      }
    }),
    { numRuns: 100, seed: 5 },
  )
})
