import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { contentFrames, frame, methodFrame } from "../testing/frames.ts"
import { filled, HEADER, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { connectionClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"

const FORCED = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect()
})

describe("closing", () => {
  it("answers the client and says why in the log line", () => {
    client.open()
    expect(client.ask(0, "connection.close", { replyCode: 200, replyText: "Goodbye" })).toEqual([
      [0, "connection.close-ok", {}],
    ])
    expect(client.outbound.closedFor).toBe("closed by the client: Goodbye")
  })

  it("discards everything until the client agrees", () => {
    client.open()
    client.ask(9, "basic.get", { queue: "q" })
    client.send(1, "queue.declare", { queue: "late" })
    client.bytes(frame(9, 0, Uint8Array.of(1)))
    expect(client.take()).toEqual([])
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe("CHANNEL_ERROR - expected 'channel.open'")
    expect(() => stage.broker.inspect("/", "late")).toThrow("no queue 'late'")
  })

  it("does not wait for ever", () => {
    client.open()
    client.ask(9, "basic.get", { queue: "q" })
    stage.tick(9_999)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("CHANNEL_ERROR - expected 'channel.open'")
  })

  it("says goodbye when the broker stops and waits for the answer", () => {
    client.open()
    client.session.shutdown("shutdown")
    expect(client.take()).toEqual(connectionClose(320, FORCED))
    expect(client.outbound.closedFor).toBeUndefined()
    client.session.shutdown("shutdown")
    expect(client.ask(1, "queue.declare", { queue: "late" })).toEqual([])
    expect(client.ask(0, "connection.close-ok")).toEqual([])
    expect(client.outbound.closedFor).toBe(FORCED)
  })

  it("answers a client that closes just when the broker stops", () => {
    client.open()
    client.session.shutdown("shutdown")
    client.take()
    expect(client.ask(0, "connection.close", { replyCode: 200, replyText: "Goodbye" })).toEqual([
      [0, "connection.close-ok", {}],
    ])
    expect(client.outbound.closedFor).toBe(FORCED)
    expect(client.ask(0, "connection.close-ok")).toEqual([])
  })

  it("does not wait for the answer of a client that has not logged in when the broker stops", () => {
    client.bytes(HEADER)
    client.take()
    client.session.shutdown("shutdown")
    expect(client.take()).toEqual(connectionClose(320, FORCED))
    expect(client.outbound.closedFor).toBe("shutdown")

    const silent = stage.connect()
    silent.session.shutdown("shutdown")
    expect(silent.take()).toEqual([])
    expect(silent.outbound.closedFor).toBe("shutdown")
  })

  it("waits for nobody whose frames cannot be told apart any more when the broker stops", () => {
    client.open({ frameMax: 8192 })
    client.bytes(Uint8Array.of(3, 0, 1, 0, 0, 0x1f, 0xf9))
    client.take()
    client.session.shutdown("shutdown")
    expect(client.take()).toEqual([])
    expect(client.outbound.closedFor).toBe("shutdown")
  })

  it("ends exclusive queues with the connection", () => {
    client.open()
    client.ask(1, "queue.declare", { queue: "mine", exclusive: true })
    const other = stage.connect().open()
    expect(other.ask(1, "queue.declare", { queue: "mine", passive: true })).toMatchObject([
      [1, "channel.close", { replyCode: 405 }],
    ])
    client.session.lost()
    const third = stage.connect().open()
    expect(third.ask(1, "queue.declare", { queue: "mine", passive: true })).toMatchObject([
      [1, "channel.close", { replyCode: 404 }],
    ])
  })

  it("takes every call after the transport is gone", () => {
    client.open()
    client.session.lost()
    client.session.lost()
    client.session.stored(5)
    client.session.writable()
    client.session.blocked("memory")
    client.session.tick(stage.turn.nowMs() + 1_000_000)
    client.session.shutdown("shutdown")
    client.send(1, "queue.declare", { queue: "q" })
    expect(client.take()).toEqual([])
  })

  it("reads the goodbye of a client that it did not read when the broker stops", () => {
    client.open()
    client.send(1, "confirm.select")
    client.take()
    const publish = Buffer.concat([
      methodFrame(1, "basic.publish", filled("basic.publish", { routingKey: "nowhere" })),
      contentFrames(1, ""),
    ])
    client.bytes(Buffer.concat(new Array(100_000).fill(publish)))
    stage.alarm("memory")
    expect(client.outbound.isReadingPaused).toBe(true)
    client.session.shutdown("shutdown")
    expect(client.take()).toEqual([[0, "connection.blocked", { reason: "memory" }], ...connectionClose(320, FORCED)])
    expect(client.outbound.isReadingPaused).toBe(false)
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe(FORCED)
  })
})
