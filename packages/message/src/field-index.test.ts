import { expect, test } from "vitest"
import { FieldIndex } from "./field-index.ts"
import { NO_BYTES } from "./message.ts"

const BYTES = Uint8Array.of(1, 2, 3)

test("lists slots in the order in which they are added, and grows", () => {
  const index = new FieldIndex()
  for (let field = 0; field < 300; field++) index.addEntry(field, 3, BYTES, 0, 1, 1, 1, 2)
  expect(index.count).toBe(300)
  expect(index.list().map(({ field }) => field)).toEqual(Array.from({ length: 300 }, (_, at) => at))
  expect(index.list()[299]).toMatchObject({ type: 1, start: 1, end: 2, keyType: 3, keyStart: 0, keyEnd: 1 })
})

test("marks a field that is no map entry, also in a slot that was one", () => {
  const index = new FieldIndex()
  index.addEntry(1, 3, BYTES, 0, 1, 1, 1, 2)
  index.reset()
  expect(index.add(2, 1, BYTES, 0, 3)).toMatchObject({ keyType: 0, keyStart: -1, keyEnd: -1 })
})

test("tells whether a message has the fields and types of the one before, whatever its values and keys", () => {
  const index = new FieldIndex()
  const scan = (...fields: readonly (readonly [field: number, keyType: number, type: number])[]): boolean => {
    index.reset()
    for (const [field, keyType, type] of fields) {
      if (keyType === 0) index.add(field, type, BYTES, 0, Math.min(field, 3))
      else index.addEntry(field, keyType, BYTES, 0, Math.min(field, 3), type, 1, 2)
    }
    return index.isLikeBefore
  }
  expect(scan([1, 0, 1], [2, 3, 1])).toBe(false)
  expect(scan([1, 0, 1], [2, 3, 1])).toBe(true)
  expect(scan([1, 0, 1])).toBe(false)
  expect(scan([1, 0, 1])).toBe(true)
  expect(scan([1, 0, 1], [2, 3, 1])).toBe(false)
  expect(scan([1, 0, 2], [2, 3, 1])).toBe(false)
  expect(scan([1, 0, 2], [2, 4, 1])).toBe(false)
  expect(scan([1, 0, 2], [3, 4, 1])).toBe(false)
  expect(scan([1, 0, 2], [3, 4, 1])).toBe(true)
})

test("finds the first slot of a field", () => {
  const index = new FieldIndex()
  index.add(1, 0, BYTES, 0, 1)
  const second = index.add(2, 0, BYTES, 0, 1)
  index.add(2, 0, BYTES, 1, 2)
  expect(index.find(2)).toBe(second)
  expect(index.find(3)).toBeUndefined()
  index.reset()
  expect(index.find(2)).toBeUndefined()
})

test("writes envelope facts as big-endian bytes", () => {
  const index = new FieldIndex()
  const shown = [
    index.addNumber(0, 0, 255, 1),
    index.addNumber(0, 0, 4_294_967_295, 4),
    index.addNumber(0, 0, 9_007_199_254_740_991, 8),
  ].map((slot) => [...slot.bytes.subarray(slot.start, slot.end)])
  expect(shown).toEqual([[255], [255, 255, 255, 255], [0, 31, 255, 255, 255, 255, 255, 255]])
})

test("lets go of the bytes it has listed", () => {
  const index = new FieldIndex()
  const slot = index.add(0, 0, BYTES, 0, 1)
  index.release()
  expect(index.count).toBe(0)
  expect(slot.bytes).toBe(NO_BYTES)
})
