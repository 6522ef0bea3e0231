import { DecodeError } from "@polymq/wire"
import fc from "fast-check"
import { expect, test } from "vitest"
import { decode } from "../inspect.ts"
import { createMessage, type Message } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { parseExpiration } from "./expiration.ts"
import { userId } from "./properties.ts"
import { render, renderedBytes } from "./render.ts"
import { validateProperties } from "./validate.ts"

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function validated(bytes: Uint8Array): Message {
  const draft = createMessage("amqp091", 0)
  validateProperties(bytes, 0, bytes.length, draft)
  return draft
}

function head(message: Message): string {
  return Buffer.from(message.head.subarray(message.headStart, message.headEnd)).toString("hex")
}

/** A content header with all fourteen properties. */
const ALL =
  "fffc 03612f62 04677a6970 00000008 016b 53 00000001 76 02 05 0163 0172 053630303030 016d" +
  "000000006553f100 027479 056775657374 03617070 02636c"

test("takes durable, priority and ttl from a header with every property", () => {
  const message = validated(hex(ALL))
  expect(message.durable).toBe(true)
  expect(message.priority).toBe(5)
  expect(message.ttlMs).toBe(60_000)
  expect(message.moreKeys).toBeUndefined()
  expect(userId(message)).toBe("guest")
})

test("keeps the bytes of the header as they are, without a copy", () => {
  const bytes = hex(`ff ${ALL} ff`)
  const draft = createMessage("amqp091", 0)
  validateProperties(bytes, 1, bytes.length - 1, draft)
  expect(draft.head).toBe(bytes)
  expect([draft.headStart, draft.headEnd]).toEqual([1, bytes.length - 1])
})

test("leaves the envelope undefined where the header says nothing", () => {
  const message = validated(hex("0000"))
  expect(message.durable).toBeUndefined()
  expect(message.priority).toBeUndefined()
  expect(message.ttlMs).toBeUndefined()
  expect(userId(message)).toBeUndefined()
})

test.each([
  ["00", false],
  ["01", false],
  ["02", true],
  ["03", false],
  ["ff", false],
])("reads delivery mode %s as durable: %s", (mode, durable) => {
  expect(validated(hex(`1000 ${mode}`)).durable).toBe(durable)
})

test("takes routing keys from CC and leaves it in the header", () => {
  const text = "200000000016024343410000000e5300000009656c73657768657265"
  const message = validated(hex(text))
  expect(message.moreKeys).toEqual(["elsewhere"])
  expect(head(message)).toBe(text)
})

test("takes BCC out of the header and its routing keys behind those of CC", () => {
  const message = validated(
    hex("200000000027 02434341000000075300000002 6531 0342434341000000075300000002 6532 016b530000000176"),
  )
  expect(message.moreKeys).toEqual(["e1", "e2"])
  expect(head(message)).toBe("200000000017024343410000000753000000026531016b530000000176")
})

test("leaves an empty table where BCC was the only header, and the properties around it", () => {
  const message = validated(hex("a080 0161 00000017 03424343 410000000e 5300000009656c73657768657265 026d6d"))
  expect(message.moreKeys).toEqual(["elsewhere"])
  expect(head(message)).toBe("a080016100000000026d6d")
})

test("takes every BCC out and keeps headers whose names only look like it", () => {
  const bcc = "03424343 4100000006 5300000001 61"
  const message = validated(hex(`2000 0000002d ${bcc} 0442434332 56 ${bcc} 024243 56 03626363 56`))
  expect(message.moreKeys).toEqual(["a", "a"])
  expect(head(message)).toBe("20000000000f044243433256024243560362636356")
})

test("skips elements of CC that are not longstr", () => {
  expect(validated(hex("2000 00000010 024343 4100000008 7401 5300000001 6b")).moreKeys).toEqual(["k"])
})

test.each([
  ["CC", "2000 00000009 024343 5300000001 61"],
  ["BCC", "2000 0000000a 03424343 5300000001 61"],
  ["CC", "2000 00000004 024343 56"],
])("refuses a %s that is not an array", (property, text) => {
  expect(() => validated(hex(text))).toThrow(expect.objectContaining({ name: "PropertyError", property }))
})

test.each([
  ["0", 0],
  ["60000", 60_000],
  ["0060000", 60_000],
  ["+60000", 60_000],
  ["4294967296", 4_294_967_296],
  ["9007199254740993", 9_007_199_254_740_991],
])("reads the expiration %s", (text, ttlMs) => {
  const bytes = Buffer.from(text)
  expect(parseExpiration(bytes, 0, bytes.length)).toBe(ttlMs)
  expect(validated(Uint8Array.from([0x01, 0x00, bytes.length, ...bytes])).ttlMs).toBe(ttlMs)
})

test("stays a finite number of milliseconds for the longest expiration", () => {
  const digits = new Array<number>(255).fill(0x39)
  expect(validated(Uint8Array.from([0x01, 0x00, 255, ...digits])).ttlMs).toBe(Number.MAX_SAFE_INTEGER)
})

test.each(["", "+", "-1", "abc", " 5", "5 ", "1.5", "1e3", "٣"])("refuses the expiration '%s'", (text) => {
  const bytes = Buffer.from(text)
  expect(() => validated(Uint8Array.from([0x01, 0x00, bytes.length, ...bytes]))).toThrow(PropertyError)
})

test.each([
  ["no flags", "00", "TRUNCATED"],
  ["a flag for further flags", "0001 0000", "MALFORMED"],
  ["the reserved flag", "0002", "MALFORMED"],
  ["bytes behind the list", "0000 00", "MALFORMED"],
  ["a property that is missing", "1000", "TRUNCATED"],
  ["a timestamp of seven bytes", "0040 00000000000000", "TRUNCATED"],
  ["a shortstr beyond the header", "8000 05 61", "TRUNCATED"],
  ["headers beyond the header", "2000 ffffffff", "TRUNCATED"],
  ["a header of an unknown type", "2000 00000003 01 61 7a", "MALFORMED"],
  ["a header that goes beyond the table", "3000 00000006 01 61 53 00000001 61", "TRUNCATED"],
] as const)("refuses %s", (_, text, code) => {
  expect(() => validated(hex(text))).toThrow(expect.objectContaining({ name: "DecodeError", code }))
})

test("refuses a header that ends early, wherever it does", () => {
  const bytes = hex(ALL)
  for (let end = 0; end < bytes.length; end++) expect(() => validated(bytes.subarray(0, end))).toThrow(DecodeError)
})

test("answers any change of a header with acceptance, a DecodeError or a PropertyError", () => {
  const start = hex(ALL)
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      (changes) => {
        const bytes = start.slice()
        for (const [at, byte] of changes) bytes[at] = byte
        try {
          validated(bytes)
        } catch (error) {
          expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
        }
      },
    ),
    { seed: 1, numRuns: 1000 },
  )
})

test("answers any bytes with acceptance, a DecodeError or a PropertyError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expectAnswer(bytes)
    }),
    { seed: 1, numRuns: 1000 },
  )
})

/** Refused with a documented error, or accepted: then it can be listed, decoded and rendered. */
function expectAnswer(bytes: Uint8Array): void {
  const draft = createMessage("amqp091", 0)
  try {
    validateProperties(bytes, 0, bytes.length, draft)
  } catch (error) {
    expect(error instanceof DecodeError || error instanceof PropertyError).toBe(true)
    return
  }
  decode(draft)
  draft.ttlMs = undefined
  const target = new Uint8Array(renderedBytes(draft))
  expect(render(draft, target, 0)).toBe(target.length)
}
