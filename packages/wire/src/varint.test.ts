import fc from "fast-check"
import { expect, test } from "vitest"
import { ByteWriter } from "./byte-writer.ts"
import {
  MAX_VARINT,
  putVarint,
  readVarint,
  VARINT_INCOMPLETE,
  VARINT_MALFORMED,
  varintBytes,
  writeVarint,
} from "./varint.ts"

/** The examples and limits of MQTT 5.0 section 1.5.5, table 1-1. */
const VECTORS: readonly (readonly [value: number, bytes: readonly number[]])[] = [
  [0, [0x00]],
  [127, [0x7f]],
  [128, [0x80, 0x01]],
  [321, [0xc1, 0x02]],
  [16_383, [0xff, 0x7f]],
  [16_384, [0x80, 0x80, 0x01]],
  [2_097_151, [0xff, 0xff, 0x7f]],
  [2_097_152, [0x80, 0x80, 0x80, 0x01]],
  [MAX_VARINT, [0xff, 0xff, 0xff, 0x7f]],
]

test.each(VECTORS)("writes and reads %i in as few bytes as the standard says", (value, bytes) => {
  const writer = new ByteWriter()
  writeVarint(writer, value)
  expect([...writer.view()]).toEqual(bytes)
  expect(varintBytes(value)).toBe(bytes.length)
  expect(readVarint(Uint8Array.from(bytes), 0, bytes.length)).toBe(value)
})

test("puts what it writes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: MAX_VARINT }), (value) => {
      const writer = new ByteWriter()
      writeVarint(writer, value)
      const bytes = new Uint8Array(6)
      const end = putVarint(bytes, 1, value)
      expect(bytes.subarray(1, end)).toEqual(Uint8Array.from(writer.view()))
      expect(readVarint(bytes, 1, 6)).toBe(value)
    }),
    { seed: 1 },
  )
})

test("asks for more bytes at every split", () => {
  for (const [, bytes] of VECTORS) {
    for (let end = 0; end < bytes.length; end++) {
      expect(readVarint(Uint8Array.from(bytes), 0, end)).toBe(VARINT_INCOMPLETE)
    }
  }
})

test("refuses a fifth byte", () => {
  expect(readVarint(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x01), 0, 5)).toBe(VARINT_MALFORMED)
  expect(readVarint(Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 4)).toBe(VARINT_MALFORMED)
})

test("refuses an integer padded with zero bits", () => {
  expect(readVarint(Uint8Array.of(0x80, 0x00), 0, 2)).toBe(VARINT_MALFORMED)
  expect(readVarint(Uint8Array.of(0xff, 0x80, 0x00), 0, 3)).toBe(VARINT_MALFORMED)
})
