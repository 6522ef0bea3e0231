import { Described, type Value, ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { jsonOf } from "./value-json.ts"
import { shortened, valueText } from "./value-text.ts"

const of = (value: Value["value"], type = "t"): Value => ({ type, value })
const octets = (...bytes: number[]) => new Uint8Array(bytes)

describe("a value on one line", () => {
  it.each([
    [of("plain"), '"plain"'],
    [of('{"a":1}'), `'{"a":1}'`],
    [of(`both ' and "`), `"both ' and \\""`],
    [of("two\nlines"), '"two\\nlines"'],
    [of(null), "null"],
    [of(true), "true"],
    [of(-1.5), "-1.5"],
    [of(2n ** 64n - 1n), "18446744073709551615"],
    [of(octets(0x68, 0x69)), '"hi"'],
    [of(octets(0x00, 0xff)), "0x00ff"],
    [of(octets(0x07)), "0x07"],
    [of(octets()), '""'],
    [of([of(1), of("x")]), '[1, "x"]'],
    [of(new ValueMap([[of("k"), of(1)]])), '{"k": 1}'],
    [of(new Described(of(5n), of("x"))), '5 "x"'],
  ])("%# is %s", (value, text) => {
    expect(valueText(value)).toBe(text)
  })

  it("says how long it is where it is cut", () => {
    expect(shortened("x".repeat(20), 20)).toBe("x".repeat(20))
    expect(shortened("x".repeat(300), 20)).toBe("xxxxxxxx… (300 long)")
    expect(shortened("x".repeat(300), 5)).toHaveLength(12)
  })
})

describe("a value in JSON", () => {
  it.each([
    [of("x", "utf8"), { type: "utf8", value: "x" }],
    [of(2n ** 53n - 1n, "long"), { type: "long", value: 9_007_199_254_740_991 }],
    [of(2n ** 53n, "long"), { type: "long", value: "9007199254740992" }],
    [of(Number.NaN, "double"), { type: "double", value: "NaN" }],
    [of(octets(0x00, 0xff), "binary"), { type: "binary", value: { hex: "00ff" } }],
    [of([of(1, "byte")], "array"), { type: "array", value: [{ type: "byte", value: 1 }] }],
    [
      of(new ValueMap([[of("k", "shortstr"), of(null, "void")]]), "table"),
      {
        type: "table",
        value: [
          [
            { type: "shortstr", value: "k" },
            { type: "void", value: null },
          ],
        ],
      },
    ],
  ])("%# keeps its type", (value, json) => {
    expect(jsonOf(value)).toEqual(json)
  })
})
