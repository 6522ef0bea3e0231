import { describe, expect, it } from "vitest"
import type { Argument } from "./api/arguments.ts"
import { areEqualArguments } from "./argument-identity.ts"

describe("arguments", () => {
  it.each<[Argument, Argument, boolean]>([
    [1, 1n, true],
    [1, 1.5, false],
    [1, "1", false],
    [1, true, false],
    ["true", true, false],
    [null, "null", false],
    [null, null, true],
    [new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
    [new Uint8Array([0x61]), "a", false],
    [[1, [2]], [1n, [2]], true],
    [["a,b"], ["a", "b"], false],
    [[], new Map(), false],
    [
      new Map<string, Argument>([
        ["a", 1],
        ["b", 2],
      ]),
      new Map<string, Argument>([
        ["b", 2],
        ["a", 1n],
      ]),
      true,
    ],
    [new Map<string, Argument>([["a", 1]]), new Map<string, Argument>([["a", 2]]), false],
  ])("are compared by value and kind, case %#", (left, right, expected) => {
    expect(areEqualArguments(left, right)).toBe(expected)
    expect(areEqualArguments(right, left)).toBe(expected)
  })
})
