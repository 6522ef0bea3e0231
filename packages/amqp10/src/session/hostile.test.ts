import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PerformativeDraft } from "../codec/composites.ts"
import { AMQP_HEADER, SASL_HEADER } from "../codec/constants.ts"
import { PERFORMATIVES } from "../codec/layouts.ts"
import { arbitraryComposite } from "../testing/arbitrary-composites.ts"
import { PAIRED } from "../testing/management-client.ts"
import { all, only } from "../testing/received-frame.ts"
import { dataMessage, encodedFrame, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** Frames that a client could mean: few channels, handles, ids and addresses, so that they meet. */
const smallId = fc.constantFrom(0, 1, 2, 3, 4, 5, 0xffff_ffff)
const handle = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 1, 2)
const address = fc.constantFrom(
  "q",
  "/queues/q",
  "/exchanges/amq.topic/a",
  "/topic/#",
  "/exchange/amq.direct",
  "/management",
  "/nonsense",
  undefined,
)
const terminus = fc.record({ address, dynamic: fc.constantFrom(true, false, false, false) })
const state = fc.constantFrom(
  { type: "accepted" },
  { type: "released" },
  { type: "rejected" },
  { type: "modified", deliveryFailed: true },
  { type: "received", sectionNumber: 0, sectionOffset: 0n },
  undefined,
)
const plausible = fc.oneof(
  fc.record({
    type: fc.constant("attach"),
    name: fc.constantFrom("a", "b"),
    handle,
    role: fc.boolean(),
    sndSettleMode: fc.constantFrom(0, 1, 2),
    source: fc.option(
      terminus.map((fields) => ({ type: "source", ...fields })),
      { nil: undefined, freq: 20 },
    ),
    target: fc.option(
      terminus.map((fields) => ({ type: "target", ...fields })),
      { nil: undefined, freq: 20 },
    ),
    initialDeliveryCount: smallId,
    properties: fc.constantFrom(PAIRED, undefined),
  }),
  fc.record({
    type: fc.constant("flow"),
    nextIncomingId: smallId,
    incomingWindow: fc.constantFrom(0, 1, 1000, 0xffff_ffff),
    nextOutgoingId: smallId,
    outgoingWindow: smallId,
    handle: fc.option(handle, { nil: undefined }),
    deliveryCount: fc.option(smallId, { nil: undefined }),
    linkCredit: fc.constantFrom(0, 1, 5, 0xffff_ffff),
    drain: fc.boolean(),
    echo: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("transfer"),
    handle,
    deliveryId: fc.option(smallId, { nil: undefined, freq: 10 }),
    deliveryTag: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }),
    settled: fc.boolean(),
    more: fc.constantFrom(false, false, true),
    aborted: fc.constantFrom(false, false, false, true),
  }),
  fc.record({
    type: fc.constant("disposition"),
    role: fc.boolean(),
    first: smallId,
    last: fc.option(smallId, { nil: undefined }),
    settled: fc.boolean(),
    state,
  }),
  fc.record({ type: fc.constant("detach"), handle, closed: fc.boolean() }),
) as fc.Arbitrary<PerformativeDraft>

const sessionFrame = fc.oneof(
  fc.record({
    type: fc.constant("begin"),
    nextOutgoingId: smallId,
    incomingWindow: fc.constantFrom(0, 2, 1000, 0xffff_ffff),
    outgoingWindow: smallId,
    handleMax: fc.constantFrom(1, 0xffff_ffff),
  }),
  fc.record({ type: fc.constant("end") }),
) as fc.Arbitrary<PerformativeDraft>

const anything = fc
  .constantFrom(...PERFORMATIVES)
  .chain((name) => arbitraryComposite(name)) as fc.Arbitrary<PerformativeDraft>

const payload = fc.oneof(
  fc.constantFrom(dataMessage("x"), dataMessage("x".repeat(1500)), new Uint8Array(0)),
  fc.uint8Array({ maxLength: 40 }),
)

const action = fc.oneof(
  {
    weight: 60,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      body: plausible,
      payload,
      channel: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      body: sessionFrame,
      payload: fc.constant(new Uint8Array(0)),
      channel: fc.constantFrom(0, 1, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      body: anything,
      payload,
      channel: fc.constantFrom(0, 1, 70),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("damaged" as const), body: plausible, at: fc.nat(), byte: fc.nat(255) }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constantFrom("turn", "tick", "block", "unblock", "writable", "stuffed", "restart"),
    }),
  },
)

/** Begins two sessions, the first with a link each way. */
function begin(peer: ScriptedPeer): void {
  peer.begin()
  peer.attachSender("q")
  peer.attachReceiver("q")
  peer.credit(5)
  peer.begin({}, 1)
}

describe("a connection under arbitrary frames", () => {
  it("never fails, says only what can be read, and leaves the others alone", () => {
    const began = performance.now()
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 60 }),
        fc.constantFrom(512, 4096, 0xffff_ffff),
        (actions, maxFrameSize) => {
          const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 4000 } })
          const bystander = stage.client()
          bystander.attachSender("q")
          const peer = stage.connect()
          peer.open({ maxFrameSize })
          begin(peer)
          for (const one of actions) {
            if (one.kind === "frame") peer.send(one.body, one.payload, one.channel)
            else if (one.kind === "damaged") {
              const frame = encodedFrame(one.body, dataMessage("x"))
              frame[4 + (one.at % (frame.length - 4))] = one.byte
              peer.bytes(frame)
            } else if (one.kind === "turn") peer.take()
            else if (one.kind === "tick") stage.tick(1000)
            else if (one.kind === "block") stage.alarm("memory")
            else if (one.kind === "unblock") stage.alarm(undefined)
            else if (one.kind === "stuffed") peer.outbound.pendingBytes = stage.broker.limits.slowReaderBytes
            else {
              peer.outbound.pendingBytes = 0
              peer.session.writable()
            }
          }
          stage.alarm(undefined)
          peer.take()
          peer.session.lost()
          expect(stage.access().describeQueue("q").consumers).toBe(0)
          stage.access().purgeQueue("q")
          stage.turn.endTurn()
          expect(stage.broker.heldBytes).toBe(0)
          bystander.take()
          bystander.transfer(1, "still here")
          expect(only(bystander.take(), "disposition").state?.type).toBe("accepted")
          expect(stage.errors).toEqual([])
        },
      ),
      { numRuns: 400, seed: 10 },
    )
    expect(performance.now() - began).toBeLessThan(15_000)
  })

  it("ends in one of its states whatever the first bytes are", () => {
    const start = fc.constantFrom(AMQP_HEADER, SASL_HEADER, new Uint8Array(0))
    fc.assert(
      fc.property(start, fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 6 }), (header, chunks) => {
        const stage = new Stage(manualTurn())
        const peer = stage.connect()
        peer.bytes(header)
        for (const chunk of chunks) peer.bytes(chunk)
        peer.take()
        stage.tick(20_000)
        expect(peer.closedFor).toBeDefined()
        expect(stage.errors).toEqual([])
      }),
      { numRuns: 300, seed: 10 },
    )
  })

  it("reads a whole conversation at every split", () => {
    const conversation = Buffer.concat([
      AMQP_HEADER,
      encodedFrame({ type: "open", containerId: "peer" }),
      encodedFrame({ type: "begin", nextOutgoingId: 0, incomingWindow: 10, outgoingWindow: 10 }),
      encodedFrame({
        type: "attach",
        name: "s",
        handle: 0,
        role: false,
        target: { type: "target", address: "q" },
        initialDeliveryCount: 0,
      }),
      encodedFrame({ type: "transfer", handle: 0, deliveryId: 0 }, dataMessage("one")),
      encodedFrame({ type: "attach", name: "r", handle: 1, role: true, source: { type: "source", address: "q" } }),
      encodedFrame({
        type: "flow",
        nextIncomingId: 0,
        incomingWindow: 10,
        nextOutgoingId: 1,
        outgoingWindow: 10,
        handle: 1,
        linkCredit: 5,
      }),
      encodedFrame({ type: "disposition", role: true, first: 0, settled: true, state: { type: "accepted" } }),
    ])
    const whole = conversed([conversation])
    expect(whole).toEqual(["header", "open", "begin", "attach", "flow", "attach", "transfer", "disposition"])
    for (let split = 1; split < conversation.length; split++) {
      expect(conversed([conversation.subarray(0, split), conversation.subarray(split)])).toEqual(whole)
    }
  })
})

/** Names of what a session answers to chunks. */
function conversed(chunks: readonly Uint8Array[]): string[] {
  const peer = new Stage(manualTurn()).connect()
  for (const chunk of chunks) peer.bytes(chunk)
  return peer.take().map((frame) => (frame.kind === "amqp" ? frame.body.type : frame.kind))
}

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
