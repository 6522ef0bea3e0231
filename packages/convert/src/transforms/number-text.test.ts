import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { decimalText, doubleText, floatText } from "./number-text.ts"

describe("doubleText", () => {
  it.each([
    [0.1, "0.1"],
    [1.5, "1.5"],
    [100, "100"],
    [1e21, "1e+21"],
    [5e-324, "5e-324"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("writes %s as %s", (value, text) => {
    expect(doubleText(value)).toBe(text)
  })
})

describe("floatText", () => {
  it.each([
    [Math.fround(0.1), "0.1"],
    [Math.fround(2.7), "2.7"],
    [1.5, "1.5"],
    [16_777_216, "16777216"],
    [Math.fround(3.4028234663852886e38), "3.4028235e+38"],
    [Math.fround(1.401298464324817e-45), "1e-45"],
    [0, "0"],
    [-0, "-0"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("writes %s as %s", (value, text) => {
    expect(floatText(value)).toBe(text)
  })

  it("reads back as the same binary32 value", () => {
    fc.assert(
      fc.property(fc.float(), (value) => {
        expect(Math.fround(Number(floatText(value)))).toBe(value)
      }),
      { numRuns: 500, seed: 3 },
    )
  })
})

describe("decimalText", () => {
  it.each([
    [0, 0, "0"],
    [12, 0, "12"],
    [12_345, 2, "123.45"],
    [-1250, 2, "-12.50"],
    [5, 3, "0.005"],
    [-5, 3, "-0.005"],
    [0, 2, "0.00"],
    [-2_147_483_648, 10, "-0.2147483648"],
    [1, 255, `0.${"0".repeat(254)}1`],
  ])("writes %s with %s places as %s", (unscaled, places, text) => {
    expect(decimalText(unscaled, places)).toBe(text)
  })
})
