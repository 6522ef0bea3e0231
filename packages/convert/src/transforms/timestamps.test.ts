import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Transform } from "../table.ts"
import { octets, transformed } from "../testing/slot.ts"
import { millisecondsToSeconds, secondsToTimestamp } from "./timestamps.ts"

function result(transform: Transform, value: bigint): readonly unknown[] {
  const hex = BigInt.asUintN(64, value).toString(16).padStart(16, "0")
  return transformed(transform, octets(hex)).map((part) => (/^[0-9a-f]{16}$/.test(part) ? BigInt(`0x${part}`) : part))
}

const MAX = 2n ** 63n - 1n

describe("millisecondsToSeconds", () => {
  it.each([
    [0n, ["converted", 0n]],
    [999n, ["narrowed", "rounded-down", 0n]],
    [1000n, ["converted", 1n]],
    [4_294_967_296_000n, ["converted", 4_294_967_296n]],
    [MAX, ["narrowed", "rounded-down", 9_223_372_036_854_775n]],
    [-1n, ["lost", "range"]],
    [-(2n ** 63n), ["lost", "range"]],
  ])("makes %s %s", (milliseconds, expected) => {
    expect(result(millisecondsToSeconds, milliseconds)).toEqual(expected)
  })

  it("is exact for every time since 1970", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX }), (milliseconds) => {
        expect(result(millisecondsToSeconds, milliseconds).at(-1)).toBe(milliseconds / 1000n)
      }),
    )
  })
})

describe("secondsToTimestamp", () => {
  it.each([
    [0n, ["converted", 0n]],
    [4_294_967_296n, ["converted", 4_294_967_296_000n]],
    [9_223_372_036_854_775n, ["converted", 9_223_372_036_854_775_000n]],
    [9_223_372_036_854_776n, ["lost", "range"]],
    [2n ** 64n - 1n, ["lost", "range"]],
  ])("makes %s %s", (seconds, expected) => {
    expect(result(secondsToTimestamp, seconds)).toEqual(expected)
  })

  it("is undone by millisecondsToSeconds", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX / 1000n }), (seconds) => {
        const milliseconds = result(secondsToTimestamp, seconds).at(-1) as bigint
        expect(result(millisecondsToSeconds, milliseconds)).toEqual(["converted", seconds])
      }),
    )
  })
})
