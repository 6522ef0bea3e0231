import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { EMPTY_FRAME } from "../codec/constants.ts"
import { all, only } from "../testing/received-frame.ts"
import { encodedFrame } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

function openPeer(stage = new Stage(manualTurn())) {
  const peer = stage.connect()
  peer.open()
  return peer
}

describe("Amqp10Connection", () => {
  it("answers close with close", () => {
    const peer = openPeer()
    peer.send({ type: "close" })
    expect(only(peer.take(), "close").error).toBeUndefined()
    expect(peer.closedFor).toBe("the peer closed the connection")
  })

  it("says that the broker stops", () => {
    const peer = openPeer()
    peer.session.shutdown("maintenance")
    expect(only(peer.take(), "close").error).toMatchObject({
      condition: "amqp:connection:forced",
      description: "maintenance",
    })
  })

  it.each([
    ["a second open", encodedFrame({ type: "open", containerId: "again" }), "amqp:illegal-state"],
    ["a frame for a channel without session", encodedFrame({ type: "end" }, undefined, 5), "amqp:illegal-state"],
    [
      "a begin beyond the largest channel",
      encodedFrame({ type: "begin", nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 }, undefined, 64),
      "amqp:connection:framing-error",
    ],
    [
      "a begin that answers none of ours",
      encodedFrame({ type: "begin", remoteChannel: 0, nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 }),
      "amqp:not-allowed",
    ],
    ["a frame smaller than its header", Uint8Array.of(0, 0, 0, 7), "amqp:connection:framing-error"],
    ["a frame larger than agreed", Uint8Array.of(0, 2, 0, 1), "amqp:connection:framing-error"],
    ["a data offset within the header", Uint8Array.of(0, 0, 0, 8, 1, 0, 0, 0), "amqp:connection:framing-error"],
    ["a data offset beyond the frame", Uint8Array.of(0, 0, 0, 8, 3, 0, 0, 0), "amqp:connection:framing-error"],
    ["a SASL frame", Uint8Array.of(0, 0, 0, 8, 2, 1, 0, 0), "amqp:connection:framing-error"],
    ["a performative that is none", Uint8Array.of(0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x70, 0x45), "amqp:decode-error"],
    ["garbage", Uint8Array.of(0, 0, 0, 10, 2, 0, 0, 0, 0xff, 0xff), "amqp:decode-error"],
  ])("closes on %s", (_what, bytes, condition) => {
    const peer = openPeer()
    peer.bytes(bytes)
    expect(only(peer.take(), "close").error?.condition).toBe(condition)
    expect(peer.closedFor).toContain(condition)
    peer.bytes(encodedFrame({ type: "close" }))
    expect(peer.take()).toEqual([])
  })

  it("reads frames at every split of the stream", () => {
    const begin = { type: "begin", nextOutgoingId: 0, incomingWindow: 1, outgoingWindow: 1 } as const
    const stream = Buffer.concat([encodedFrame(begin), EMPTY_FRAME, encodedFrame(begin, undefined, 1)])
    for (let split = 0; split <= stream.length; split++) {
      const peer = openPeer()
      peer.bytes(stream.subarray(0, split))
      peer.bytes(stream.subarray(split))
      expect(all(peer.take(), "begin").map(({ remoteChannel }) => remoteChannel)).toEqual([0, 1])
    }
    const peer = openPeer()
    for (const byte of stream) peer.bytes(Uint8Array.of(byte))
    expect(all(peer.take(), "begin")).toHaveLength(2)
  })

  it("gives up a peer from which nothing is heard within the idle-time-out", () => {
    const stage = new Stage(manualTurn(), { limits: { heartbeatSeconds: 10 } })
    const peer = openPeer(stage)
    stage.tick(1000)
    stage.tick(9000)
    peer.bytes(EMPTY_FRAME)
    stage.tick(1000)
    stage.tick(10_000)
    expect(peer.closedFor).toBeUndefined()
    stage.tick(1000)
    expect(only(peer.take(), "close").error?.condition).toBe("amqp:resource-limit-exceeded")
  })

  it("sends empty frames to a peer with an idle-time-out, as long as it has nothing else to say", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.connect()
    peer.open({ idleTimeOut: 8000 })
    stage.tick(1000)
    stage.tick(1000)
    expect(peer.take()).toEqual([])
    stage.tick(1000)
    expect(peer.take()).toEqual([{ kind: "empty" }])
    stage.tick(1000)
    peer.begin()
    stage.tick(1000)
    expect(peer.take()).toEqual([])
  })

  it.each([undefined, 0])("sends none to a peer without one: %s", (idleTimeOut) => {
    const stage = new Stage(manualTurn())
    const peer = stage.connect()
    peer.open({ idleTimeOut })
    for (let second = 0; second < 30; second++) stage.tick(1000)
    expect(peer.take()).toEqual([])
  })

  it("lets a peer with the shortest idle-time-out hear something every second", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.connect()
    peer.open({ idleTimeOut: 1000 })
    for (let second = 0; second < 5; second++) stage.tick(1000)
    expect(peer.take()).toEqual(new Array(5).fill({ kind: "empty" }))
  })

  it("does not give up a peer that the transport does not read", () => {
    const stage = new Stage(manualTurn(), { limits: { heartbeatSeconds: 10 } })
    const peer = openPeer(stage)
    peer.outbound.hasUnreadAnswers = true
    stage.tick(60_000)
    peer.outbound.hasUnreadAnswers = false
    stage.tick(10_000)
    expect(peer.closedFor).toBeUndefined()
    stage.tick(1)
    expect(peer.closedFor).toContain("idle-time-out")
  })

  it("gives everything back when the transport is gone", () => {
    const stage = new Stage(manualTurn())
    const peer = openPeer(stage)
    peer.begin()
    peer.attachReceiver(undefined, { source: { type: "source", dynamic: true } })
    peer.session.lost()
    peer.session.lost()
    peer.session.tick(0)
    peer.bytes(EMPTY_FRAME)
    expect(peer.take()).toEqual([])
    expect(stage.errors).toEqual([])
  })
})
