import { totalmem } from "node:os"
import { getHeapStatistics } from "node:v8"
import { expect, it } from "vitest"
import { defaultMemoryMark } from "./default-mark.ts"

it("pauses publishers before the machine or the heap is full", () => {
  const mark = defaultMemoryMark()
  expect(mark).toBeGreaterThan(16 * 1024 * 1024)
  expect(mark).toBeLessThanOrEqual(totalmem() * 0.4)
  expect(mark).toBeLessThanOrEqual(getHeapStatistics().heap_size_limit * 0.7)
})
