import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import type { Draft } from "../codec/composites.ts"
import { all, only } from "../testing/received-frame.ts"
import { dataMessage, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { outcomes, sending, waiting } from "../testing/sending.ts"
import { Stage } from "../testing/stage.ts"

const encoder = new TextEncoder()

function sendParts(
  peer: ScriptedPeer,
  parts: readonly (Partial<Draft<"transfer">> & { readonly text?: string })[],
): void {
  for (const { text = "", ...transfer } of parts)
    peer.send({ type: "transfer", handle: 0, ...transfer }, encoder.encode(text))
}

describe("link credit", () => {
  it("is topped up when half of it is used, by one flow", () => {
    const { peer } = sending("q", { linkCredit: 10 })
    for (let id = 0; id < 4; id++) peer.transfer(id, "x", { settled: true })
    expect(all(peer.take(), "flow")).toEqual([])
    peer.transfer(4, "x", { settled: true })
    expect(only(peer.take(), "flow")).toMatchObject({ handle: 0, deliveryCount: 5, linkCredit: 10 })
  })

  it("counts what is not stored yet", () => {
    const { peer } = sending("q", { linkCredit: 10 })
    for (let id = 0; id < 10; id++) peer.transfer(id, "x")
    const frames = peer.take()
    expect(outcomes(frames)).toEqual([[0, 9, "accepted"]])
    expect(only(frames, "flow")).toMatchObject({ deliveryCount: 10, linkCredit: 10 })
  })

  it("detaches a sender that goes on without", () => {
    const { stage, peer } = sending("q", { linkCredit: 2 })
    stage.alarm("memory")
    for (let id = 0; id < 3; id++) peer.transfer(id, "x", { settled: true })
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:link:transfer-limit-exceeded")
  })

  it("is told to a sender that asks, and takes over what it says it skipped", () => {
    const { peer } = sending("q", { linkCredit: 10 })
    const windows = { nextIncomingId: 0, incomingWindow: 100, nextOutgoingId: 0, outgoingWindow: 100 }
    peer.send({ type: "flow", ...windows, handle: 0, deliveryCount: 3, echo: true })
    expect(only(peer.take(), "flow")).toMatchObject({ deliveryCount: 3, linkCredit: 7 })
  })
})

describe("messages of many transfers", () => {
  const whole = dataMessage("0123456789")
  const [head, middle, tail] = [whole.subarray(0, 4), whole.subarray(4, 9), whole.subarray(9)]

  function send(peer: ScriptedPeer, transfer: Partial<Draft<"transfer">>, payload: Uint8Array): void {
    peer.send({ type: "transfer", handle: 0, ...transfer }, payload)
  }

  it("are put together, with one settlement and one credit", () => {
    const { stage, peer } = sending("q", { linkCredit: 4 })
    send(peer, { deliveryId: 7, deliveryTag: Uint8Array.of(1), more: true }, head)
    send(peer, { more: true }, middle)
    send(peer, { deliveryId: 7, deliveryTag: Uint8Array.of(1) }, tail)
    const frames = peer.take()
    expect(outcomes(frames)).toEqual([[7, 7, "accepted"]])
    expect(all(frames, "flow")).toEqual([])
    peer.attachReceiver("q")
    const received = peer.credit(1).find((frame) => frame.kind === "amqp" && frame.body.type === "transfer")
    expect(received?.kind === "amqp" && Buffer.from(received.payload).subarray(-whole.length)).toEqual(
      Buffer.from(whole),
    )
    expect(stage.errors).toEqual([])
  })

  it("may be interleaved with those of another link", () => {
    const { stage, peer } = sending()
    peer.attachSender("other", { name: "other", handle: 5 })
    send(peer, { deliveryId: 0, more: true }, head)
    send(peer, { handle: 5, deliveryId: 1, more: true }, whole.subarray(0, 7))
    send(peer, { more: true }, middle)
    send(peer, { handle: 5 }, whole.subarray(7))
    send(peer, {}, tail)
    expect(outcomes(peer.take())).toEqual([
      [1, 1, "accepted"],
      [0, 0, "accepted"],
    ])
    expect([waiting(stage, "q"), waiting(stage, "other")]).toEqual([1, 1])
  })

  it("may be of the largest message's size, and in however many transfers", () => {
    const { stage, peer } = sending()
    const largest = Buffer.alloc(16 * 1024 * 1024, "x")
    largest.set([0, 0x53, 0x75, 0xb0])
    largest.writeUInt32BE(largest.length - 8, 4)
    const sendLargest = (deliveryId: number, more: boolean): void => {
      for (let at = 0; at < largest.length; at += 131_000) {
        const ids = at === 0 ? { deliveryId } : {}
        send(peer, { ...ids, more: more || at + 131_000 < largest.length }, largest.subarray(at, at + 131_000))
      }
    }
    sendLargest(0, false)
    send(peer, { deliveryId: 1, more: true }, new Uint8Array(0))
    for (let empty = 0; empty < 5000; empty++) send(peer, { more: true }, new Uint8Array(0))
    send(peer, {}, whole)
    expect(outcomes(peer.take())).toEqual([[0, 1, "accepted"]])
    const [first] = stage.broker.inspect("/", "q")
    expect(first !== undefined && largest.equals(first.body.subarray(first.bodyStart, first.bodyEnd))).toBe(true)
    sendLargest(2, true)
    expect(all(peer.take(), "detach")).toEqual([])
    send(peer, {}, Uint8Array.of(0))
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:link:message-size-exceeded")
  })

  it("are settled when any of their transfers says so", () => {
    const { stage, peer } = sending()
    send(peer, { deliveryId: 0, more: true }, head)
    send(peer, { more: true, settled: true }, middle)
    send(peer, {}, tail)
    expect(outcomes(peer.take())).toEqual([])
    expect(waiting(stage, "q")).toBe(1)
  })

  it("are forgotten when they are aborted", () => {
    const { stage, peer } = sending()
    send(peer, { deliveryId: 0, more: true }, head)
    send(peer, { aborted: true }, tail)
    send(peer, { deliveryId: 1, aborted: true, more: true }, head)
    peer.transfer(2, "next")
    expect(outcomes(peer.take())).toEqual([[2, 2, "accepted"]])
    expect(waiting(stage, "q")).toBe(1)
  })

  it.each([
    ["delivery-id", { deliveryId: 8 }],
    ["delivery-tag", { deliveryTag: Uint8Array.of(2) }],
  ] as const)("must not change their %s", (_what, change) => {
    const { peer } = sending()
    send(peer, { deliveryId: 7, deliveryTag: Uint8Array.of(1), more: true }, head)
    send(peer, change, tail)
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:not-allowed")
  })

  it("must not outgrow the largest message, in one transfer or in many", () => {
    const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 1000 } })
    const peer = stage.client()
    peer.attachSender("q")
    peer.transfer(0, "x".repeat(1000))
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:link:message-size-exceeded")
    peer.send({ type: "detach", handle: 0 })
    peer.attachSender("q")
    for (let part = 0; part < 3; part++) sendParts(peer, [{ deliveryId: 1, more: true, text: "x".repeat(400) }])
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:link:message-size-exceeded")
  })

  it("must not be unfinished on too many connections at once", () => {
    const stage = new Stage(manualTurn(), { memoryMarkBytes: 4000 })
    const peers = [stage.client(), stage.client()]
    for (const peer of peers) {
      peer.attachSender("q")
      sendParts(peer, [{ deliveryId: 0, more: true, text: "x".repeat(600) }])
    }
    expect(peers.map((peer) => all(peer.take(), "end").map(({ error }) => error?.condition))).toEqual([
      [],
      ["amqp:resource-limit-exceeded"],
    ])
    for (const peer of peers) peer.session.lost()
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("must not be unfinished on too many links at once", () => {
    const stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 1000 } })
    const peer = stage.client()
    for (let handle = 10; handle < 15; handle++) peer.attachSender("q", { handle, name: `link ${handle}` })
    for (let handle = 10; handle < 15; handle++)
      sendParts(peer, [{ handle, deliveryId: handle, more: true, text: "x".repeat(900) }])
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:resource-limit-exceeded")
    peer.send({ type: "end" })
    peer.begin()
    peer.attachSender("q")
    sendParts(peer, [{ deliveryId: 0, more: true, text: "x".repeat(900) }])
    expect(peer.take()).toEqual([])
  })
})

describe("transfers that say what they may not", () => {
  it.each<readonly [string, Partial<Draft<"attach">>, Partial<Draft<"transfer">>, string]>([
    ["a delivery-tag of 33 octets", {}, { deliveryTag: new Uint8Array(33) }, "amqp:invalid-field"],
    ["another message-format", {}, { messageFormat: 1 }, "amqp:not-implemented"],
    ["that they resume", {}, { resume: true }, "amqp:not-implemented"],
    ["rcv-settle-mode second on a link of first", {}, { rcvSettleMode: 1 }, "amqp:not-implemented"],
    ["rcv-settle-mode first on a link of second", { rcvSettleMode: 1 }, { rcvSettleMode: 0 }, "amqp:not-implemented"],
    ["settled on a link of unsettled", { sndSettleMode: 0 }, { settled: true }, "amqp:invalid-field"],
    ["not settled on a link of settled", { sndSettleMode: 1 }, { settled: false }, "amqp:invalid-field"],
    ["nothing on a link of settled", { sndSettleMode: 1 }, {}, "amqp:invalid-field"],
  ])("end the link: %s", (_what, attach, transfer, condition) => {
    const { stage, peer } = sending("q", {}, attach)
    peer.send({ type: "transfer", handle: 0, deliveryId: 0, ...transfer }, dataMessage("x"))
    expect(only(peer.take(), "detach")).toMatchObject({ handle: 0, closed: true, error: { condition } })
    expect(waiting(stage, "q")).toBe(0)
  })

  it("end the link when they come later in a delivery", () => {
    const { stage, peer } = sending()
    const whole = dataMessage("0123456789")
    for (const [handle, transfer] of [{ messageFormat: 1 }, { resume: true }, { rcvSettleMode: 1 }].entries()) {
      peer.attachSender("q", { name: `link ${handle}`, handle: handle + 5 })
      peer.send({ type: "transfer", handle: handle + 5, deliveryId: handle, more: true }, whole.subarray(0, 4))
      expect(peer.take()).toEqual([])
      peer.send({ type: "transfer", handle: handle + 5, ...transfer }, whole.subarray(4))
      expect(only(peer.take(), "detach").error?.condition).toBe("amqp:not-implemented")
    }
    expect(waiting(stage, "q")).toBe(0)
  })

  it("are fine with what the link has agreed", () => {
    const { stage, peer } = sending("q", {}, { sndSettleMode: 1, rcvSettleMode: 1 })
    peer.transfer(0, "x", { settled: true, rcvSettleMode: 1, deliveryTag: new Uint8Array(32) })
    expect(peer.take()).toEqual([])
    expect(waiting(stage, "q")).toBe(1)
  })

  it("are taken with one delivery-tag again and again: deliveries are told apart by their ids", () => {
    const { stage, peer } = sending()
    for (let id = 0; id < 3; id++) peer.transfer(id, `m${id}`, { deliveryTag: Uint8Array.of(7) })
    expect(outcomes(peer.take())).toEqual([[0, 2, "accepted"]])
    expect(waiting(stage, "q")).toBe(3)
  })
})
