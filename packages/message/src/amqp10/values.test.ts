import { Buffer } from "node:buffer"
import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Described, type Value, ValueMap } from "../value.ts"
import { MAX_READ_VALUES, readValue } from "./read.ts"
import { skipValue } from "./values.ts"
import { writeValue } from "./write.ts"

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function read(text: string): Value {
  const bytes = hex(text)
  return readValue(bytes, 0, bytes.length)
}

function written(value: Value): string {
  const writer = new ByteWriter(8)
  writeValue(writer, value)
  return Buffer.from(writer.take()).toString("hex")
}

function codeOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (error instanceof DecodeError) return error.code
    throw error
  }
  return "none"
}

function skipCode(bytes: Uint8Array): string {
  return codeOf(() => skipValue(bytes, 0, bytes.length))
}

const UUID = "550e8400e29b41d4a716446655440000"
const one: Value = { type: "ubyte", value: 1 }

/** Encoding, value, and the smallest encoding where that is another one. */
type Vector = [encoding: string, value: Value, smallest?: string]

const VECTORS: readonly Vector[] = [
  ["40", { type: "null", value: null }],
  ["5601", { type: "boolean", value: true }, "41"],
  ["5600", { type: "boolean", value: false }, "42"],
  ["41", { type: "boolean", value: true }],
  ["42", { type: "boolean", value: false }],
  ["50ff", { type: "ubyte", value: 255 }],
  ["600102", { type: "ushort", value: 258 }],
  ["70ffffffff", { type: "uint", value: 4_294_967_295 }],
  ["7000000000", { type: "uint", value: 0 }, "43"],
  ["52c8", { type: "uint", value: 200 }],
  ["43", { type: "uint", value: 0 }],
  ["80ffffffffffffffff", { type: "ulong", value: 18_446_744_073_709_551_615n }],
  ["800000000000000007", { type: "ulong", value: 7n }, "5307"],
  ["5370", { type: "ulong", value: 112n }],
  ["44", { type: "ulong", value: 0n }],
  ["5180", { type: "byte", value: -128 }],
  ["618000", { type: "short", value: -32_768 }],
  ["7180000000", { type: "int", value: -2_147_483_648 }],
  ["71ffffff7f", { type: "int", value: -129 }],
  ["71ffffffff", { type: "int", value: -1 }, "54ff"],
  ["547f", { type: "int", value: 127 }],
  ["818000000000000000", { type: "long", value: -9_223_372_036_854_775_808n }],
  ["810020000000000001", { type: "long", value: 9_007_199_254_740_993n }],
  ["55fe", { type: "long", value: -2n }],
  ["723fc00000", { type: "float", value: 1.5 }],
  ["72ff800000", { type: "float", value: Number.NEGATIVE_INFINITY }],
  ["823fb999999999999a", { type: "double", value: 0.1 }],
  ["7422500001", { type: "decimal32", value: hex("22500001") }],
  ["842238000000000001", { type: "decimal64", value: hex("2238000000000001") }],
  ["9422080000000000000000000000000001", { type: "decimal128", value: hex("22080000000000000000000000000001") }],
  ["730001f600", { type: "char", value: 0x1f600 }],
  ["830000011f71fb0837", { type: "timestamp", value: 1_234_567_890_999n }],
  ["83fffffffffffffa24", { type: "timestamp", value: -1500n }],
  [`98${UUID}`, { type: "uuid", value: hex(UUID) }],
  ["a00200ff", { type: "binary", value: hex("00ff") }],
  ["b00000000200ff", { type: "binary", value: hex("00ff") }, "a00200ff"],
  ["a1046772c3bc", { type: "string", value: "grü" }],
  ["a102ff41", { type: "string", value: hex("ff41") }],
  ["b10000000161", { type: "string", value: "a" }, "a10161"],
  ["a303782d61", { type: "symbol", value: "x-a" }],
  ["b30000000161", { type: "symbol", value: "a" }, "a30161"],
  ["45", { type: "list", value: [] }],
  ["c00100", { type: "list", value: [] }, "45"],
  ["c00301 5305", { type: "list", value: [{ type: "ulong", value: 5n }] }],
  ["d0000000050000000140", { type: "list", value: [{ type: "null", value: null }] }, "c0020140"],
  ["c10100", { type: "map", value: new ValueMap([]) }],
  [
    "c10d04 a1026b31 5401 a1026b31 5402",
    {
      type: "map",
      value: new ValueMap([
        [
          { type: "string", value: "k1" },
          { type: "int", value: 1 },
        ],
        [
          { type: "string", value: "k1" },
          { type: "int", value: 2 },
        ],
      ]),
    },
  ],
  [
    "d1000000060000000244 40",
    {
      type: "map",
      value: new ValueMap([
        [
          { type: "ulong", value: 0n },
          { type: "null", value: null },
        ],
      ]),
    },
    "c103024440",
  ],
  [
    "f00000000f00000002b1 0000000161 0000000162",
    {
      type: "array",
      value: [
        { type: "string", value: "a" },
        { type: "string", value: "b" },
      ],
    },
    "e00602a101610162",
  ],
  [
    "f00000000700000002560100",
    {
      type: "array",
      value: [
        { type: "boolean", value: true },
        { type: "boolean", value: false },
      ],
    },
    "e0040256 0100",
  ],
  [
    "e00a0271 00000001 ffffff00",
    {
      type: "array",
      value: [
        { type: "int", value: 1 },
        { type: "int", value: -256 },
      ],
    },
  ],
  ["e0020340", { type: "array", value: Array.from({ length: 3 }, () => ({ type: "null", value: null })) }],
  ["f00000000500000000b1", { type: "array", value: [] }, "e0020040"],
  [
    "e00601 00 5301 5001",
    { type: "array", value: [{ type: "described", value: new Described({ type: "ulong", value: 1n }, one) }] },
  ],
  [
    "00a307783a7468696e67a105696e6e6572",
    {
      type: "described",
      value: new Described({ type: "symbol", value: "x:thing" }, { type: "string", value: "inner" }),
    },
  ],
  [
    "00 00530150015002",
    {
      type: "described",
      value: new Described(
        { type: "described", value: new Described({ type: "ulong", value: 1n }, one) },
        { type: "ubyte", value: 2 },
      ),
    },
  ],
]

describe("values of AMQP 1.0", () => {
  it.each<Vector>(VECTORS)("reads %s", (encoding, value) => {
    expect(skipValue(hex(encoding), 0, hex(encoding).length)).toBe(hex(encoding).length)
    expect(read(encoding)).toEqual(value)
  })

  it.each<Vector>(VECTORS)("writes what it read from %s in its smallest encoding", (encoding, value, smallest) => {
    expect(written(value)).toBe((smallest ?? encoding).replaceAll(" ", ""))
  })

  it("reads back what it has written, whatever it is", () => {
    fc.assert(
      fc.property(arbitraryValue(), (value) => {
        const bytes = hex(written(value))
        expect(skipValue(bytes, 0, bytes.length)).toBe(bytes.length)
        expect(readValue(bytes, 0, bytes.length)).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it("refuses every beginning of a value as truncated or malformed", () => {
    for (const [encoding] of VECTORS) {
      const bytes = hex(encoding)
      for (let length = 0; length < bytes.length; length++) {
        expect(codeOf(() => skipValue(bytes, 0, length))).toBe("TRUNCATED")
      }
    }
  })

  it("uses large headers for text, lists, maps and arrays that need them", () => {
    const text: Value = { type: "string", value: "a".repeat(256) }
    expect(written(text).slice(0, 10)).toBe("b100000100")
    expect(written({ type: "list", value: [text] }).slice(0, 18)).toBe("d00000010900000001")
    expect(written({ type: "map", value: new ValueMap([[one, text]]) }).slice(0, 18)).toBe("d10000010b00000002")
    expect(written({ type: "array", value: [text] }).slice(0, 20)).toBe("f00000010900000001b1")
    const many: Value = { type: "list", value: Array.from({ length: 256 }, () => ({ type: "null", value: null })) }
    expect(written(many).slice(0, 18)).toBe("d00000010400000100")
  })

  it("gives the elements of an array one encoding that fits all of them", () => {
    const list = (...value: readonly Value[]): Value => ({ type: "list", value })
    const long: Value = { type: "string", value: "a".repeat(255) }
    for (const value of [
      [
        { type: "uint", value: 0 },
        { type: "uint", value: 300 },
      ],
      [
        { type: "boolean", value: true },
        { type: "boolean", value: true },
      ],
      [
        { type: "string", value: "" },
        { type: "string", value: "a".repeat(300) },
      ],
      [list(), list(long), list(one)],
      [list(), list()],
    ]) {
      const array: Value = { type: "array", value }
      expect(read(written(array))).toEqual(array)
    }
  })

  it.each([
    ["a format code that means nothing", "ff", "MALFORMED"],
    ["a boolean of 2", "5602", "MALFORMED"],
    ["a boolean of 2 in an array", "e003015602", "MALFORMED"],
    ["a map of an odd count", "c1020140", "MALFORMED"],
    ["a size without room for the count", "c000", "MALFORMED"],
    ["bytes behind the last element of a list", "c003014040", "MALFORMED"],
    ["bytes behind the last element of an array", "e00401500102", "MALFORMED"],
    ["a list that counts more elements than bytes", "c0020240", "TRUNCATED"],
    ["an element that reaches beyond its list", "c0030150", "TRUNCATED"],
    ["an array without constructor", "e00101", "TRUNCATED"],
    ["an array of an unknown constructor", "e00200ff", "MALFORMED"],
    ["a list of thirty million elements in twelve bytes", "d00000000701c9c380404040", "TRUNCATED"],
    ["an array of 2^32-1 nulls", "f000000005ffffffff40", "TRUNCATED"],
    ["an array of 2^32-1 empty lists behind a descriptor", "f000000008ffffffff00530145", "TRUNCATED"],
    ["an array of 2^32-1 ulongs", "f000000005ffffffff80", "TRUNCATED"],
  ])("refuses %s", (_what, encoding, code) => {
    expect(skipCode(hex(encoding))).toBe(code)
  })

  it("refuses 100 000 descriptors nested in each other, in front and behind", () => {
    expect(skipCode(new Uint8Array(100_000))).toBe("TOO_DEEP")
    expect(skipCode(Uint8Array.from({ length: 100_000 }, (_, at) => (at % 2 === 0 ? 0x00 : 0x44)))).toBe("TOO_DEEP")
  })

  it("refuses 100 000 arrays and lists nested in each other", () => {
    const nested = (header: readonly number[], count: number): Uint8Array => {
      const bytes = new Uint8Array(count * header.length + 1).fill(0x45)
      for (let level = 0; level < count; level++) bytes.set(header, level * header.length)
      for (let level = 0; level < count; level++) {
        new DataView(bytes.buffer).setUint32(level * header.length + 1, bytes.length - level * header.length - 5)
      }
      return bytes
    }
    expect(skipCode(nested([0xd0, 0, 0, 0, 0, 0, 0, 0, 1], 64))).toBe("none")
    expect(skipCode(nested([0xd0, 0, 0, 0, 0, 0, 0, 0, 1], 65))).toBe("TOO_DEEP")
    expect(skipCode(nested([0xd0, 0, 0, 0, 0, 0, 0, 0, 1], 100_000))).toBe("TOO_DEEP")
  })

  it("decodes no more values than its limit, however small they are", () => {
    const bytes = new Uint8Array(9 + MAX_READ_VALUES).fill(0x45)
    bytes.set([0xd0, 0, 0, 0, 0, 0, 0, 0, 0])
    const view = new DataView(bytes.buffer)
    view.setUint32(1, MAX_READ_VALUES + 4)
    view.setUint32(5, MAX_READ_VALUES)
    expect(skipCode(bytes)).toBe("none")
    expect(codeOf(() => readValue(bytes, 0, bytes.length))).toBe("TOO_LARGE")
  })

  it.each([
    ["a type of another format", { type: "longstr", value: "a" }],
    ["a ubyte of 256", { type: "ubyte", value: 256 }],
    ["a negative ulong", { type: "ulong", value: -1n }],
    ["a long of 2^63", { type: "long", value: 2n ** 63n }],
    ["a broken number", { type: "int", value: 1.5 }],
    ["a uuid of 15 bytes", { type: "uuid", value: new Uint8Array(15) }],
    ["a number as string", { type: "string", value: 1 }],
    ["an array of several types", { type: "array", value: [one, { type: "byte", value: 1 }] }],
    [
      "an array of several descriptors",
      {
        type: "array",
        value: [1n, 2n].map((code) => ({
          type: "described",
          value: new Described({ type: "ulong", value: code }, one),
        })),
      },
    ],
    ["a list without elements", { type: "list", value: null }],
    ["a map without entries", { type: "map", value: [] }],
  ] satisfies readonly (readonly [string, Value])[])("does not write %s", (_what, value) => {
    expect(() => written(value)).toThrow(RangeError)
  })

  it("does not write values nested more than 64 deep", () => {
    let value: Value = one
    for (let depth = 0; depth < 64; depth++) value = { type: "list", value: [value] }
    expect(read(written(value))).toEqual(value)
    expect(() => written({ type: "list", value: [value] })).toThrow(RangeError)
  })

  it("meets mutated values with a decode error or a value, never with anything else", () => {
    const seeds = VECTORS.map(([encoding]) => hex(encoding))
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (seed, changes) => {
          const bytes = seed.slice()
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          const code = skipCode(bytes)
          if (code === "none") readValue(bytes, 0, skipValue(bytes, 0, bytes.length))
          expect(["none", "TRUNCATED", "MALFORMED", "TOO_DEEP"]).toContain(code)
        },
      ),
      { numRuns: 3000, seed: 10 },
    )
  })
})

/** Values of every type, nested a few levels deep; text that is not UTF-8 among them. */
function arbitraryValue(): fc.Arbitrary<Value> {
  const octets = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
  const typed = (type: string, value: fc.Arbitrary<Value["value"]>): fc.Arbitrary<Value> =>
    value.map((datum) => ({ type, value: datum }))
  const scalar = fc.oneof(
    typed("null", fc.constant(null)),
    typed("boolean", fc.boolean()),
    typed("ubyte", fc.nat(0xff)),
    typed("ushort", fc.nat(0xffff)),
    typed("uint", fc.nat(0xffff_ffff)),
    typed("ulong", fc.bigInt(0n, 2n ** 64n - 1n)),
    typed("byte", fc.integer({ min: -0x80, max: 0x7f })),
    typed("short", fc.integer({ min: -0x8000, max: 0x7fff })),
    typed("int", fc.integer()),
    typed("long", fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
    typed("float", fc.float()),
    typed("double", fc.double()),
    typed("decimal32", octets(4)),
    typed("decimal64", octets(8)),
    typed("decimal128", octets(16)),
    typed("char", fc.nat(0x10ffff)),
    typed("timestamp", fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
    typed("uuid", octets(16)),
    typed("binary", fc.uint8Array({ maxLength: 300 })),
    typed("string", fc.string({ unit: "binary", maxLength: 300 })),
    typed("string", fc.constant(Uint8Array.of(0xff, 0x41))),
    typed("symbol", fc.string({ maxLength: 300 })),
  )
  return fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      scalar,
      typed("list", fc.array(tie("value"), { maxLength: 5 })),
      typed(
        "map",
        fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 4 }).map((all) => new ValueMap(all)),
      ),
      typed(
        "array",
        tie("value").chain((element) => fc.constant([element, element])),
      ),
      typed(
        "described",
        fc.tuple(tie("value"), tie("value")).map(([first, second]) => new Described(first, second)),
      ),
    ),
  })).value
}
