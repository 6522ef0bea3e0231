import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import { floatToScientificText, scientificText } from "./scientific-text.ts"

describe("scientificText", () => {
  it.each([
    [1.5, "1.50000000000000000000e+00"],
    [-0, "-0.00000000000000000000e+00"],
    [-100, "-1.00000000000000000000e+02"],
    [1e-7, "9.99999999999999954748e-08"],
    [1e300, "1.00000000000000005250e+300"],
    [5e-324, "4.94065645841246544177e-324"],
  ])("writes %d as %s", (value, text) => {
    expect(scientificText(value)).toBe(text)
  })
})

describe("floatToScientificText", () => {
  it.each([
    ["3d cc cc cd", "1.00000001490116119385e-01"],
    ["3f b9 99 99 99 99 99 9a", "1.00000000000000005551e-01"],
  ])("reads %s", (hex, text) => {
    expect(transformed(floatToScientificText, octets(hex))).toEqual(["converted", Buffer.from(text).toString("hex")])
  })
})
