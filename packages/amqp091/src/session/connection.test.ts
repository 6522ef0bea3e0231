import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { contentFrames, frame, methodFrame } from "../testing/frames.ts"
import { filled, HEADER, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { connectionClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect()
})

describe("an open connection", () => {
  it("sends heartbeats while it is quiet and gives up a silent client", () => {
    client.open({ heartbeat: 10 })
    // The first tick sees that the handshake was written.
    stage.tick(1000)
    stage.tick(4000)
    expect(client.take()).toEqual([])
    stage.tick(1000)
    expect(client.take()).toEqual([["heartbeat"]])
    client.bytes(frame(8, 0, new Uint8Array(0)))
    stage.tick(20_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("missed heartbeats of 10 s from the client")
  })

  it("neither sends nor expects heartbeats when they are switched off", () => {
    client.open({ heartbeat: 0 })
    stage.tick(1_000_000)
    expect(client.take()).toEqual([])
    expect(client.outbound.closedFor).toBeUndefined()
  })

  it("agrees to a new secret", () => {
    client.open()
    expect(client.ask(0, "connection.update-secret", { reason: "rotation" })).toEqual([
      [0, "connection.update-secret-ok", {}],
    ])
  })

  it("does not take a client for dead that it does not read", () => {
    client.open({ heartbeat: 10 })
    client.publish(1, { routingKey: "nowhere" }, "x")
    stage.alarm("memory")
    for (let seconds = 0; seconds < 60; seconds += 10) stage.tick(10_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.alarm(undefined)
    stage.tick(20_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("missed heartbeats of 10 s from the client")
  })

  it("does not take a client for dead that the transport does not read", () => {
    client.open({ heartbeat: 10 })
    client.outbound.hasUnreadAnswers = true
    stage.tick(60_000)
    client.outbound.hasUnreadAnswers = false
    stage.tick(20_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("missed heartbeats of 10 s from the client")
  })

  it("does not read on from a client that publishes faster than its confirms leave", () => {
    client.open({ channels: [1, 2], heartbeat: 10 })
    client.send(1, "confirm.select")
    client.send(2, "confirm.select")
    client.take()
    const publishes = (channel: number, count: number) =>
      Buffer.concat(
        new Array(count).fill(
          Buffer.concat([
            methodFrame(channel, "basic.publish", filled("basic.publish", { routingKey: "nowhere" })),
            contentFrames(channel, ""),
          ]),
        ),
      )
    client.bytes(publishes(1, 50_000))
    client.bytes(publishes(2, 49_999))
    expect(client.outbound.isReadingPaused).toBe(false)
    client.bytes(publishes(2, 1))
    expect(client.outbound.isReadingPaused).toBe(true)
    stage.turn.advance(60_000)
    client.session.tick(stage.turn.nowMs())
    expect(client.outbound.closedFor).toBeUndefined()
    expect(client.take()).toEqual([
      [1, "basic.ack", { deliveryTag: 50_000, multiple: true }],
      [2, "basic.ack", { deliveryTag: 50_000, multiple: true }],
    ])
    expect(client.outbound.isReadingPaused).toBe(false)
  })
})

describe("frames that are not legal", () => {
  const EMPTY = new Uint8Array(0)

  it.each([
    ["an unknown frame type", frame(4, 0, EMPTY), 501, "FRAME_ERROR - frame type 4 on channel 0 in state open"],
    [
      "a content header on channel 0",
      frame(2, 0, EMPTY),
      505,
      "UNEXPECTED_FRAME - frame type 2 on channel 0 in state open",
    ],
    [
      "a heartbeat with a payload",
      frame(8, 0, Uint8Array.of(1)),
      501,
      "FRAME_ERROR - a heartbeat has a payload of 1 octets",
    ],
    ["a heartbeat on a channel", frame(8, 1, EMPTY), 505, "UNEXPECTED_FRAME - frame type 8 on channel 1 in state open"],
    ["an empty method", frame(1, 0, EMPTY), 503, "COMMAND_INVALID - unexpected method in state open"],
  ])("end the connection: %s", (_what, bytes, code, text) => {
    client.open()
    client.bytes(bytes)
    expect(client.take()).toEqual(connectionClose(code, text))
  })

  it("end the connection when the frame-end octet is missing", () => {
    client.open()
    const bytes = frame(8, 0, EMPTY)
    bytes[7] = 0xcd
    client.bytes(bytes)
    expect(client.take()).toEqual(connectionClose(501, "FRAME_ERROR - frame ends with octet 205"))
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe("FRAME_ERROR - frame ends with octet 205")
  })

  it("end the connection when they are larger than negotiated, before they have arrived", () => {
    client.open({ frameMax: 8192 })
    client.bytes(Uint8Array.of(3, 0, 1, 0, 0, 0x1f, 0xf9))
    expect(client.take()).toEqual(connectionClose(501, "FRAME_ERROR - frame of 8193 bytes, the limit is 8192"))
    client.bytes(new Uint8Array(100_000))
    expect(client.take()).toEqual([])
    stage.tick(2000)
    expect(client.outbound.closedFor).toBe("FRAME_ERROR - frame of 8193 bytes, the limit is 8192")
  })

  it("are limited to 8 KiB before the login", () => {
    client.bytes(HEADER)
    client.take()
    client.bytes(Uint8Array.of(1, 0, 0, 0, 1, 0, 0))
    expect(client.take()).toEqual(connectionClose(501, "FRAME_ERROR - frame of 65544 bytes, the limit is 8192"))
  })

  it("end the connection when a method of channel 0 comes out of turn", () => {
    client.bytes(HEADER)
    client.take()
    expect(client.ask(0, "connection.open", { virtualHost: "/" })).toEqual(
      connectionClose(503, "COMMAND_INVALID - unexpected connection.open in state starting", 10, 40),
    )
  })

  it("end the connection when a channel is used before the vhost is open", () => {
    client.login()
    expect(client.ask(1, "channel.open")).toEqual(
      connectionClose(505, "UNEXPECTED_FRAME - frame type 1 on channel 1 in state tuning"),
    )
  })

  it.each([
    ["connection.open", methodFrame(0, "connection.open", filled("connection.open", { virtualHost: "/" })), 10, 40],
    ["connection.close-ok", methodFrame(0, "connection.close-ok", {}), 10, 51],
    ["channel.open", methodFrame(0, "channel.open", filled("channel.open", {})), 20, 10],
  ])("end an open connection when channel 0 carries a stray %s", (_name, bytes, classId, methodId) => {
    client.open()
    client.bytes(bytes)
    expect(client.take()).toEqual(
      connectionClose(504, "CHANNEL_ERROR - unexpected method in connection state running", classId, methodId),
    )
  })

  it("end the connection when an argument cannot be decoded", () => {
    client.open()
    client.bytes(frame(1, 1, Uint8Array.of(0, 50, 0, 10, 0, 0, 5, 0x61)))
    expect(client.take()).toMatchObject(connectionClose(502, expect.stringContaining("SYNTAX_ERROR - "), 50, 10))
  })
})
