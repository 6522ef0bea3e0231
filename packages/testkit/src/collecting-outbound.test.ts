import { expect, it } from "vitest"
import { CollectingOutbound } from "./collecting-outbound.ts"

it("gives what was written in order, once, until it was closed", () => {
  const outbound = new CollectingOutbound()
  const { bytes, start } = outbound.reserve(2)
  outbound.share(Uint8Array.of(9, 3, 4, 9), 1, 3)
  bytes.set([1, 2], start)
  expect([...outbound.take()]).toEqual([1, 2, 3, 4])
  expect(outbound.take()).toHaveLength(0)
  expect(outbound.sharedBytes).toBe(2)
  outbound.close("first")
  outbound.close("second")
  outbound.reserve(1)
  outbound.share(bytes, 0, 2)
  expect(outbound.closedFor).toBe("first")
  expect(outbound.take()).toHaveLength(0)
})

it("is read unless there is a reason not to", () => {
  const outbound = new CollectingOutbound()
  outbound.pauseReading("alarm")
  outbound.pauseReading("unanswered")
  outbound.resumeReading("alarm")
  expect(outbound.isReadingPaused).toBe(true)
  outbound.resumeReading()
  expect(outbound.isReadingPaused).toBe(false)
  outbound.hasUnreadAnswers = true
  expect(outbound.isReadingPaused).toBe(true)
})
