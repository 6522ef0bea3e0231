import type { Argument } from "@polymq/broker"
import { Described, type Value, ValueMap } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { argumentsOf, mapOfArguments } from "./arguments.ts"

function mapWith(value: Value, key: Value = { type: "string", value: "key" }): Value {
  return { type: "map", value: new ValueMap([[key, value]]) }
}

describe("arguments of a request", () => {
  it.each<readonly [Value, Argument]>([
    [{ type: "ubyte", value: 5 }, 5],
    [{ type: "long", value: -5n }, -5],
    [{ type: "ulong", value: 2n ** 64n - 1n }, 2n ** 64n - 1n],
    [{ type: "double", value: 1.5 }, 1.5],
    [{ type: "timestamp", value: 5000n }, 5000],
    [{ type: "symbol", value: "s" }, "s"],
    [{ type: "boolean", value: false }, false],
    [{ type: "null", value: null }, null],
    [{ type: "binary", value: Uint8Array.of(1) }, Uint8Array.of(1)],
    [{ type: "array", value: [{ type: "int", value: 1 }] }, [1]],
    [mapWith({ type: "uint", value: 2 }), new Map([["key", 2]])],
  ])("are values without their wire types: %o", (value, argument) => {
    expect(argumentsOf(mapWith(value))).toEqual(new Map([["key", argument]]))
  })

  it("may have symbols as keys, and the last of equal keys counts", () => {
    const one: readonly [Value, Value] = [
      { type: "symbol", value: "k" },
      { type: "uint", value: 1 },
    ]
    const two: readonly [Value, Value] = [
      { type: "string", value: "k" },
      { type: "uint", value: 2 },
    ]
    expect(argumentsOf({ type: "map", value: new ValueMap([one, two]) })).toEqual(new Map([["k", 2]]))
  })

  const one: Value = { type: "uint", value: 1 }
  it.each<readonly [string, Value, string]>([
    ["a string", { type: "string", value: "text" }, "arguments are a map, not a string"],
    ["a key that is a number", mapWith(one, one), "unsupported argument: a key that is no string"],
    ["a uuid", mapWith({ type: "uuid", value: new Uint8Array(16) }), "unsupported argument 'key' of type uuid"],
    ["a char", mapWith({ type: "char", value: 65 }), "unsupported argument 'key' of type char"],
    [
      "a described value in a list",
      mapWith({ type: "list", value: [{ type: "described", value: new Described(one, one) }] }),
      "unsupported argument 'key' of type described",
    ],
    [
      "text that is not UTF-8",
      mapWith({ type: "string", value: Uint8Array.of(0xff) }),
      "unsupported argument 'key' of type malformed string",
    ],
  ])("are refused as %s", (_what, value, text) => {
    expect(() => argumentsOf(value)).toThrow(expect.objectContaining({ status: 400, message: text }))
  })

  it("are the same when they are given back", () => {
    const { argument } = fc.letrec<{ argument: Argument }>((tie) => ({
      argument: fc.oneof(
        { depthSize: "small" },
        fc.constant(null),
        fc.boolean(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).filter((value) => !Number.isSafeInteger(value)),
        fc.bigInt({ min: 2n ** 60n, max: 2n ** 64n - 1n }),
        fc.string({ unit: "grapheme" }),
        fc.uint8Array({ maxLength: 5 }),
        fc.array(tie("argument"), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie("argument"), { maxKeys: 3 }).map((fields) => new Map(Object.entries(fields))),
      ),
    }))
    fc.assert(
      fc.property(fc.dictionary(fc.string(), argument), (fields) => {
        const given = new Map(Object.entries(fields))
        expect(argumentsOf(mapOfArguments(given))).toEqual(given)
      }),
      { numRuns: 200, seed: 20 },
    )
  })
})
