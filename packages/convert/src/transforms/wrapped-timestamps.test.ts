import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Transform } from "../table.ts"
import { octets, transformed } from "../testing/slot.ts"
import {
  millisecondsToSecondsText,
  millisecondsToWrappedSeconds,
  secondsToWrappedTimestamp,
} from "./wrapped-timestamps.ts"

const MAX = 2n ** 63n - 1n

function hexOf(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16).padStart(16, "0")
}

function result(transform: Transform, value: bigint): readonly unknown[] {
  return transformed(transform, octets(hexOf(value)))
}

describe("millisecondsToWrappedSeconds", () => {
  it.each([
    [0n, ["converted", hexOf(0n)]],
    [1999n, ["narrowed", "rounded-down", hexOf(1n)]],
    [MAX, ["narrowed", "rounded-down", hexOf(9_223_372_036_854_775n)]],
    [-999n, ["narrowed", "wrapped", hexOf(0n)]],
    [-1500n, ["narrowed", "wrapped", hexOf(-1n)]],
  ])("makes %s %s", (milliseconds, expected) => {
    expect(result(millisecondsToWrappedSeconds, milliseconds)).toEqual(expected)
  })
})

describe("secondsToWrappedTimestamp", () => {
  it.each([
    [0n, ["converted", hexOf(0n)]],
    [9_223_372_036_854_775n, ["converted", hexOf(9_223_372_036_854_775_000n)]],
    [9_223_372_036_854_776n, ["narrowed", "wrapped", hexOf(9_223_372_036_854_776_000n)]],
    [2n ** 64n - 1n, ["narrowed", "wrapped", hexOf(-1000n)]],
  ])("makes %s %s", (seconds, expected) => {
    expect(result(secondsToWrappedTimestamp, seconds)).toEqual(expected)
  })

  it("is the lower 64 bits of the product", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (seconds) => {
        expect(result(secondsToWrappedTimestamp, seconds).at(-1)).toBe(hexOf(seconds * 1000n))
      }),
    )
  })
})

describe("millisecondsToSecondsText", () => {
  it("rounds towards 1970", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: MAX }), (milliseconds) => {
        const text = Buffer.from(String(milliseconds / 1000n)).toString("hex")
        expect(result(millisecondsToSecondsText, milliseconds).at(-1)).toBe(text)
      }),
    )
  })

  it("says whether it has rounded", () => {
    expect(result(millisecondsToSecondsText, 2000n)[0]).toBe("converted")
    expect(result(millisecondsToSecondsText, 2001n).slice(0, 2)).toEqual(["narrowed", "rounded"])
  })
})
