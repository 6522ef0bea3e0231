import { expect, it } from "vitest"
import { nearest } from "./nearest.ts"

const KEYS = ["port", "host", "maxMessageBytes", "maxFrameBytes"]

it.each([
  ["prot", "port"],
  ["Port", "port"],
  ["hots", "host"],
  ["maxMesageByte", "maxMessageBytes"],
  ["max_frame_bytes", "maxFrameBytes"],
])("takes %s for %s", (written, meant) => {
  expect(nearest(written, KEYS)).toBe(meant)
})

it.each(["colour", "x", "", "messages"])("takes %j for nothing", (written) => {
  expect(nearest(written, KEYS)).toBeUndefined()
})
