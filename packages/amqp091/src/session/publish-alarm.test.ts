import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect()
})

describe("an alarm", () => {
  it("pauses publishers and nobody else", () => {
    const consumer = stage.connect().open()
    client.open()
    client.publish(1, { routingKey: "nowhere" }, "x")
    stage.alarm("memory")
    expect(client.take()).toEqual([[0, "connection.blocked", { reason: "memory" }]])
    expect(client.outbound.isReadingPaused).toBe(true)
    expect(consumer.take()).toEqual([])
    expect(consumer.outbound.isReadingPaused).toBe(false)
    stage.alarm(undefined)
    expect(client.take()).toEqual([[0, "connection.unblocked", {}]])
    expect(client.outbound.isReadingPaused).toBe(false)
  })

  it("pauses a client that begins to publish meanwhile, until there is room again", () => {
    stage = new Stage(manualTurn(), { memoryMarkBytes: 10_000 })
    const [first, second] = [stage.connect().open(), stage.connect().open()]
    first.ask(1, "queue.declare", { queue: "q" })
    for (let left = 3; left > 0; left--) first.publish(1, { routingKey: "q" }, "x".repeat(4000))
    expect(first.take()).toMatchObject([[0, "connection.blocked", {}]])
    second.publish(1, { routingKey: "nowhere" }, "x")
    expect(second.take()).toMatchObject([[0, "connection.blocked", {}]])
    const consumer = stage.connect().open()
    consumer.ask(1, "queue.purge", { queue: "q" })
    expect(first.take()).toEqual([[0, "connection.unblocked", {}]])
    expect(second.take()).toEqual([[0, "connection.unblocked", {}]])
  })
})
