import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { isAboveMqttLength, isMqttText, isShortstr, isTwo, keyIs, keyIsMqttText, keyIsShortstr } from "./conditions.ts"
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
