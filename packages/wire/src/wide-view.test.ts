import fc from "fast-check"
import { expect, test } from "vitest"
import { ByteWriter } from "./byte-writer.ts"
import { isAscii } from "./utf8.ts"
import { readWide, wideViewOf } from "./wide-view.ts"

test("there is a view of the bytes that are read wide, until others are", () => {
  const bytes = Uint8Array.of(9, 1, 2, 3, 4, 9).subarray(1, 5)
  readWide(bytes)
  expect(wideViewOf(bytes)?.getUint32(0)).toBe(0x01020304)
  expect(wideViewOf(Uint8Array.from(bytes))).toBeUndefined()
  readWide(new Uint8Array(1))
  expect(wideViewOf(bytes)).toBeUndefined()
})

test("what is read wide is copied and judged as if it were not", () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string().map((text) => new TextEncoder().encode(text)),
  )
  fc.assert(
    fc.property(octets, fc.nat({ max: 9 }), fc.nat({ max: 9 }), (bytes, skipped, cut) => {
      const start = Math.min(skipped, bytes.length)
      const end = Math.max(start, bytes.length - cut)
      const writer = new ByteWriter(4)
      readWide(new Uint8Array(0))
      const judged = isAscii(bytes, start, end)
      readWide(bytes)
      writer.copy(bytes, start, end)
      expect([...writer.view()]).toEqual([...bytes.subarray(start, end)])
      expect(isAscii(bytes, start, end)).toBe(judged)
      expect(judged).toBe(bytes.subarray(start, end).every((byte) => byte < 0x80))
    }),
    { seed: 3, numRuns: 300 },
  )
})
