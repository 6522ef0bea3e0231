import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { PerformativeDraft } from "../codec/composites.ts"
import { AMQP_HEADER, SASL_HEADER } from "../codec/constants.ts"
import { PERFORMATIVES } from "../codec/layouts.ts"
import { arbitraryComposite } from "../testing/arbitrary-composites.ts"
import { PAIRED } from "../testing/management-client.ts"
import { only } from "../testing/received-frame.ts"
import { dataMessage, encodedFrame } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"
import { WellMeaningPeer } from "../testing/well-meaning-peer.ts"

/** Frames that a client could mean: few channels, handles, ids and addresses, so that they meet. */
const smallId = fc.constantFrom(0, 1, 2, 3, 4, 5, 0xffff_ffff)
const handle = fc.constantFrom(0, 0, 0, 0, 1, 1, 1, 1, 2)
const address = fc.constantFrom(
  ...new Array<string>(8).fill("q"),
  "/queues/q",
  "/exchanges/amq.topic/a",
  "/topic/#",
  "/exchange/amq.direct",
  "/management",
  "/nonsense",
  undefined,
)
const terminus = fc.oneof(
  { weight: 9, arbitrary: fc.record({ address }) },
  { weight: 1, arbitrary: fc.constant({ dynamic: true }) },
)
const state = fc.constantFrom(
  { type: "accepted" },
  { type: "released" },
  { type: "rejected" },
  { type: "modified", deliveryFailed: true },
  { type: "received", sectionNumber: 0, sectionOffset: 0n },
  undefined,
)
const attach = fc.record({
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
  properties: fc.constant(PAIRED),
})

const flow = fc.record({
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
})

const transfer = fc.record({
  type: fc.constant("transfer"),
  handle,
  deliveryId: fc.option(smallId, { nil: undefined, freq: 10 }),
  deliveryTag: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }),
  settled: fc.boolean(),
  more: fc.constantFrom(false, false, false, true),
  aborted: fc.constantFrom(...new Array<boolean>(9).fill(false), true),
})

const disposition = fc.record({
  type: fc.constant("disposition"),
  role: fc.boolean(),
  first: smallId,
  last: fc.option(smallId, { nil: undefined }),
  settled: fc.boolean(),
  state,
})

const detach = fc.record({ type: fc.constant("detach"), handle, closed: fc.boolean() })

const plausible = fc.oneof(
  { weight: 4, arbitrary: attach },
  { weight: 6, arbitrary: flow },
  { weight: 16, arbitrary: transfer },
  { weight: 10, arbitrary: disposition },
  { weight: 2, arbitrary: detach },
  { weight: 1, arbitrary: fc.constant({ type: "end" }) },
) as fc.Arbitrary<PerformativeDraft>

const anything = fc
  .constantFrom(...PERFORMATIVES)
  .chain((name) => arbitraryComposite(name)) as fc.Arbitrary<PerformativeDraft>

const payload = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(dataMessage("x"), dataMessage("x".repeat(1500)), new Uint8Array(0)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
)

const action = fc.oneof(
  { weight: 100, arbitrary: fc.record({ kind: fc.constant("legal" as const), body: plausible, payload }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("frame" as const),
      body: plausible,
      payload,
      channel: fc.constantFrom(0, 0, 0, 1),
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
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constantFrom("turn", "turn", "turn", "tick", "block", "unblock", "writable", "stuffed"),
    }),
  },
)

describe("a connection under arbitrary frames", () => {
  it("never fails, says only what can be read, and leaves the others alone", () => {
    const began = performance.now()
    fc.assert(
      fc.property(
        fc.array(action, { maxLength: 100, size: "max" }),
        fc.constantFrom(512, 4096, 0xffff_ffff),
        (actions, maxFrameSize) => {
          const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 4000 } })
          const bystander = stage.client()
          bystander.attachSender("q")
          const peer = stage.connect()
          peer.open({ maxFrameSize })
          const wellMeaning = new WellMeaningPeer(peer)
          peer.send({ type: "begin", nextOutgoingId: 0, incomingWindow: 1000, outgoingWindow: 1000 }, undefined, 1)
          for (const one of actions) {
            if (one.kind === "legal") wellMeaning.send(one.body, one.payload)
            else if (one.kind === "frame") peer.send(one.body, one.payload, one.channel)
            else if (one.kind === "damaged") {
              const frame = encodedFrame(one.body, dataMessage("x"))
              frame[4 + (one.at % (frame.length - 4))] = one.byte
              peer.bytes(frame)
            } else if (one.kind === "tick") stage.tick(1000)
            else if (one.kind === "block") stage.alarm("memory")
            else if (one.kind === "unblock") stage.alarm(undefined)
            else if (one.kind === "stuffed") peer.outbound.pendingBytes = stage.broker.limits.slowReaderBytes
            else if (one.kind === "writable") {
              peer.outbound.pendingBytes = 0
              peer.session.writable()
            } else if (!wellMeaning.hear(peer.take())) break
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
