import { Buffer } from "node:buffer"
import type { Converters } from "@polymq/convert"
import { CollectingOutbound } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readFrames } from "../testing/frames.ts"
import { Confirms } from "./confirms.ts"
import { FrameWriter } from "./frame-writer.ts"

const CONVERTERS: Converters = { convert: (message) => message }

function start() {
  const outbound = new CollectingOutbound()
  const writer = new FrameWriter(outbound, CONVERTERS)
  const confirms = new Confirms()
  /** "ack 3", "ack ..3" for a multiple one. */
  const flush = (watermark: number): string[] => {
    confirms.flush(writer, 7, watermark)
    return readFrames(Buffer.from(outbound.take())).map((seen) => {
      if (!("method" in seen) || seen.channel !== 7) throw new Error("not a confirm")
      const { name, arguments: values } = seen.method
      if (name !== "basic.ack" && name !== "basic.nack") throw new Error("not a confirm")
      return `${name.slice(6)} ${values.multiple ? ".." : ""}${values.deliveryTag}`
    })
  }
  return { confirms, flush }
}

describe("publisher confirms", () => {
  it("acknowledge a run as one", () => {
    const { confirms, flush } = start()
    for (const ticket of [0, 0, 0]) confirms.push(ticket)
    expect(flush(0)).toEqual(["ack ..3"])
    confirms.push(0)
    expect(flush(0)).toEqual(["ack 4"])
    expect(confirms.count).toBe(0)
  })

  it("wait for the watermark in publish order", () => {
    const { confirms, flush } = start()
    for (const ticket of [0, 5, 0, 6]) confirms.push(ticket)
    expect(flush(0)).toEqual(["ack 1"])
    expect(flush(4)).toEqual([])
    expect(flush(5)).toEqual(["ack ..3"])
    expect(flush(9)).toEqual(["ack 4"])
  })

  it("keep a refusal in its place", () => {
    const { confirms, flush } = start()
    confirms.push(3)
    confirms.pushRefused()
    confirms.pushRefused()
    confirms.push(0)
    expect(flush(2)).toEqual([])
    expect(flush(3)).toEqual(["ack 1", "nack ..3", "ack 4"])
  })

  it("answer every publish exactly once, whatever the order of tickets and watermarks", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1, max: 20 }), { maxLength: 80 }), (tickets) => {
        const { confirms, flush } = start()
        const answers: string[] = []
        let watermark = 0
        for (const ticket of tickets) {
          if (ticket < 0) confirms.pushRefused()
          else confirms.push(ticket)
          watermark = Math.max(watermark, ticket - 3)
          answers.push(...flush(watermark))
        }
        answers.push(...flush(100))
        let next = 1
        const seen = answers.flatMap((answer) => {
          const [kind, tag] = answer.split(" ")
          const upTo = Number(tag?.replace("..", ""))
          if (!tag?.startsWith("..")) expect(upTo).toBe(next)
          const kinds = Array.from({ length: upTo - next + 1 }, () => kind)
          next = upTo + 1
          return kinds
        })
        expect(seen).toEqual(tickets.map((ticket) => (ticket < 0 ? "nack" : "ack")))
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})
