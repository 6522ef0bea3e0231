import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import {
  hasShortstrLength,
  isAsciiShortstr,
  isPlainText,
  isTrue,
  keyHasShortstrLength,
  keyIsOrigin,
} from "./rabbitmq-conditions.ts"
import { holds, octets } from "./testing/slot.ts"

const NO_VALUE = new Uint8Array(0)

describe("conditions of the profile rabbitmq-4.3", () => {
  it("count octets, whatever they are", () => {
    expect(holds(hasShortstrLength, new Uint8Array(255).fill(0xff))).toBe(true)
    expect(holds(hasShortstrLength, new Uint8Array(256))).toBe(false)
    expect(holds(keyHasShortstrLength, NO_VALUE, new Uint8Array(255).fill(0xff))).toBe(true)
    expect(holds(keyHasShortstrLength, NO_VALUE, new Uint8Array(256))).toBe(false)
  })

  it.each([
    ["ASCII", encodeUtf8("t".repeat(255)), true],
    ["256 octets", encodeUtf8("t".repeat(256)), false],
    ["text beyond ASCII", encodeUtf8("ë"), false],
    ["NUL", octets("61 00"), false],
  ])("judge whether %s is a shortstr of ASCII", (_does, bytes, expected) => {
    expect(holds(isAsciiShortstr, bytes)).toBe(expected)
  })

  it.each([
    ["long UTF-8", encodeUtf8("ë".repeat(3000)), true],
    ["NUL at the end", Uint8Array.of(...encodeUtf8("a".repeat(1000)), 0), false],
    ["half a character at the end", encodeUtf8("é".repeat(300)).subarray(0, 599), false],
  ])("judge whether %s is plain text", (_does, bytes, expected) => {
    expect(holds(isPlainText, bytes)).toBe(expected)
  })

  it("tell true from false", () => {
    expect([octets("01"), octets("00")].map((bytes) => holds(isTrue, bytes))).toEqual([true, false])
  })

  it.each([
    ["x-exchange", true],
    ["x-routing-key", true],
    ["x-exchang", false],
    ["x-exchanges", false],
    ["x-death", false],
  ])("judge whether %s says where a message was published to", (key, expected) => {
    expect(holds(keyIsOrigin, NO_VALUE, encodeUtf8(key))).toBe(expected)
  })
})
