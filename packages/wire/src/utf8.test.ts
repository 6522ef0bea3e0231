import { Buffer } from "node:buffer"
import fc from "fast-check"
import { expect, test } from "vitest"
import { asBuffer, byteLength, decodeUtf8, encodeUtf8, hasNul, isAscii, isUtf8 } from "./utf8.ts"

test.each([
  ["plain text", [0x61, 0x62], true],
  ["nothing", [], true],
  ["two, three and four byte sequences", [0xc3, 0xa4, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80], true],
  ["a lone continuation byte", [0x61, 0x80], false],
  ["a sequence that ends early", [0xe2, 0x82], false],
  ["an overlong slash", [0xc0, 0xaf], false],
  ["a surrogate", [0xed, 0xa0, 0x80], false],
  ["a code point above U+10FFFF", [0xf4, 0x90, 0x80, 0x80], false],
])("judges %s", (_, bytes, expected) => {
  expect(isUtf8(Uint8Array.from(bytes))).toBe(expected)
})

test("judges only the range it is given", () => {
  const bytes = Uint8Array.of(0xff, 0x61, 0x00, 0xff)
  expect(isUtf8(bytes, 1, 3)).toBe(true)
  expect(isAscii(bytes, 1, 3)).toBe(true)
  expect(isAscii(bytes, 0, 3)).toBe(false)
  expect(hasNul(bytes, 1, 2)).toBe(false)
  expect(hasNul(bytes, 1, 3)).toBe(true)
})

test("finds a byte above 0x7f and a zero octet wherever they are", () => {
  for (let length = 1; length <= 9; length++) {
    for (let at = 0; at < length; at++) {
      const bytes = new Uint8Array(length).fill(0x61)
      expect([isAscii(bytes), isUtf8(bytes), hasNul(bytes)]).toEqual([true, true, false])
      bytes[at] = 0
      expect([isAscii(bytes), isUtf8(bytes), hasNul(bytes)]).toEqual([true, true, true])
      bytes[at] = 0x80
      expect([isAscii(bytes), isUtf8(bytes), hasNul(bytes)]).toEqual([false, false, false])
    }
  }
})

test("decodes what it encodes, from whatever kind of byte array", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      const bytes = encodeUtf8(text)
      expect(bytes.length).toBe(byteLength(text))
      expect(decodeUtf8(bytes)).toBe(text)
      expect(decodeUtf8(Uint8Array.from([0, ...bytes, 0]), 1, bytes.length + 1)).toBe(text)
    }),
    { seed: 1 },
  )
})

test("replaces ill-formed sequences", () => {
  expect(decodeUtf8(Uint8Array.of(0x61, 0xff, 0x62))).toBe("a\u{fffd}b")
})

test("makes a buffer of the same memory", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3)
  const buffer = asBuffer(bytes)
  buffer[0] = 9
  expect([...bytes]).toEqual([9, 3])
  const already = Buffer.of(1)
  expect(asBuffer(already)).toBe(already)
})
