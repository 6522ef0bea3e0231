import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { all, only } from "../testing/received-frame.ts"
import { Stage } from "../testing/stage.ts"

const WINDOWS = { incomingWindow: 100, nextOutgoingId: 0, outgoingWindow: 100 } as const

describe("begin and end", () => {
  it("answers on the same channel, with windows and the largest handle", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.open()
    expect(peer.begin({}, 7)).toMatchObject({
      remoteChannel: 7,
      nextOutgoingId: 0,
      incomingWindow: 512,
      handleMax: 255,
    })
  })

  it("answers end with end, after which the channel is free", () => {
    const peer = new Stage(manualTurn()).client()
    peer.send({ type: "end" })
    expect(only(peer.take(), "end").error).toBeUndefined()
    peer.begin()
  })

  it("refuses a second session on a channel", () => {
    const peer = new Stage(manualTurn()).client()
    peer.send({ type: "begin", ...WINDOWS })
    expect(only(peer.take(), "close").error?.condition).toBe("amqp:illegal-state")
  })

  it("keeps to the peer's channel-max", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.open({ channelMax: 3 })
    peer.begin({}, 3)
    peer.send({ type: "begin", ...WINDOWS }, undefined, 4)
    expect(only(peer.take(), "close").error?.condition).toBe("amqp:connection:framing-error")
  })

  it("passes over everything on a channel between its end and the peer's", () => {
    const peer = new Stage(manualTurn()).client()
    peer.send({ type: "detach", handle: 4 })
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:session:unattached-handle")
    peer.send({ type: "detach", handle: 4 })
    peer.transfer(0, "late")
    peer.send({ type: "flow", ...WINDOWS, handle: 9 })
    peer.send({ type: "disposition", role: true, first: 0, settled: true })
    peer.send({ type: "end" })
    expect(peer.take()).toEqual([])
    peer.begin()
  })
})

describe("handles", () => {
  it.each([
    ["a detach", { type: "detach", handle: 4 }],
    ["a transfer", { type: "transfer", handle: 4, deliveryId: 0 }],
    ["a flow", { type: "flow", ...WINDOWS, handle: 4 }],
  ] as const)("end the session for %s without link", (_what, frame) => {
    const peer = new Stage(manualTurn()).client()
    peer.send(frame)
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:session:unattached-handle")
  })

  it("end the session when they are in use", () => {
    const peer = new Stage(manualTurn()).client()
    peer.attachSender("q")
    const frames = peer.attachSender("q", { name: "other" })
    expect(only(frames, "end").error?.condition).toBe("amqp:session:handle-in-use")
  })

  it("end the connection above the largest", () => {
    const peer = new Stage(manualTurn()).client()
    const frames = peer.attachSender("q", { handle: 256 })
    expect(only(frames, "close").error?.condition).toBe("amqp:connection:framing-error")
  })

  it("end the session above the peer's own handle-max", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.open()
    peer.begin({ handleMax: 3 })
    expect(only(peer.attachSender("q", { handle: 4 }), "end").error?.condition).toBe("amqp:not-allowed")
  })

  it("end the session for a transfer on a link that receives", () => {
    const peer = new Stage(manualTurn()).client()
    peer.attachReceiver("q")
    peer.send({ type: "transfer", handle: 1, deliveryId: 0 })
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:not-allowed")
  })

  it("take what was on its way when we detached the link, and end the session for more", () => {
    const peer = new Stage(manualTurn(), {}, { incomingWindow: 8 }).client()
    peer.attachSender("q")
    peer.attachSender("q", { name: "other", handle: 5 })
    peer.send({ type: "transfer", handle: 0, deliveryId: 0 }, Uint8Array.of(0xff))
    expect(only(peer.take(), "detach").error?.condition).toBe("amqp:decode-error")
    for (let id = 1; id < 8; id++) peer.transfer(id, "late")
    peer.transfer(8, "fine", { handle: 5 })
    expect(all(peer.take(), "disposition")).toMatchObject([{ first: 8, last: 8, state: { type: "accepted" } }])
    peer.transfer(9, "too late")
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:session:errant-link")
  })

  it("are free again after both detaches", () => {
    const peer = new Stage(manualTurn()).client()
    peer.attachSender("q")
    peer.send({ type: "detach", handle: 0, closed: true })
    expect(only(peer.take(), "detach")).toMatchObject({ handle: 0, closed: true, error: undefined })
    expect(all(peer.attachSender("q"), "attach")).toHaveLength(1)
    peer.send({ type: "detach", handle: 0 })
    expect(only(peer.take(), "detach").closed).toBe(false)
  })

  it("give way to a link of the same name and direction", () => {
    const peer = new Stage(manualTurn()).client()
    peer.attachReceiver("q")
    const frames = peer.attachReceiver("q", { handle: 2 })
    expect(only(frames, "detach")).toMatchObject({ handle: 1, closed: true, error: { condition: "amqp:link:stolen" } })
    expect(only(frames, "attach").handle).toBe(2)
    expect(all(peer.attachSender("q", { name: "receiver", handle: 3 }), "detach")).toEqual([])
  })
})

describe("the incoming window", () => {
  it("ends the session for a transfer beyond it", () => {
    const peer = new Stage(manualTurn(), {}, { incomingWindow: 4, linkCredit: 100 }).client()
    peer.attachSender("q")
    peer.session.blocked("memory")
    peer.take()
    for (let id = 0; id < 4; id++) peer.transfer(id, "x", { settled: true })
    expect(all(peer.take(), "end")).toEqual([])
    peer.transfer(4, "x", { settled: true })
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:session:window-violation")
  })

  it("is reopened by a flow when half of it is used, whatever the transfer-ids", () => {
    const peer = new Stage(manualTurn(), {}, { incomingWindow: 4, linkCredit: 100 }).connect()
    peer.open()
    peer.begin({ nextOutgoingId: 0xffff_ffff })
    peer.attachSender("q")
    peer.transfer(0, "x", { settled: true })
    expect(all(peer.take(), "flow")).toEqual([])
    peer.transfer(1, "x", { settled: true })
    expect(only(peer.take(), "flow")).toMatchObject({ nextIncomingId: 1, incomingWindow: 4, handle: undefined })
  })

  it("is 0 while the broker takes nothing, and full afterwards", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.client()
    peer.attachSender("q")
    stage.alarm("memory")
    expect(only(peer.take(), "flow")).toMatchObject({ incomingWindow: 0, handle: undefined })
    expect(all(peer.attachSender("q", { name: "second", handle: 5 }), "flow")).toEqual([])
    stage.alarm(undefined)
    const flows = all(peer.take(), "flow")
    expect(flows.map(({ incomingWindow, handle, linkCredit }) => [incomingWindow, handle, linkCredit])).toEqual([
      [512, undefined, undefined],
      [512, 5, 170],
    ])
  })

  it("is told in the answer to a flow that asks for it", () => {
    const peer = new Stage(manualTurn()).client()
    peer.send({ type: "flow", ...WINDOWS, nextIncomingId: 0, echo: true })
    expect(only(peer.take(), "flow")).toMatchObject({ incomingWindow: 512, echo: false, handle: undefined })
  })
})

describe("the outgoing window", () => {
  it("holds deliveries back until the peer opens it", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.connect()
    peer.open()
    peer.begin({ incomingWindow: 2 })
    peer.attachSender("q")
    for (let id = 0; id < 5; id++) peer.transfer(id, `m${id}`, { settled: true })
    peer.attachReceiver("q")
    expect(all(peer.credit(10, { incomingWindow: 2 }), "transfer")).toHaveLength(2)
    expect(all(peer.credit(10, { nextIncomingId: 2, incomingWindow: 1 }), "transfer")).toHaveLength(1)
    expect(all(peer.credit(10, { nextIncomingId: 3, incomingWindow: 9 }), "transfer")).toHaveLength(2)
  })

  it.each([1, 9, 0x7fff_ffff])(
    "ends the session when the peer expects transfer %i, of which there was none",
    (nextIncomingId) => {
      const peer = new Stage(manualTurn()).client()
      peer.send({ type: "flow", ...WINDOWS, nextIncomingId })
      expect(only(peer.take(), "end").error?.condition).toBe("amqp:session:window-violation")
    },
  )

  it("cuts a message of many transfers short, and lets nothing overtake the rest", () => {
    const stage = new Stage(manualTurn())
    const sender = stage.client()
    sender.attachSender("q")
    sender.transfer(0, "x".repeat(2000), { settled: true })
    sender.transfer(1, "next", { settled: true })
    const peer = stage.connect()
    peer.open({ maxFrameSize: 512 })
    peer.begin({ incomingWindow: 3 })
    peer.attachReceiver("q")
    const first = all(peer.credit(10, { incomingWindow: 3 }), "transfer")
    expect(first.map(({ deliveryId, more }) => [deliveryId, more])).toEqual([
      [0, true],
      [0, true],
      [0, true],
    ])
    const second = all(peer.credit(10, { nextIncomingId: 3, incomingWindow: 10 }), "transfer")
    expect(second.map(({ deliveryId, more }) => [deliveryId, more])).toEqual([
      [0, true],
      [0, false],
      [1, false],
    ])
  })

  it("forgets the rest of a message when its link is detached", () => {
    const stage = new Stage(manualTurn())
    const sender = stage.client()
    sender.attachSender("q")
    sender.transfer(0, "x".repeat(2000), { settled: true })
    const peer = stage.connect()
    peer.open({ maxFrameSize: 512 })
    peer.begin({ incomingWindow: 1 })
    peer.attachReceiver("q")
    expect(all(peer.credit(1, { incomingWindow: 1 }), "transfer")).toHaveLength(1)
    peer.send({ type: "detach", handle: 1 })
    only(peer.take(), "detach")
    peer.send({ type: "flow", ...WINDOWS, nextIncomingId: 1 })
    expect(peer.take()).toEqual([])
    expect(stage.errors).toEqual([])
  })
})

describe("dispositions", () => {
  it("of deliveries that nobody knows are passed over", () => {
    const peer = new Stage(manualTurn()).client()
    for (const role of [true, false]) {
      peer.send({ type: "disposition", role, first: 7, settled: true, state: { type: "accepted" } })
      peer.send({ type: "disposition", role, first: 0, last: 0x7fff_ffff, settled: true })
      peer.send({ type: "disposition", role, first: 0xffff_ffff, last: 3, settled: true })
    }
    expect(peer.take()).toEqual([])
  })

  it.each([
    [true, 5, 3],
    [true, 0, 0xffff_ffff],
    [false, 5, 3],
    [false, 0, 0xffff_ffff],
  ])("whose range ends before it begins end the session: role %s, %i to %i", (role, first, last) => {
    const peer = new Stage(manualTurn()).client()
    peer.send({ type: "disposition", role, first, last, settled: true, state: { type: "accepted" } })
    expect(only(peer.take(), "end").error?.condition).toBe("amqp:invalid-field")
  })
})
