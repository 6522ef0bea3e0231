import { ByteWriter } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { putDecimal } from "./put-decimal.ts"

function written(value: number): string {
  const writer = new ByteWriter(1)
  writer.uint8(0x78)
  putDecimal(writer, value)
  return Buffer.from(writer.take()).toString()
}

describe("putDecimal", () => {
  it.each([
    [0, "x0"],
    [9, "x9"],
    [10, "x10"],
    [60_000, "x60000"],
    [999_999_999, "x999999999"],
    [1_000_000_000, "x1000000000"],
    [1_000_000_000_000_000, "x1000000000000000"],
    [4_294_967_295_000, "x4294967295000"],
    [9_007_199_254_740_991, "x9007199254740991"],
  ])("writes %s", (value, text) => {
    expect(written(value)).toBe(text)
  })

  it("writes what the language writes", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        expect(written(value)).toBe(`x${value}`)
      }),
      { numRuns: 300, seed: 9 },
    )
  })
})
