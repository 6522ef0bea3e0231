import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { all, only } from "../testing/received-frame.ts"
import { dataMessage, encodedFrame } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** Fields that are absent. */
function nothings(count: number): number[] {
  return new Array<number>(count).fill(0x40)
}

describe("hostile input", () => {
  it("nested a hundred thousand deep is a decode error, wherever it is", () => {
    const nested = new Uint8Array(100_000)
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    peer.attachSender("q")
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, nested)
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:decode-error")
    const size = nested.length + 8
    peer.bytes(Uint8Array.of(0, 1, (size >> 8) & 0xff, size & 0xff, 2, 0, 0, 0, ...nested))
    expect(only(peer.take(), "close").error?.condition).toBe("amqp:decode-error")
  })

  const NOTHING = 0x40
  const [ZERO, SEVEN] = [0x43, [0x52, 7]]
  const NAME = [0xa1, 1, 0x6e]
  /** Values that claim more than there is, by size or by number. */
  const LIARS = {
    "an array of 2^32 - 1 nulls": [0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40],
    "an array of 2^31 empty lists": [0xf0, 0, 0, 0, 5, 0x80, 0, 0, 0, 0x45],
    "an array of arrays of 2^32 - 1 nulls": [
      0xf0, 0, 0, 0, 14, 0, 0, 0, 1, 0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40,
    ],
    "a list of 2^32 - 1": [0xd0, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xff],
    "a list of 2^32 - 1 octets": [0xd0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0x40],
    "a list whose size leaves no room for its count": [0xc0, 0],
    "a map of 2^32 - 2": [0xd1, 0, 0, 0, 4, 0xff, 0xff, 0xff, 0xfe],
    "a map of an odd number": [0xc1, 2, 1, 0x40],
    "a string of 2^32 - 1 octets": [0xb1, 0xff, 0xff, 0xff, 0xff],
    "a binary of 2^31 octets": [0xb0, 0x80, 0, 0, 0],
  }

  /** Fields of a performative or section as a list. */
  function described(code: number, fields: readonly (number | readonly number[])[]): number[] {
    const octets = fields.flat()
    return [0, 0x53, code, 0xd0, 0, 0, 0, octets.length + 4, 0, 0, 0, fields.length, ...octets]
  }

  it.each<readonly [string, (liar: readonly number[]) => number[]]>([
    [
      "the properties of begin",
      (liar) => described(0x11, [NOTHING, ZERO, SEVEN, SEVEN, NOTHING, NOTHING, NOTHING, liar]),
    ],
    [
      "the source's filter",
      (liar) => described(0x12, [NAME, SEVEN, 0x41, NOTHING, NOTHING, described(0x28, [NAME, ...nothings(6), liar])]),
    ],
    ["the unsettled map of attach", (liar) => described(0x12, [NAME, SEVEN, 0x41, ...nothings(4), liar])],
    ["the properties of flow", (liar) => described(0x13, [ZERO, SEVEN, ZERO, SEVEN, ...nothings(6), liar])],
    ["the state of a transfer", (liar) => described(0x14, [ZERO, ZERO, ...nothings(5), liar])],
    [
      "annotations of a disposition",
      (liar) => described(0x15, [0x41, ZERO, NOTHING, 0x41, described(0x27, [0x41, 0x41, liar])]),
    ],
    [
      "the info of an error",
      (liar) => described(0x16, [ZERO, 0x41, described(0x1d, [[0xa3, 1, 0x61], NOTHING, liar])]),
    ],
  ])("claiming more than there is ends the connection at once in %s", (_where, frame) => {
    for (const [what, liar] of Object.entries(LIARS)) {
      const peer = new Stage(manualTurn()).client()
      peer.attachSender("q")
      const body = frame(liar)
      const began = performance.now()
      peer.bytes(Uint8Array.of(0, 0, 0, body.length + 8, 2, 0, 0, 0, ...body))
      expect(performance.now() - began).toBeLessThan(50)
      expect(only(peer.take(), "close").error?.condition, what).toBe("amqp:decode-error")
    }
  })

  it.each<readonly [string, (liar: readonly number[]) => number[]]>([
    ["a value", (liar) => [0, 0x53, 0x77, ...liar]],
    ["a sequence", (liar) => described(0x76, [liar])],
    [
      "an application property",
      (liar) => [0, 0x53, 0x74, 0xd1, 0, 0, 0, liar.length + 7, 0, 0, 0, 2, ...NAME, ...liar, ...dataMessage("x")],
    ],
    [
      "an annotation",
      (liar) => [
        0,
        0x53,
        0x72,
        0xd1,
        0,
        0,
        0,
        liar.length + 7,
        0,
        0,
        0,
        2,
        0xa3,
        1,
        0x6e,
        ...liar,
        ...dataMessage("x"),
      ],
    ],
  ])("claiming more than there is ends the link at once in %s", (_where, message) => {
    for (const [what, liar] of Object.entries(LIARS)) {
      const peer = new Stage(manualTurn()).client()
      peer.attachSender("q")
      const began = performance.now()
      peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, Uint8Array.from(message(liar)))
      expect(performance.now() - began).toBeLessThan(50)
      expect(only(peer.take(), "detach").error?.condition, what).toBe("amqp:decode-error")
    }
  })

  it("announcing ranges of 2^31 deliveries costs what is in flight", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    peer.attachSender("q")
    peer.attachReceiver("q")
    for (let id = 0; id < 100; id++) peer.transfer(id, "x", { settled: true })
    expect(all(peer.credit(100), "transfer")).toHaveLength(100)
    const hostile = encodedFrame({ type: "disposition", role: true, first: 50, last: 0x8000_0030, settled: false })
    const began = performance.now()
    for (let round = 0; round < 10_000; round++) peer.bytes(hostile)
    peer.send({
      type: "disposition",
      role: true,
      first: 0,
      last: 0x7fff_ffff,
      settled: true,
      state: { type: "accepted" },
    })
    expect(performance.now() - began).toBeLessThan(500)
    expect([...stage.broker.inspect("/", "q")]).toEqual([])
  })

  it("giving 2^32 - 1 credit with an open window gets what there is, no more", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    peer.attachSender("q")
    peer.transfer(0, "x", { settled: true })
    peer.attachReceiver("q")
    expect(all(peer.credit(0xffff_ffff, { incomingWindow: 0xffff_ffff }), "transfer")).toHaveLength(1)
  })
})
