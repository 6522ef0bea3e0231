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
      channel: fc.constant(0),
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

/** Begins a session with a link each way. */
function begin(peer: ScriptedPeer): void {
  peer.send({ type: "begin", nextOutgoingId: 0, incomingWindow: 1000, outgoingWindow: 1000 })
  peer.attachSender("q")
  peer.attachReceiver("q")
  peer.credit(5)
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

  it("announcing 2^32 elements costs nothing", () => {
    const peer = new Stage(manualTurn()).client()
    peer.attachSender("q")
    const array = [0xf0, 0, 0, 0, 5, 0xff, 0xff, 0xff, 0xff, 0x40]
    const began = performance.now()
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, Uint8Array.of(0, 0x53, 0x77, ...array))
    expect(performance.now() - began).toBeLessThan(50)
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:decode-error")
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
