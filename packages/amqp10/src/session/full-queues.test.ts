import { ValueMap } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { decodeComposite } from "../codec/codec.ts"
import { FullQueues } from "./full-queues.ts"

describe("outcomes that name a full queue", () => {
  it("have one number per queue, and tell queue and reason", () => {
    const queues = new FullQueues(512)
    const [a, b] = [queues.outcomeOf("a"), queues.outcomeOf("b")]
    expect(queues.outcomeOf("a")).toBe(a)
    expect(b).not.toBe(a)
    const bytes = queues.encoded(b) ?? new Uint8Array(0)
    const { body } = decodeComposite(bytes, 0, bytes.length, ["rejected"])
    expect(body).toMatchObject({ type: "rejected", error: { description: "queue 'b' exceeded maximum length" } })
    const info = body.type === "rejected" ? body.error?.info?.value : undefined
    const entries = info instanceof ValueMap ? info.entries : []
    expect(entries.map(([key, value]) => [key.value, value.value])).toEqual([
      ["queue", "b"],
      ["reason", "maxlen"],
    ])
  })

  it("leave out a name that the peer's frames have no room for", () => {
    const longest = "q".repeat(255)
    const small = new FullQueues(512)
    expect(small.encoded(small.outcomeOf(longest))).toBeUndefined()
    expect(small.encoded(small.outcomeOf("a"))).toBeDefined()
    const larger = new FullQueues(1024)
    expect(larger.encoded(larger.outcomeOf(longest))?.length).toBeGreaterThan(512)
  })

  it("are as many as a session may number; further queues are refused without their names", () => {
    const queues = new FullQueues(512)
    const numbers = Array.from({ length: 70 }, (_, index) => queues.outcomeOf(`q${index}`))
    expect(new Set(numbers).size).toBe(65)
    expect(Math.max(...numbers)).toBeLessThan(0x80)
    expect(queues.encoded(queues.outcomeOf("q69"))).toBeUndefined()
    expect(queues.outcomeOf("q0")).toBe(numbers[0])
  })
})
