import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decodedSegment, parseRequestTarget } from "./request-target.ts"

describe("the target of a request", () => {
  it("is a path of segments, which stay encoded, and a query", () => {
    const { segments, query } = parseRequestTarget("/bindings/src=a;key=b%2Fc?src=x+y&key=%C3%A9&empty=")
    expect(segments).toEqual(["bindings", "src=a;key=b%2Fc"])
    expect([...query]).toEqual([
      ["src", "x y"],
      ["key", "é"],
      ["empty", ""],
    ])
  })

  it("has a query of nothing when it has none, and empty segments where slashes follow each other", () => {
    expect([...parseRequestTarget("/a").query]).toEqual([])
    expect(parseRequestTarget("//a/").segments).toEqual(["", "a", ""])
  })

  it("takes a plus in the path for what it is", () => {
    expect(parseRequestTarget("/queues/a+b").segments.map(decodedSegment)).toEqual(["queues", "a+b"])
  })

  it.each(["", "queues", "?src=x", "/%", "/%g0", "/%C3", "/a?key=%C3"])("cannot be %j", (text) => {
    expect(() => parseRequestTarget(text)).toThrow(expect.objectContaining({ status: 400 }))
  })

  it("gives back every name that was encoded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => {
        const { segments } = parseRequestTarget(`/queues/${encodeURIComponent(name)}`)
        expect(segments.map(decodedSegment)).toEqual(["queues", name])
      }),
      { numRuns: 200, seed: 20 },
    )
  })
})
