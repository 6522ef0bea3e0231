import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import {
  isAboveMqttLength,
  isAboveShortstrLength,
  isAsciiText,
  isFiniteFloat,
  isMqttText,
  isShortstr,
  isTwo,
  isUtf8Text,
  keyBeginsWithX,
  keyIs,
  keyIsAsciiWithX,
  keyIsBrokers,
  keyIsMqttText,
  keyIsShortstr,
  keyIsUtf8,
} from "./conditions.ts"
import { holds, octets } from "./testing/slot.ts"

const EMPTY = new Uint8Array(0)

/** Octets that are text whatever their number, up to a limit. */
const TEXTS: readonly (readonly [does: string, bytes: Uint8Array, isText: boolean])[] = [
  ["no octets", EMPTY, true],
  ["ASCII", octets("61 7a 7f 01"), true],
  ["two, three and four octets a character", encodeUtf8("é€😀"), true],
  ["NUL alone", octets("00"), false],
  ["NUL behind ASCII", octets("61 00"), false],
  ["NUL behind a character of two octets", octets("c3 a9 00"), false],
  ["a lone continuation", octets("61 80"), false],
  ["a truncated character", octets("e2 82"), false],
  ["an overlong form of /", octets("c0 af"), false],
  ["a surrogate", octets("ed a0 80"), false],
  ["a character above U+10FFFF", octets("f4 90 80 80"), false],
]

describe.each([
  ["isShortstr", isShortstr, 255],
  ["isMqttText", isMqttText, 65_535],
] as const)("%s", (_name, condition, longest) => {
  it.each(TEXTS)("judges %s", (_does, bytes, isText) => {
    expect(holds(condition, bytes)).toBe(isText)
  })

  it("counts octets, not characters", () => {
    expect(holds(condition, new Uint8Array(longest).fill(0x61))).toBe(true)
    expect(holds(condition, new Uint8Array(longest + 1).fill(0x61))).toBe(false)
    expect(holds(condition, encodeUtf8("é".repeat((longest + 1) / 2)))).toBe(false)
  })
})

describe.each([
  ["keyIsShortstr", keyIsShortstr, 255],
  ["keyIsMqttText", keyIsMqttText, 65_535],
] as const)("%s", (_name, condition, longest) => {
  it.each(TEXTS)("judges %s", (_does, key, isText) => {
    expect(holds(condition, octets("00 ff"), key)).toBe(isText)
  })

  it("counts the octets of the key", () => {
    expect(holds(condition, EMPTY, new Uint8Array(longest).fill(0x61))).toBe(true)
    expect(holds(condition, EMPTY, new Uint8Array(longest + 1).fill(0x61))).toBe(false)
  })
})

describe("isAboveMqttLength", () => {
  it("begins at 65 536 octets", () => {
    expect(holds(isAboveMqttLength, new Uint8Array(65_535))).toBe(false)
    expect(holds(isAboveMqttLength, new Uint8Array(65_536))).toBe(true)
  })
})

describe("isTwo", () => {
  it.each([
    ["02", true],
    ["00 00 00 02", true],
    ["", false],
    ["01", false],
    ["12", false],
    ["01 02", false],
    ["02 00", false],
  ])("judges %s", (hex, expected) => {
    expect(holds(isTwo, octets(hex))).toBe(expected)
  })
})

describe("keyIs", () => {
  it.each([
    ["x-a", true],
    ["x-", false],
    ["x-aa", false],
    ["X-a", false],
    ["", false],
  ])("compares %s with x-a", (key, expected) => {
    expect(holds(keyIs("x-a"), EMPTY, encodeUtf8(key))).toBe(expected)
  })

  it("prints the key", () => {
    expect(keyIs("x-a").text).toBe("Key=x-a")
  })
})

describe("isAboveShortstrLength", () => {
  it("begins at 256 octets", () => {
    expect(holds(isAboveShortstrLength, new Uint8Array(255))).toBe(false)
    expect(holds(isAboveShortstrLength, new Uint8Array(256))).toBe(true)
  })
})

describe("isUtf8Text and isAsciiText", () => {
  it.each([
    ["", true, true],
    ["00", true, true],
    ["61 7f", true, true],
    ["c3 a9", true, false],
    ["61 61 61 61 61 61 61 61 c3 a9", true, false],
    ["c3", false, false],
    ["ed a0 80", false, false],
  ])("judge %s", (hex, isUtf8, isAscii) => {
    expect([holds(isUtf8Text, octets(hex)), holds(isAsciiText, octets(hex))]).toEqual([isUtf8, isAscii])
    expect(holds(keyIsUtf8, EMPTY, octets(hex))).toBe(isUtf8)
  })
})

describe("isFiniteFloat", () => {
  it.each([
    ["00 00 00 00", true],
    ["7f 7f ff ff", true],
    ["ff 7f ff ff", true],
    ["7f 80 00 00", false],
    ["ff 80 00 00", false],
    ["7f c0 00 00", false],
    ["7f 80 00 01", false],
    ["7f ef ff ff ff ff ff ff", true],
    ["ff ef ff ff ff ff ff ff", true],
    ["7f f0 00 00 00 00 00 00", false],
    ["ff f0 00 00 00 00 00 00", false],
    ["7f f8 00 00 00 00 00 00", false],
  ])("judges %s", (hex, expected) => {
    expect(holds(isFiniteFloat, octets(hex))).toBe(expected)
  })
})

describe("conditions on keys that begin with x-", () => {
  it.each([
    ["x-k", true, true, false],
    ["x-", true, true, false],
    ["x-é", true, false, false],
    ["x", false, false, false],
    ["X-k", false, false, false],
    ["", false, false, false],
    ["x-routing-key", true, true, true],
    ["x-routing-keys", true, true, false],
    ["x-opt-deaths", true, true, true],
  ])("judge %j", (key, hasX, isAscii, isBrokers) => {
    const bytes = encodeUtf8(key)
    expect(holds(keyBeginsWithX, EMPTY, bytes)).toBe(hasX)
    expect(holds(keyIsAsciiWithX, EMPTY, bytes)).toBe(isAscii)
    expect(holds(keyIsBrokers, EMPTY, bytes)).toBe(isBrokers)
  })
})
