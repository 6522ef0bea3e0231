import type { Entry, Outcome } from "@polymq/broker"
import { createMessage } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { serialAdd } from "../codec/serial.ts"
import { type Settler, UnsettledDeliveries } from "./unsettled-deliveries.ts"

const MESSAGE = createMessage("amqp10", 0)

function entryAt(position: number): Entry {
  return {
    message: MESSAGE,
    ticket: 0,
    position,
    match: undefined,
    expiresAtMs: Number.POSITIVE_INFINITY,
    deliveryCount: 0,
    acquiredCount: 0,
    redelivered: false,
    tag: 0,
  }
}

/** Remembers positions and outcomes. */
class Recorder implements Settler {
  unsettledCount = 0
  readonly settled: (readonly [position: number, outcome: Outcome | undefined])[] = []
  settle(entry: Entry, outcome: Outcome | undefined): void {
    this.settled.push([entry.position, outcome])
  }
}

describe("UnsettledDeliveries", () => {
  it("settles a range that wraps around, once and in order", () => {
    const deliveries = new UnsettledDeliveries()
    const recorder = new Recorder()
    const first = 0xffff_fffe
    for (let index = 0; index < 5; index++) deliveries.add(serialAdd(first, index), recorder, entryAt(index))
    expect(deliveries.settle(0xffff_ffff, 1, "accepted")).toBe(3)
    expect(deliveries.settle(0xffff_ffff, 1, "accepted")).toBe(0)
    expect(recorder.settled).toEqual([
      [1, "accepted"],
      [2, "accepted"],
      [3, "accepted"],
    ])
    expect(deliveries.count).toBe(2)
  })

  it("does what a map does, whatever the order", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ kind: fc.constant("add" as const), link: fc.nat(2), skip: fc.nat(3) }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant("settle" as const), from: fc.nat(60), length: fc.nat(12) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("detach" as const), link: fc.nat(2) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(0, 0xffff_ffe0), (steps, start) => {
        const deliveries = new UnsettledDeliveries()
        const links = [new Recorder(), new Recorder(), new Recorder()]
        const expected: (readonly [number, Outcome | undefined])[][] = [[], [], []]
        const model = new Map<number, { readonly link: number; readonly id: number }>()
        let next = 0
        for (const one of steps) {
          if (one.kind === "add") {
            next += one.skip
            const id = serialAdd(start, next)
            deliveries.add(id, links[one.link] ?? new Recorder(), entryAt(next))
            model.set(next, { link: one.link, id })
            next++
          } else {
            const isMeant = (position: number, link: number): boolean =>
              one.kind === "detach"
                ? link === one.link
                : position >= next - one.from && position <= next - one.from + one.length
            const outcome = one.kind === "detach" ? "released" : "accepted"
            const hits = [...model].filter(([position, { link }]) => isMeant(position, link))
            for (const [position, { link }] of hits) {
              expected[link]?.push([position, outcome])
              model.delete(position)
            }
            if (one.kind === "detach") deliveries.settleAllOf(links[one.link] ?? new Recorder(), outcome)
            else {
              const first = serialAdd(start, next - one.from)
              expect(deliveries.settle(first, serialAdd(first, one.length), outcome)).toBe(hits.length)
            }
          }
          expect(deliveries.count).toBe(model.size)
          expect(links.reduce((sum, { unsettledCount }) => sum + unsettledCount, 0)).toBe(model.size)
        }
        expect(links.map(({ settled }) => settled)).toEqual(expected)
      }),
      { numRuns: 200, seed: 10 },
    )
  })

  it("settles everything at once, in order", () => {
    const deliveries = new UnsettledDeliveries()
    const recorder = new Recorder()
    for (let id = 0; id < 3; id++) deliveries.add(id, recorder, entryAt(id))
    deliveries.settleAll("released")
    deliveries.settleAll("released")
    expect(recorder.settled).toEqual([
      [0, "released"],
      [1, "released"],
      [2, "released"],
    ])
  })

  it("takes deliveries that arrive while others are being settled", () => {
    const deliveries = new UnsettledDeliveries()
    let next = 32
    const greedy: Settler = {
      unsettledCount: 0,
      settle(entry) {
        for (let more = 0; more < 3; more++) deliveries.add(next++, greedy, entryAt(entry.position))
      },
    }
    for (let id = 0; id < 32; id++) deliveries.add(id, greedy, entryAt(id))
    expect(deliveries.settle(0, 0x7fff_ffff, "released")).toBe(32)
    expect(deliveries.count).toBe(96)
    expect(deliveries.settle(32, 127, "accepted")).toBe(96)
  })

  it("stays as small as what is in flight when one delivery is never settled", () => {
    const deliveries = new UnsettledDeliveries()
    const recorder = new Recorder()
    deliveries.add(0, recorder, entryAt(0))
    const began = performance.now()
    for (let id = 1; id < 200_000; id++) {
      deliveries.add(id, recorder, entryAt(id))
      deliveries.settle(id, id, "accepted")
    }
    expect(performance.now() - began).toBeLessThan(2000)
    expect(deliveries.count).toBe(1)
    expect(deliveries.settle(0, 0, "accepted")).toBe(1)
  })

  it("takes the time of what is in flight for a range of half the circle", () => {
    const deliveries = new UnsettledDeliveries()
    const recorder = new Recorder()
    for (let id = 0; id < 10; id++) deliveries.add(id, recorder, entryAt(id))
    const began = performance.now()
    for (let round = 0; round < 1000; round++) deliveries.settle(5, 0x7fff_fff0, "accepted")
    expect(performance.now() - began).toBeLessThan(50)
    expect(deliveries.count).toBe(5)
  })

  it("ends a link in the time of what was sent since its oldest delivery, whatever others have in flight", () => {
    const deliveries = new UnsettledDeliveries()
    const idle = new Recorder()
    for (let id = 0; id < 100_000; id++) deliveries.add(id, idle, entryAt(id))
    const began = performance.now()
    const links = Array.from({ length: 1000 }, (_, index) => {
      const link = new Recorder()
      deliveries.add(100_000 + index, link, entryAt(index))
      deliveries.settleAllOf(link, "released")
      deliveries.settleAllOf(link, "released")
      return link
    })
    expect(performance.now() - began).toBeLessThan(200)
    expect(links.map(({ settled }) => settled)).toEqual(links.map((_, index) => [[index, "released"]]))
    expect(deliveries.count).toBe(100_000)
  })

  it("says when a new id could not be told from the oldest any more", () => {
    const deliveries = new UnsettledDeliveries()
    expect(deliveries.reaches(0x9000_0000)).toBe(true)
    deliveries.add(5, new Recorder(), entryAt(0))
    expect(deliveries.reaches(6)).toBe(true)
    expect(deliveries.reaches(0x7fff_ffff)).toBe(false)
  })
})
