import { LOOPBACK, manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { contentFrames, methodFrame } from "../testing/frames.ts"
import { filled, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"
import { GatheredBytes } from "./gathered-bytes.ts"

const MAX_MESSAGE_BYTES = 10_000

/** Enough to pass sixteen messages of full size with a large part of one on each. */
const CHANNELS = Array.from({ length: 18 }, (_, index) => index + 1)

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn(), { limits: { maxMessageBytes: MAX_MESSAGE_BYTES } })
  client = stage.connect().open({ channels: CHANNELS })
  client.ask(1, "queue.declare", { queue: "q" })
})

/** All of a publish but its last body frame, and that frame. */
function publish(channel: number): readonly [begin: Uint8Array, rest: Uint8Array] {
  const method = methodFrame(channel, "basic.publish", filled("basic.publish", { routingKey: "q" }))
  const content = contentFrames(channel, "x".repeat(MAX_MESSAGE_BYTES), { frameBytes: 4900 })
  const last = content.length - (MAX_MESSAGE_BYTES - 2 * 4900 + 8)
  return [Buffer.concat([method, content.subarray(0, last)]), content.subarray(last)]
}

describe("memory for what is not published yet", () => {
  it("is counted until it is given back", () => {
    const gathered = new GatheredBytes(stage.broker.connect(client.session, LOOPBACK, "amqp"), 1)
    gathered.take(16)
    expect(() => gathered.take(1)).toThrow("17 bytes of unfinished publishes, the limit is 16")
    gathered.give(1)
    expect(() => gathered.take(1)).not.toThrow()
  })

  it("is limited for all connections together by the memory of the broker", () => {
    stage = new Stage(manualTurn(), { memoryMarkBytes: 6 * MAX_MESSAGE_BYTES })
    const [one, other] = [stage.connect().open(), stage.connect().open()]
    one.bytes(publish(1)[0])
    expect(one.take()).toEqual([])
    other.bytes(publish(1)[0])
    expect(other.take()).toMatchObject([
      [
        0,
        "connection.close",
        {
          replyCode: 506,
          replyText: "RESOURCE_ERROR - all connections together have too many bytes of unfinished publishes",
        },
      ],
    ])
    expect(stage.broker.heldBytes).toBe(9800)
  })

  it("is limited for all channels of a connection together", () => {
    for (const channel of CHANNELS) client.bytes(publish(channel)[0])
    expect(client.take()).toEqual([
      [
        0,
        "connection.close",
        {
          replyCode: 506,
          replyText: "RESOURCE_ERROR - 166600 bytes of unfinished publishes, the limit is 160000",
          classId: 60,
          methodId: 40,
        },
      ],
    ])
  })

  it("is free again once publishes are finished", () => {
    const begun = CHANNELS.slice(0, 16)
    for (let round = 0; round < 3; round++) {
      for (const channel of begun) client.bytes(publish(channel)[0])
      for (const channel of begun) client.bytes(publish(channel)[1])
    }
    expect(client.take()).toEqual([])
    expect(stage.broker.inspect("/", "q")).toHaveLength(3 * 16)
  })

  it("is taken by transactions until they end", () => {
    for (const channel of CHANNELS) client.send(channel, "tx.select")
    client.take()
    const body = "x".repeat(MAX_MESSAGE_BYTES - 1000)
    for (const end of ["tx.commit", "tx.rollback", "channel.close"] as const) {
      for (const channel of CHANNELS.slice(0, 8)) {
        client.publish(channel, { routingKey: "q" }, body)
        client.publish(channel, { routingKey: "q" }, body)
      }
      expect(client.take()).toEqual([])
      for (const channel of CHANNELS.slice(0, 8)) client.ask(channel, end)
    }
    for (const channel of CHANNELS.slice(8)) {
      client.publish(channel, { routingKey: "q" }, body)
      client.publish(channel, { routingKey: "q" }, body)
    }
    expect(client.take()).toMatchObject([[0, "connection.close", { replyCode: 506 }]])
  })
})
