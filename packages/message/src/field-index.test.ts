import { expect, test } from "vitest"
import { FieldIndex } from "./field-index.ts"
import { NO_BYTES } from "./message.ts"

const BYTES = Uint8Array.of(1, 2, 3)

test("numbers its slots and grows", () => {
  const index = new FieldIndex()
  for (let slot = 0; slot < 300; slot++) expect(index.addEntry(slot, 1, BYTES, 1, 2, 3, 0, 1)).toBe(slot)
  expect(index.count).toBe(300)
  expect([index.field[299], index.type[299], index.start[299], index.end[299]]).toEqual([299, 1, 1, 2])
  expect([index.keyType[299], index.keyStart[299], index.keyEnd[299]]).toEqual([3, 0, 1])
  expect([index.field[0], index.field[64]]).toEqual([0, 64])
})

test("marks a field that is no map entry, also in a slot that was one", () => {
  const index = new FieldIndex()
  index.addEntry(1, 1, BYTES, 1, 2, 3, 0, 1)
  index.reset()
  const slot = index.add(2, 1, BYTES, 0, 3)
  expect([index.keyType[slot], index.keyStart[slot], index.keyEnd[slot]]).toEqual([0, -1, -1])
})

test("writes envelope facts as big-endian bytes", () => {
  const index = new FieldIndex()
  const shown = [
    index.addNumber(0, 0, 255, 1),
    index.addNumber(0, 0, 4_294_967_295, 4),
    index.addNumber(0, 0, 9_007_199_254_740_991, 8),
  ].map((slot) => [...(index.bytes[slot] as Uint8Array).subarray(index.start[slot], index.end[slot])])
  expect(shown).toEqual([[255], [255, 255, 255, 255], [0, 31, 255, 255, 255, 255, 255, 255]])
})

test("lets go of the bytes it has listed", () => {
  const index = new FieldIndex()
  index.add(0, 0, BYTES, 0, 1)
  index.release()
  expect(index.count).toBe(0)
  expect(index.bytes[0]).toBe(NO_BYTES)
})
