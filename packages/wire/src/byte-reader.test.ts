import fc from "fast-check"
import { expect, test } from "vitest"
import { ByteReader, readUint16, readUint32, readUint64 } from "./byte-reader.ts"
import { ByteWriter, cloneBytes, copyBytes } from "./byte-writer.ts"
import { DecodeError } from "./decode-error.ts"

test("reads big-endian integers, signed and unsigned", () => {
  const bytes = Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8)
  expect(new ByteReader(bytes).uint8()).toBe(255)
  expect(new ByteReader(bytes).int8()).toBe(-1)
  expect(new ByteReader(bytes).uint16()).toBe(65_534)
  expect(new ByteReader(bytes).int16()).toBe(-2)
  expect(new ByteReader(bytes).uint32()).toBe(4_294_901_244)
  expect(new ByteReader(bytes).int32()).toBe(-66_052)
  expect(new ByteReader(bytes).uint64()).toBe(18_446_460_386_757_245_432n)
  expect(new ByteReader(bytes).int64()).toBe(-283_686_952_306_184n)
  expect(readUint16(bytes, 6)).toBe(63_992)
  expect(readUint32(bytes, 4)).toBe(4_227_529_208)
  expect(readUint64(bytes, 0)).toBe(18_446_460_386_757_245_432n)
})

test("reads floats wherever the bytes lie in their buffer", () => {
  const bytes = Uint8Array.of(0, 0x3f, 0xc0, 0, 0, 0xbf, 0xf0, 0, 0, 0, 0, 0, 0).subarray(1)
  const reader = new ByteReader(bytes)
  expect(reader.float32()).toBe(1.5)
  expect(reader.float64()).toBe(-1)
  expect(reader.remaining).toBe(0)
})

test("stays within the range it was given", () => {
  const reader = new ByteReader()
  reader.reset(Uint8Array.of(1, 2, 3, 4), 1, 3)
  expect(reader.remaining).toBe(2)
  expect(reader.uint16()).toBe(0x0203)
  expect(() => reader.uint8()).toThrow(new DecodeError("TRUNCATED", "1 bytes expected, 0 left"))
})

test.each([
  ["uint8", 1],
  ["int8", 1],
  ["uint16", 2],
  ["int16", 2],
  ["uint32", 4],
  ["int32", 4],
  ["uint64", 8],
  ["int64", 8],
  ["float32", 4],
  ["float64", 8],
] as const)("refuses to read %s at every split", (method, bytes) => {
  for (let end = 0; end < bytes; end++) {
    const reader = new ByteReader(new Uint8Array(bytes), 0, end)
    expect(() => reader[method]()).toThrow(DecodeError)
    expect(reader.at).toBe(0)
  }
})

test("refuses a huge count without moving", () => {
  const reader = new ByteReader(new Uint8Array(8), 4, 8)
  expect(() => reader.take(0xffff_ffff)).toThrow(DecodeError)
  expect(reader.take(4)).toBe(4)
})

test("reads back what was written", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xff }),
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.float(),
      fc.double(),
      fc.string(),
      (uint8, uint16, uint32, int64, float32, float64, text) => {
        const writer = new ByteWriter(1)
        writer.uint8(uint8)
        writer.uint16(uint16)
        writer.uint32(uint32)
        writer.uint64(int64)
        writer.float32(float32)
        writer.float64(float64)
        const length = writer.utf8(text)
        const reader = new ByteReader(writer.take())
        expect(reader.uint8()).toBe(uint8)
        expect(reader.uint16()).toBe(uint16)
        expect(reader.uint32()).toBe(uint32)
        expect(reader.int64()).toBe(int64)
        expect(reader.float32()).toBe(float32)
        expect(reader.float64()).toBe(float64)
        expect(reader.remaining).toBe(length)
      },
    ),
    { seed: 1 },
  )
})

test("patches what it skipped", () => {
  const writer = new ByteWriter(2)
  const at = writer.skip(7)
  writer.uint8(0xaa)
  writer.patchUint8(at, 1)
  writer.patchUint16(at + 1, 0x0203)
  writer.patchUint32(at + 3, 0x0405_0607)
  expect([...writer.view()]).toEqual([1, 2, 3, 4, 5, 6, 7, 0xaa])
})

test("copies a range behind its length", () => {
  const writer = new ByteWriter(1)
  const source = Uint8Array.of(9, 1, 2, 3, 9)
  writer.prefixed8(source, 1, 4)
  writer.prefixed16(source, 1, 3)
  writer.prefixed32(source, 2, 2)
  expect([...writer.view()]).toEqual([3, 1, 2, 3, 0, 2, 1, 2, 0, 0, 0, 0])
})

test("takes bytes that the next write leaves alone", () => {
  const writer = new ByteWriter()
  writer.uint8(1)
  const taken = writer.take()
  const view = writer.view()
  writer.reset()
  writer.uint8(2)
  expect([...taken]).toEqual([1])
  expect([...view]).toEqual([2])
})

test("copies short and long ranges of any kind of byte array", () => {
  for (const length of [0, 1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 1000]) {
    const plain = Uint8Array.from({ length: length + 2 }, (_, index) => index % 251)
    for (const source of [plain, Buffer.from(plain)]) {
      const target = new Uint8Array(length + 2)
      copyBytes(source, 1, length + 1, target, 1)
      expect([...target]).toEqual([0, ...plain.subarray(1, length + 1), 0])
    }
  }
})

test("clones a buffer instead of viewing it", () => {
  const buffer = Buffer.of(1, 2, 3, 4)
  const clone = cloneBytes(buffer, 1, 3)
  buffer.fill(0)
  expect(clone).toEqual(Uint8Array.of(2, 3))
})
