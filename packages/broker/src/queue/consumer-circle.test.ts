import { RecordingConsumer } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ConsumerCircle } from "./consumer-circle.ts"

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `c${index}`)

/** Counts how often it is asked for credit. */
class CountingConsumer extends RecordingConsumer {
  timesAsked = 0

  override hasCredit(): boolean {
    this.timesAsked++
    return super.hasCredit()
  }
}

describe("the consumers of a queue", () => {
  it("take turns in the order in which they came", () => {
    const circle = new ConsumerCircle()
    for (const name of names(3)) circle.add(new RecordingConsumer({ name }))
    expect(Array.from({ length: 7 }, () => circle.take()?.name)).toEqual(["c0", "c1", "c2", "c0", "c1", "c2", "c0"])
  })

  it("are asked once after their credit is used up, and again when they are woken", () => {
    const circle = new ConsumerCircle()
    const consumers = names(1000).map((name) => new CountingConsumer({ name, credit: 0 }))
    for (const consumer of consumers) circle.add(consumer)
    expect(circle.take()).toBeUndefined()
    expect(circle.isHungry).toBe(false)
    const woken = consumers[617] as CountingConsumer
    woken.credit = 1
    for (let delivery = 0; delivery < 100; delivery++) {
      circle.wake(woken)
      expect(circle.take()).toBe(woken)
    }
    expect(woken.timesAsked).toBe(101)
    expect(consumers.filter((consumer) => consumer !== woken).every(({ timesAsked }) => timesAsked === 1)).toBe(true)
  })

  it("know of an exclusive one among them until it leaves", () => {
    const circle = new ConsumerCircle()
    const exclusive = new RecordingConsumer({ name: "e", exclusive: true })
    circle.add(new RecordingConsumer())
    circle.add(exclusive)
    expect(circle.hasExclusive).toBe(true)
    circle.remove(exclusive)
    expect(circle.hasExclusive).toBe(false)
    expect(circle.remove(exclusive)).toBe(false)
    expect(circle.wake(exclusive)).toBe(false)
  })

  it("wait in a line that any coming, going, waking and taking leaves in order", () => {
    const step = fc.record({ kind: fc.constantFrom("come", "go", "wake", "take", "give", "end"), who: fc.nat(5) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const circle = new ConsumerCircle()
        const everybody = names(6).map((name) => new RecordingConsumer({ name, credit: 0 }))
        const here = new Set<RecordingConsumer>()
        let line: RecordingConsumer[] = []
        for (const { kind, who } of steps) {
          const consumer = everybody[who] as RecordingConsumer
          if (kind === "come" && !here.has(consumer)) {
            circle.add(consumer)
            here.add(consumer)
            line.push(consumer)
          } else if (kind === "go") {
            expect(circle.remove(consumer)).toBe(here.delete(consumer))
            line = line.filter((waiting) => waiting !== consumer)
          } else if (kind === "wake") {
            expect(circle.wake(consumer)).toBe(here.has(consumer))
            if (here.has(consumer) && !line.includes(consumer)) line.push(consumer)
          } else if (kind === "give") {
            consumer.credit++
          } else if (kind === "take") {
            while (line[0] !== undefined && line[0].credit === 0) line.shift()
            const expected = line.shift()
            expect(circle.take()).toBe(expected)
            if (expected === undefined) continue
            expected.credit--
            line.push(expected)
          } else if (kind === "end" && who === 0) {
            expect(new Set(circle.clear())).toEqual(here)
            here.clear()
            line = []
          }
          expect(circle.size).toBe(here.size)
          expect(circle.isHungry).toBe(line.length > 0)
        }
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})
