import type { Entry } from "@polymq/broker"
import { createMessage } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PACKET_TYPE } from "../codec/constants.ts"
import { InflightWindow } from "./inflight-window.ts"

function entry(tag = 0): Entry {
  return {
    message: createMessage("mqtt", 0),
    ticket: 0,
    position: 0,
    match: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
    deliveryCount: 0,
    acquiredCount: 0,
    redelivered: false,
    tag,
  }
}

describe("the window of deliveries under way", () => {
  it("numbers deliveries from 1 and does not reuse a number at once", () => {
    const window = new InflightWindow()
    const first = entry()
    window.add(first, PACKET_TYPE.puback)
    expect(first.tag).toBe(1)
    window.remove(1)
    const second = entry()
    window.add(second, PACKET_TYPE.puback)
    expect(second.tag).toBe(2)
    expect(window.find(1)).toBeUndefined()
    expect(window.find(2)).toBe(second)
  })

  it("keeps the identifier that a delivery had on an earlier connection [MQTT-4.4.0-1]", () => {
    const window = new InflightWindow()
    const resumed = [700, 60_000, 188, 188 + 512].map(entry)
    for (const one of resumed) window.add(one, PACKET_TYPE.puback)
    expect(resumed.map(({ tag }) => tag)).toEqual([700, 60_000, 188, expect.any(Number)])
    for (const one of resumed) expect(window.find(one.tag)).toBe(one)
  })

  it("gives a new identifier when the old one is taken [MQTT-2.2.1-4]", () => {
    const window = new InflightWindow()
    const [one, other] = [entry(5), entry(5)]
    window.add(one, PACKET_TYPE.puback)
    window.add(other, PACKET_TYPE.puback)
    expect(one.tag).toBe(5)
    expect(other.tag).not.toBe(5)
    expect(window.count).toBe(2)
  })

  it("knows what each delivery awaits, however many there are", () => {
    const window = new InflightWindow()
    const { puback, pubrec, pubcomp } = PACKET_TYPE
    const entries = Array.from({ length: 1000 }, (_, index) => {
      const added = entry()
      window.add(added, index % 3 === 0 ? puback : pubrec)
      return added
    })
    for (const [index, { tag }] of entries.entries()) if (index % 3 === 1) window.await(tag, pubcomp)
    const awaited = entries.map(({ tag }) => window.awaited(tag))
    expect(awaited).toEqual(entries.map((_, index) => [puback, pubcomp, pubrec][index % 3]))
  })

  it("finds every delivery, never uses 0 or a number twice, whatever order acknowledgements come in", () => {
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant("add") }, fc.nat()), { maxLength: 400 })
    fc.assert(
      fc.property(steps, (steps) => {
        const window = new InflightWindow()
        const model = new Map<number, Entry>()
        for (const step of steps) {
          if (step === "add") {
            const added = entry()
            window.add(added, PACKET_TYPE.puback)
            expect(added.tag).toBeGreaterThan(0)
            expect(added.tag).toBeLessThan(65_536)
            expect(model.has(added.tag)).toBe(false)
            model.set(added.tag, added)
          } else if (model.size > 0) {
            const tag = [...model.keys()][Number(step) % model.size] as number
            expect(window.find(tag)).toBe(model.get(tag))
            window.remove(tag)
            model.delete(tag)
            expect(window.find(tag)).toBeUndefined()
          }
          expect(window.count).toBe(model.size)
        }
        window.relax()
        for (const [tag, added] of model) expect(window.find(tag)).toBe(added)
      }),
      { numRuns: 100, seed: 5 },
    )
  })

  it("goes on with 1 behind 65 535", () => {
    const window = new InflightWindow()
    let last = 0
    for (let count = 0; count < 65_536; count++) {
      const added = entry()
      window.add(added, PACKET_TYPE.puback)
      last = added.tag
      window.remove(last)
    }
    expect(last).toBe(1)
  })
})
