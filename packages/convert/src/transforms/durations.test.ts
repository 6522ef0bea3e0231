import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { octets, transformed } from "../testing/slot.ts"
import {
  millisecondsTextToMilliseconds,
  millisecondsTextToPlainText,
  millisecondsTextToSeconds,
  millisecondsTextToWrappedMilliseconds,
  secondsToMilliseconds,
  secondsToMillisecondsText,
} from "./durations.ts"

/** Hexadecimal of ASCII text. */
function hex(text: string): string {
  return Buffer.from(text).toString("hex")
}

describe("secondsToMillisecondsText", () => {
  it.each([
    ["", "0"],
    ["00", "0"],
    ["00 00 00 00", "0"],
    ["00 00 00 01", "1000"],
    ["00 00 00 3c", "60000"],
    ["ff ff ff ff", "4294967295000"],
  ])("writes %s as %s", (seconds, text) => {
    expect(transformed(secondsToMillisecondsText, octets(seconds))).toEqual(["converted", hex(text)])
  })
})

describe("millisecondsTextToSeconds", () => {
  it.each([
    ["0", ["converted", "00000000"]],
    ["1", ["narrowed", "rounded", "00000001"]],
    ["999", ["narrowed", "rounded", "00000001"]],
    ["1000", ["converted", "00000001"]],
    ["1001", ["narrowed", "rounded", "00000002"]],
    ["+60000", ["converted", "0000003c"]],
    ["0060000", ["converted", "0000003c"]],
    ["4294967294001", ["narrowed", "rounded", "ffffffff"]],
    ["4294967295000", ["converted", "ffffffff"]],
    ["4294967295001", ["narrowed", "clamped", "ffffffff"]],
    ["9".repeat(255), ["narrowed", "clamped", "ffffffff"]],
    ["", ["lost", "not-a-number"]],
    ["+", ["lost", "not-a-number"]],
    ["-1", ["lost", "not-a-number"]],
    ["1.5", ["lost", "not-a-number"]],
    ["1e3", ["lost", "not-a-number"]],
    [" 1", ["lost", "not-a-number"]],
    ["١", ["lost", "not-a-number"]],
  ])("judges '%s'", (text, expected) => {
    expect(transformed(millisecondsTextToSeconds, encodeUtf8(text))).toEqual(expected)
  })
})

describe("secondsToMilliseconds", () => {
  it.each([
    ["00 00 00 00", ["converted", "00000000"]],
    ["00 00 00 3c", ["converted", "0000ea60"]],
    ["00 41 89 37", ["converted", "fffffed8"]],
    ["00 41 89 38", ["narrowed", "clamped", "ffffffff"]],
    ["ff ff ff ff", ["narrowed", "clamped", "ffffffff"]],
  ])("judges %s", (seconds, expected) => {
    expect(transformed(secondsToMilliseconds, octets(seconds))).toEqual(expected)
  })
})

describe("millisecondsTextToMilliseconds", () => {
  it.each([
    ["0", ["converted", "00000000"]],
    ["+0060000", ["converted", "0000ea60"]],
    ["4294967295", ["converted", "ffffffff"]],
    ["4294967296", ["narrowed", "clamped", "ffffffff"]],
    ["9".repeat(255), ["narrowed", "clamped", "ffffffff"]],
    ["", ["lost", "not-a-number"]],
    ["-1", ["lost", "not-a-number"]],
    ["1.5", ["lost", "not-a-number"]],
  ])("judges '%s'", (text, expected) => {
    expect(transformed(millisecondsTextToMilliseconds, encodeUtf8(text))).toEqual(expected)
  })
})

describe("millisecondsTextToWrappedMilliseconds", () => {
  it.each([
    ["4294967295", ["converted", "ffffffff"]],
    ["4294967296", ["narrowed", "wrapped", "00000000"]],
    ["+4294967301", ["narrowed", "wrapped", "00000005"]],
    ["-1", ["lost", "not-a-number"]],
  ])("judges '%s'", (text, expected) => {
    expect(transformed(millisecondsTextToWrappedMilliseconds, encodeUtf8(text))).toEqual(expected)
  })
})

describe("millisecondsTextToPlainText", () => {
  it.each([
    ["0", "0"],
    ["+0060000", "60000"],
    ["9".repeat(40), "9007199254740991"],
  ])("writes '%s' as %s", (text, plain) => {
    const expected = ["converted", Buffer.from(plain).toString("hex")]
    expect(transformed(millisecondsTextToPlainText, encodeUtf8(text))).toEqual(expected)
  })

  it("loses what is no number", () => {
    expect(transformed(millisecondsTextToPlainText, encodeUtf8("1.5"))).toEqual(["lost", "not-a-number"])
  })
})
