import { ByteWriter, DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { expect, test } from "vitest"
import { type Value, ValueMap } from "../value.ts"
import { type Argument, readArguments, writeArguments } from "./arguments.ts"
import { readEntries, readTagged } from "./read.ts"
import { MAX_DEPTH, skipEntries, skipValue, valueEnd } from "./values.ts"
import { writeTable, writeTagged } from "./write.ts"

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function tagged(value: Value): Uint8Array {
  const writer = new ByteWriter()
  writeTagged(writer, value)
  return writer.take()
}

const key = (value: string): Value => ({ type: "shortstr", value })

test.each<[string, Value]>([
  ["53 00000003 616263", { type: "longstr", value: "abc" }],
  ["53 00000002 c328", { type: "longstr", value: Uint8Array.of(0xc3, 0x28) }],
  ["74 01", { type: "bool", value: true }],
  ["74 00", { type: "bool", value: false }],
  ["62 80", { type: "byte", value: -128 }],
  ["42 ff", { type: "unsignedbyte", value: 255 }],
  ["73 8000", { type: "short", value: -32_768 }],
  ["75 ffff", { type: "unsignedshort", value: 65_535 }],
  ["49 80000000", { type: "signedint", value: -2_147_483_648 }],
  ["69 ffffffff", { type: "unsignedint", value: 4_294_967_295 }],
  ["6c 8000000000000000", { type: "long", value: -9_223_372_036_854_775_808n }],
  ["66 3fc00000", { type: "float", value: 1.5 }],
  ["64 3ff8000000000000", { type: "double", value: 1.5 }],
  ["64 7ff0000000000000", { type: "double", value: Number.POSITIVE_INFINITY }],
  ["44 02 00003039", { type: "decimal", value: "123.45" }],
  ["44 03 ffffffff", { type: "decimal", value: "-0.001" }],
  ["44 00 00000007", { type: "decimal", value: "7" }],
  ["54 ffffffffffffffff", { type: "timestamp", value: 18_446_744_073_709_551_615n }],
  ["56", { type: "void", value: null }],
  ["78 00000001 00", { type: "binary", value: Uint8Array.of(0) }],
  [
    "41 0000000d 53 00000001 61 49 00000001 74 01",
    {
      type: "array",
      value: [
        { type: "longstr", value: "a" },
        { type: "signedint", value: 1 },
        { type: "bool", value: true },
      ],
    },
  ],
  [
    "46 0000000f 01 61 53 00000001 31 01 62 49 00000002",
    {
      type: "table",
      value: new ValueMap([
        [key("a"), { type: "longstr", value: "1" }],
        [key("b"), { type: "signedint", value: 2 }],
      ]),
    },
  ],
])("reads and writes %s", (text, value) => {
  const bytes = hex(text)
  expect(skipValue(bytes, 0, bytes.length, 1)).toBe(bytes.length)
  expect(readTagged(bytes, 0)).toEqual(value)
  expect(tagged(value)).toEqual(bytes)
})

test("reads the letter L as a signed integer of 64 bits, like RabbitMQ", () => {
  expect(readTagged(hex("4c 0000000000000005"), 0)).toEqual({ type: "long", value: 5n })
})

test("reads every octet but 0 as true", () => {
  expect(readTagged(hex("74 02"), 0)).toEqual({ type: "bool", value: true })
})

test("keeps order and duplicates of a table", () => {
  const bytes = hex("01 62 56 01 61 56 01 62 74 01")
  skipEntries(bytes, 0, bytes.length, 1)
  expect(readEntries(bytes, 0, bytes.length).entries).toEqual([
    [key("b"), { type: "void", value: null }],
    [key("a"), { type: "void", value: null }],
    [key("b"), { type: "bool", value: true }],
  ])
})

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.uint8Array({ maxLength: 20 }).filter((bytes) => !isText(bytes)),
)

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}

function integer(type: string, min: number, max: number): fc.Arbitrary<Value> {
  return fc.integer({ min, max }).map((value) => ({ type, value }))
}

const { value: anyValue, entries: anyEntries } = fc.letrec<{ value: Value; entries: (readonly [Value, Value])[] }>(
  (tie) => ({
    entries: fc.array(
      fc.tuple(
        fc.string({ maxLength: 60 }).map((value) => key(value)),
        tie("value"),
      ),
      { maxLength: 5 },
    ),
    value: fc.oneof(
      { maxDepth: 4 },
      text.map((value) => ({ type: "longstr", value })),
      fc.boolean().map((value) => ({ type: "bool", value })),
      integer("byte", -128, 127),
      integer("unsignedbyte", 0, 255),
      integer("short", -32_768, 32_767),
      integer("unsignedshort", 0, 65_535),
      integer("signedint", -(2 ** 31), 2 ** 31 - 1),
      integer("unsignedint", 0, 2 ** 32 - 1),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ type: "long", value })),
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => ({ type: "timestamp", value })),
      fc.float().map((value) => ({ type: "float", value })),
      fc.double().map((value) => ({ type: "double", value })),
      fc
        .tuple(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: 0, max: 255 }))
        .map(([unscaled, places]) => ({ type: "decimal", value: decimalText(unscaled, places) })),
      fc.constant({ type: "void", value: null }),
      fc.uint8Array({ maxLength: 40 }).map((value) => ({ type: "binary", value })),
      fc.array(tie("value"), { maxLength: 5 }).map((value) => ({ type: "array", value })),
      tie("entries").map((entries) => ({ type: "table", value: new ValueMap(entries) })),
    ),
  }),
)

function decimalText(unscaled: number, places: number): string {
  const sign = unscaled < 0 ? "-" : ""
  const digits = String(Math.abs(unscaled)).padStart(places + 1, "0")
  const whole = digits.slice(0, digits.length - places)
  return places === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - places)}`
}

test("reads back every table it writes", () => {
  fc.assert(
    fc.property(anyEntries, (entries) => {
      const writer = new ByteWriter()
      writeTable(writer, new ValueMap(entries))
      const bytes = writer.take()
      skipEntries(bytes, 4, bytes.length, 1)
      expect(readEntries(bytes, 4, bytes.length).entries).toEqual(entries)
    }),
    { seed: 1, numRuns: 300 },
  )
})

test("refuses every value that ends early", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = tagged(value)
      expect(valueEnd(bytes, 0)).toBe(bytes.length)
      for (let end = 0; end < bytes.length; end++) expect(() => skipValue(bytes, 0, end, 1)).toThrow(DecodeError)
    }),
    { seed: 1, numRuns: 50 },
  )
})

test("answers any bytes with a value or a DecodeError, and reads what it has accepted", () => {
  fc.assert(
    fc.property(
      anyEntries,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { maxLength: 4 }),
      (entries, changes) => {
        const writer = new ByteWriter()
        writeTable(writer, new ValueMap(entries))
        const bytes = writer.take().subarray(4)
        for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
        if (isRefused(() => skipEntries(bytes, 0, bytes.length, 1))) return
        readEntries(bytes, 0, bytes.length)
      },
    ),
    { seed: 1, numRuns: 500 },
  )
})

function isRefused(decode: () => void): boolean {
  try {
    decode()
    return false
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
    return true
  }
}

function nested(depth: number): Uint8Array {
  let bytes = new Uint8Array(0)
  for (let level = 0; level < depth; level++) {
    const outer = new ByteWriter()
    outer.uint8(0x41)
    outer.uint32(bytes.length)
    outer.copy(bytes)
    bytes = Uint8Array.from(outer.view())
  }
  return Uint8Array.of(0, ...bytes)
}

test("accepts nesting up to the limit and not beyond", () => {
  const allowed = nested(MAX_DEPTH - 1)
  skipEntries(allowed, 0, allowed.length, 1)
  const tooDeep = nested(MAX_DEPTH)
  expect(() => skipEntries(tooDeep, 0, tooDeep.length, 1)).toThrow(
    new DecodeError("TOO_DEEP", "tables nested more than 64 deep"),
  )
  const hostile = nested(2000)
  expect(() => skipEntries(hostile, 0, hostile.length, 1)).toThrow(DecodeError)
})

test.each([
  ["an unknown letter", "01 61 5a", "MALFORMED"],
  ["a length beyond the table", "01 61 53 ffffffff 61", "TRUNCATED"],
  ["a key beyond the table", "05 61", "TRUNCATED"],
  ["a key without a value", "01 61", "TRUNCATED"],
  ["an inner table with a broken entry", "01 61 46 00000003 01 61 5a", "MALFORMED"],
  ["an inner array longer than its table", "01 61 46 00000007 01 61 41 00000001 56", "TRUNCATED"],
] as const)("refuses %s", (_, text, code) => {
  const bytes = hex(text)
  expect(() => skipEntries(bytes, 0, bytes.length, 1)).toThrow(expect.objectContaining({ code }))
})

test.each<[string, Value]>([
  ["a byte above 127", { type: "byte", value: 128 }],
  ["a fraction as an integer", { type: "signedint", value: 0.5 }],
  ["a long above 63 bits", { type: "long", value: 2n ** 63n }],
  ["a negative timestamp", { type: "timestamp", value: -1n }],
  ["a decimal of 33 bits", { type: "decimal", value: "4294967296.0" }],
  ["a decimal that is no number", { type: "decimal", value: "1.2.3" }],
  ["text as a bool", { type: "bool", value: "true" }],
  ["a number as text", { type: "longstr", value: 1 }],
  ["something as void", { type: "void", value: 0 }],
  ["a type that tables do not have", { type: "shortstr", value: "a" }],
  ["a type of another protocol", { type: "ulong", value: 1n }],
  ["a list as a table", { type: "table", value: [] }],
  ["a table as an array", { type: "array", value: new ValueMap([]) }],
  [
    "a key above 255 bytes",
    { type: "table", value: new ValueMap([[key("k".repeat(256)), { type: "void", value: null }]]) },
  ],
])("refuses to write %s", (_, value) => {
  expect(() => tagged(value)).toThrow(RangeError)
})

test("reads arguments as plain values, the first of one name", () => {
  const bytes = hex(
    "01 61 49 00000001 01 61 49 00000002 01 62 6c 0020000000000000 01 63 6c 000000003b9aca00" +
      "01 64 54 0000000065 53f100 01 65 46 00000003 01 66 56 01 67 41 00000002 74 01 01 68 53 00000001 ff",
  )
  expect(readArguments(bytes, 0, bytes.length)).toEqual(
    new Map<string, unknown>([
      ["a", 1],
      ["b", 9_007_199_254_740_992n],
      ["c", 1_000_000_000],
      ["d", 1_700_000_000],
      ["e", new Map([["f", null]])],
      ["g", [true]],
      ["h", Uint8Array.of(0xff)],
    ]),
  )
})

test("refuses arguments that are no table", () => {
  expect(() => readArguments(hex("01"), 0, 1)).toThrow(DecodeError)
})

test("reads back the arguments it writes", () => {
  const values = new Map<string, Argument>([
    ["product", "PolyMQ"],
    ["none", null],
    ["small", -2_147_483_648],
    ["large", 2_147_483_648],
    ["huge", 9_223_372_036_854_775_807n],
    ["half", 0.5],
    ["yes", true],
    ["bytes", Uint8Array.of(97, 98)],
    ["list", [1, "two", [false]]],
    ["capabilities", new Map([["basic.nack", true]])],
  ])
  const writer = new ByteWriter()
  writeArguments(writer, values)
  const bytes = writer.take()
  expect(readArguments(bytes, 4, bytes.length)).toEqual(values)
})
