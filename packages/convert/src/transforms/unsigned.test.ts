import { slotOf } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { octets } from "../testing/slot.ts"
import { putSignedText, putUnsignedText, unsignedOf } from "./unsigned.ts"

function written(put: typeof putSignedText, hex: string): string {
  const writer = new ByteWriter(1)
  put(writer, slotOf(octets(hex)))
  return Buffer.from(writer.view()).toString()
}

describe("unsigned integers", () => {
  it.each([
    ["", 0, "0"],
    ["ff", 255, "255"],
    ["01 00", 256, "256"],
    ["ff ff ff ff", 4_294_967_295, "4294967295"],
    ["00 1f ff ff ff ff ff ff", 9_007_199_254_740_991, "9007199254740991"],
    ["00 20 00 00 00 00 00 01", 9_007_199_254_740_992, "9007199254740993"],
    ["ff ff ff ff ff ff ff ff", 18_446_744_073_709_552_000, "18446744073709551615"],
  ])("reads %s", (hex, value, text) => {
    expect(unsignedOf(slotOf(octets(hex)))).toBe(value)
    expect(written(putUnsignedText, hex)).toBe(text)
  })
})

describe("signed integers", () => {
  it.each([
    ["00", "0"],
    ["7f", "127"],
    ["80", "-128"],
    ["ff", "-1"],
    ["80 00", "-32768"],
    ["80 00 00 00", "-2147483648"],
    ["ff ff ff ff ff ff ff ff", "-1"],
    ["80 00 00 00 00 00 00 00", "-9223372036854775808"],
    ["7f ff ff ff ff ff ff ff", "9223372036854775807"],
    ["ff df ff ff ff ff ff ff", "-9007199254740993"],
  ])("reads %s", (hex, text) => {
    expect(written(putSignedText, hex)).toBe(text)
  })
})
