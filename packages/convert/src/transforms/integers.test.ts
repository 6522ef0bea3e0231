import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import { unsignedToLong, unsignedToText, unsignedToWrappedLong } from "./integers.ts"

describe("unsignedToText", () => {
  it.each([
    ["", "0"],
    ["ff", "255"],
    ["00 00 ea 60", "60000"],
    ["ff ff ff ff ff ff ff ff", "18446744073709551615"],
  ])("writes %s as %s", (hex, text) => {
    expect(transformed(unsignedToText, octets(hex))).toEqual(["converted", Buffer.from(text).toString("hex")])
  })
})

describe("unsignedToLong", () => {
  it.each([
    ["", "0000000000000000"],
    ["ff", "00000000000000ff"],
    ["7f ff ff ff ff ff ff ff", "7fffffffffffffff"],
  ])("pads %s to %s", (hex, long) => {
    expect(transformed(unsignedToLong, octets(hex))).toEqual(["converted", long])
  })

  it("loses 2^63", () => {
    expect(transformed(unsignedToLong, octets("80 00 00 00 00 00 00 00"))).toEqual(["lost", "range"])
  })
})

describe("unsignedToWrappedLong", () => {
  it.each([
    ["", ["converted", "0000000000000000"]],
    ["ff", ["converted", "00000000000000ff"]],
    ["7f ff ff ff ff ff ff ff", ["converted", "7fffffffffffffff"]],
    ["80 00 00 00 00 00 00 00", ["narrowed", "wrapped", "8000000000000000"]],
  ])("keeps the bits of %s", (hex, expected) => {
    expect(transformed(unsignedToWrappedLong, octets(hex))).toEqual(expected)
  })
})
