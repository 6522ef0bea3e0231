import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { serialAdd } from "../codec/serial.ts"
import { all, only } from "../testing/received-frame.ts"
import { receiving, texts } from "../testing/receiving.ts"

describe("drain", () => {
  it("uses up what credit there is, and gives the rest back", () => {
    const { peer } = receiving(2)
    const frames = peer.credit(10, { drain: true })
    expect(texts(frames)).toEqual(["m0", "m1"])
    expect(only(frames, "flow")).toMatchObject({
      handle: 1,
      deliveryCount: 10,
      linkCredit: 0,
      drain: true,
      available: 0,
    })
    expect(texts(peer.take())).toEqual([])
  })

  it("is over when the credit is used up", () => {
    const { peer } = receiving(5)
    const frames = peer.credit(2, { drain: true })
    expect(texts(frames)).toEqual(["m0", "m1"])
    expect(only(frames, "flow")).toMatchObject({ deliveryCount: 2, linkCredit: 0, drain: true, available: 3 })
  })

  it("waits for the window", () => {
    const { peer } = receiving(3)
    const first = peer.credit(10, { drain: true, incomingWindow: 1 })
    expect(texts(first)).toEqual(["m0"])
    expect(all(first, "flow")).toEqual([])
    const second = peer.credit(9, { drain: true, deliveryCount: 1, nextIncomingId: 1, incomingWindow: 10 })
    expect(texts(second)).toEqual(["m1", "m2"])
    expect(only(second, "flow")).toMatchObject({ deliveryCount: 10, linkCredit: 0, drain: true })
  })

  it("leaves the link usable", () => {
    const { sender, peer } = receiving(0)
    peer.credit(3, { drain: true })
    sender.transfer(0, "later", { settled: true })
    expect(texts(peer.take())).toEqual([])
    expect(texts(peer.credit(1, { deliveryCount: 3 }))).toEqual(["later"])
  })
})

describe("flow", () => {
  it("is answered with what is available when it asks", () => {
    const { peer } = receiving(4)
    const flow = only(peer.credit(0, { echo: true }), "flow")
    expect(flow).toMatchObject({ handle: 1, deliveryCount: 0, linkCredit: 0, available: 4, drain: false })
  })

  it("believes a peer that counts ahead, as one that skips deliveries does", () => {
    const { peer } = receiving(5)
    const frames = peer.credit(1, { deliveryCount: 2, echo: true })
    expect(texts(frames)).toEqual(["m0", "m1", "m2"])
    expect(only(frames, "flow")).toMatchObject({ deliveryCount: 3, linkCredit: 0 })
  })

  it("never counts more credit than can be told", () => {
    const { peer } = receiving(0)
    const flow = only(peer.credit(0xffff_ffff, { deliveryCount: 0x7fff_ffff, echo: true }), "flow")
    expect(flow).toMatchObject({ deliveryCount: 0, linkCredit: 0xffff_ffff })
  })

  it("counts on across the wrap-around of delivery-counts", () => {
    const { sender, peer } = receiving(0)
    peer.credit(0xffff_ffff, { drain: true })
    for (let id = 0; id < 3; id++) sender.transfer(id, `n${id}`, { settled: true })
    expect(texts(peer.credit(2, { deliveryCount: 0xffff_ffff }))).toEqual(["n0", "n1"])
    expect(texts(peer.credit(2, { deliveryCount: 0xffff_ffff }))).toEqual([])
    expect(texts(peer.credit(1, { deliveryCount: 1 }))).toEqual(["n2"])
  })

  it("takes credit back", () => {
    const { sender, peer } = receiving(0)
    peer.credit(5)
    peer.credit(0)
    sender.transfer(0, "x", { settled: true })
    expect(texts(peer.take())).toEqual([])
  })
})

describe("drains while messages arrive", () => {
  it("lose no delivery and no count, also where delivery-counts wrap around", () => {
    const step = fc.record({ published: fc.nat(4), credit: fc.nat(5), drain: fc.boolean() })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.constantFrom(0, 0xffff_fff0), (steps, start) => {
        const { sender, peer } = receiving(0)
        // A drain of the queue, which is empty, moves the count.
        peer.credit(start, { drain: true })
        let published = 0
        let received = 0
        let deliveryCount: number = start
        for (const { published: more, credit, drain } of steps) {
          for (let left = more; left > 0; left--) {
            sender.transfer(published, `m${published}`, { settled: true })
            published++
          }
          const frames = peer.credit(credit, { deliveryCount, nextIncomingId: received, drain })
          const expected = Math.min(credit, published - received)
          expect(texts(frames)).toEqual(Array.from({ length: expected }, (_, index) => `m${received + index}`))
          received += expected
          deliveryCount = serialAdd(deliveryCount, drain ? credit : expected)
          const left = drain ? 0 : credit - expected
          const flow = only(peer.credit(left, { deliveryCount, nextIncomingId: received, echo: true }), "flow")
          expect(flow).toMatchObject({ deliveryCount, linkCredit: left, available: published - received })
          if (drain) expect(only(frames, "flow")).toMatchObject({ deliveryCount, linkCredit: 0, drain: true })
          peer.credit(0, { deliveryCount, nextIncomingId: received })
        }
      }),
      { numRuns: 100, seed: 10 },
    )
  })
})

describe("credit and window", () => {
  it("are never exceeded, and never left unused, whatever the peer grants and when", () => {
    const grant = fc.record({ credit: fc.nat(6), window: fc.nat(6), published: fc.nat(6) })
    fc.assert(
      fc.property(fc.array(grant, { minLength: 1, maxLength: 20 }), (grants) => {
        const { sender, peer } = receiving(0)
        const seen: string[] = []
        let published = 0
        for (const { credit, window, published: more } of grants) {
          for (let left = more; left > 0; left--) sender.transfer(published, `m${published++}`, { settled: true })
          expect(texts(peer.take())).toEqual([])
          const before = seen.length
          const frames = peer.credit(credit, {
            deliveryCount: before,
            nextIncomingId: before,
            incomingWindow: window,
          })
          seen.push(...texts(frames))
          expect(seen.length - before).toBe(Math.min(credit, window, published - before))
          // What was not used is taken back, so that the next grant starts from here.
          peer.credit(0, { deliveryCount: seen.length, nextIncomingId: seen.length, incomingWindow: 0 })
        }
        expect(seen).toEqual(Array.from(seen, (_, index) => `m${index}`))
      }),
      { numRuns: 100, seed: 10 },
    )
  })
})
