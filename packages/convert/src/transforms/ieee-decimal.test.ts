import { describe, expect, it } from "vitest"
import { octets } from "../testing/slot.ts"
import { ieeeDecimalText } from "./ieee-decimal.ts"

describe("ieeeDecimalText", () => {
  it.each([
    ["32 80 00 00", "0"],
    ["32 80 00 01", "1"],
    ["b2 80 00 01", "-1"],
    ["b1 80 04 e2", "-12.50"],
    ["34 00 00 01", "1000"],
    ["34 00 00 00", "0"],
    ["31 80 00 00", "0.00"],
    ["2f 80 00 2a", "0.000042"],
    // 9 999 999, the largest: above 2^23, so its exponent stands two bits lower.
    ["6c b8 96 7f", "9999999"],
    // One more than seven digits allow.
    ["6c b8 96 80", "0"],
    ["78 00 00 00", "Infinity"],
    ["f8 00 00 00", "-Infinity"],
    ["7c 00 00 00", "NaN"],
    ["fe 00 00 01", "NaN"],
  ])("reads the decimal32 %s as %s", (hex, text) => {
    expect(ieeeDecimalText(octets(hex))).toBe(text)
  })

  it.each([
    ["31 c0 00 00 00 00 00 01", "1"],
    ["b1 80 00 00 00 00 04 e2", "-12.50"],
    ["31 a0 00 00 00 00 00 0f", "1.5"],
    // 9 999 999 999 999 999.
    ["6c 73 86 f2 6f c0 ff ff", "9999999999999999"],
    ["78 00 00 00 00 00 00 00", "Infinity"],
    ["7c 00 00 00 00 00 00 00", "NaN"],
  ])("reads the decimal64 %s as %s", (hex, text) => {
    expect(ieeeDecimalText(octets(hex))).toBe(text)
  })

  it.each([
    ["30 40 00 00 00 00 00 00 00 00 00 00 00 00 00 01", "1"],
    ["b0 3c 00 00 00 00 00 00 00 00 00 00 00 00 04 e2", "-12.50"],
    // 34 nines.
    ["30 41 ed 09 be ad 87 c0 37 8d 8e 63 ff ff ff ff", "9".repeat(34)],
    ["30 41 ed 09 be ad 87 c0 37 8d 8e 64 00 00 00 00", "0"],
    ["6c 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "0"],
    ["f8 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", "-Infinity"],
  ])("reads the decimal128 %s as %s", (hex, text) => {
    expect(ieeeDecimalText(octets(hex))).toBe(text)
  })

  it("writes the largest decimal128 with all its digits", () => {
    const largest = octets("5f ff ed 09 be ad 87 c0 37 8d 8e 63 ff ff ff ff")
    expect(ieeeDecimalText(largest)).toBe(`${"9".repeat(34)}${"0".repeat(6111)}`)
  })
})
