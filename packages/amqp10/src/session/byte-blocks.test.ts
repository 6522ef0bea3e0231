import fc from "fast-check"
import { expect, it } from "vitest"
import { ByteBlocks } from "./byte-blocks.ts"

const CHUNK = Buffer.from(Array.from({ length: 700_000 }, (_, index) => (index * 7) % 251))

it("joins what came in pieces of any length, in order", () => {
  const length = fc.oneof(fc.nat(3), fc.nat(5000), fc.constantFrom(131_072, 262_144, 600_000))
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(90_000), length), { maxLength: 12 }), (pieces) => {
      const gathered = new ByteBlocks()
      for (const [start, bytes] of pieces) gathered.append(CHUNK, start, start + bytes)
      const expected = Buffer.concat(pieces.map(([start, bytes]) => CHUNK.subarray(start, start + bytes)))
      expect(gathered.length).toBe(expected.length)
      expect(expected.equals(gathered.join())).toBe(true)
    }),
    { numRuns: 60, seed: 10 },
  )
})

it("holds at most twice of what came, and never a part of a chunk", () => {
  const gathered = new ByteBlocks()
  for (let count = 0; count < 1000; count++) gathered.append(CHUNK, count, count + 3)
  const joined = gathered.join()
  expect(joined.length).toBe(3000)
  expect(joined.buffer.byteLength).toBeLessThanOrEqual(6000)
  const single = new ByteBlocks()
  single.append(CHUNK, 5, 15)
  expect(single.join().buffer.byteLength).toBe(10)
})

it("is as fast for many small pieces as for large ones", () => {
  const began = performance.now()
  const gathered = new ByteBlocks()
  for (let count = 0; count < 2_000_000; count++) gathered.append(CHUNK, 0, 1)
  expect(gathered.join().length).toBe(2_000_000)
  expect(performance.now() - began).toBeLessThan(2000)
})
