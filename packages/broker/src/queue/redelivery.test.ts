import { type ManualTurn, publishedMessage, RecordingConsumer, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { type Arguments, NO_ARGUMENTS } from "../api/arguments.ts"
import type { Outcome } from "../api/entry.ts"
import { QueueStage } from "../testing/queue-stage.ts"

let turn: ManualTurn
let access: Access

beforeEach(() => {
  const stage = new QueueStage()
  turn = stage.turn
  access = stage.access
})

function declare(queueArguments: Arguments = NO_ARGUMENTS, autoDelete = false): void {
  access.declareQueue({ name: "q", durable: false, exclusive: false, autoDelete, arguments: queueArguments })
}

function send(...bodies: readonly string[]): void {
  for (const body of bodies) access.publish(publishedMessage(body, { routingKey: "q", receivedAtMs: turn.nowMs() }))
}

describe("a message that comes back", () => {
  it.each<[readonly Outcome[], boolean, number, number]>([
    [[], false, 0, 0],
    [["released"], true, 0, 1],
    [["released", "released"], true, 0, 2],
    [["failed"], true, 1, 1],
    [["released", "failed"], true, 1, 2],
    [["released", "failed", "failed"], true, 2, 3],
    [["released", "failed", "failed", "released"], true, 2, 4],
  ])(
    "after %j is redelivered: %j, has failed %i and come back %i times",
    (...[outcomes, redelivered, failed, back]) => {
      declare()
      const consumer = new RecordingConsumer({ credit: 1 })
      const queue = access.consume("q", consumer, NO_ARGUMENTS)
      send("1")
      for (const outcome of outcomes) {
        queue.settle(consumer.entry(consumer.entries.length - 1), outcome)
        consumer.credit = 1
        queue.wake(consumer)
        turn.endTurn()
      }
      expect(consumer.entries).toHaveLength(outcomes.length + 1)
      expect(consumer.entries.at(-1)).toMatchObject({ redelivered, deliveryCount: failed, acquiredCount: back })
    },
  )

  it("goes before everything that was published after it, whoever gave it back, in whatever order", () => {
    declare()
    const first = new RecordingConsumer({ name: "first", credit: 2 })
    const second = new RecordingConsumer({ name: "second", credit: 2 })
    const queue = access.consume("q", first, NO_ARGUMENTS)
    access.consume("q", second, NO_ARGUMENTS)
    send("1", "2", "3", "4", "5", "6")
    expect([first.bodies, second.bodies]).toEqual([
      ["1", "3"],
      ["2", "4"],
    ])
    queue.settle(second.entry(1), "failed")
    queue.settle(first.entry(0), "released")
    queue.settle(first.entry(1), "failed")
    queue.settle(second.entry(0), "accepted")
    const late = new RecordingConsumer({ name: "late" })
    access.consume("q", late, NO_ARGUMENTS)
    turn.endTurn()
    expect(late.bodies).toEqual(["1", "3", "4", "5", "6"])
    expect(late.entries.map(({ redelivered }) => redelivered)).toEqual([true, true, true, false, false])
  })

  it("survives a purge while it is under way, and no longer", () => {
    declare()
    send("1", "2", "3")
    const got = access.get("q", false)
    expect(access.purgeQueue("q")).toBe(2)
    got?.holder.settle(got.entry, "released")
    turn.endTurn()
    expect(access.checkQueue("q").messages).toBe(1)
    expect(access.purgeQueue("q")).toBe(1)
    expect(access.get("q", true)).toBeUndefined()
  })

  it("comes back when its consumer leaves without settling it", () => {
    declare()
    const leaving = new RecordingConsumer({ name: "leaving" })
    const queue = access.consume("q", leaving, NO_ARGUMENTS)
    send("1", "2")
    queue.detach(leaving)
    for (const entry of leaving.entries) queue.settle(entry, "released")
    const staying = new RecordingConsumer({ name: "staying" })
    access.consume("q", staying, NO_ARGUMENTS)
    expect(staying.bodies).toEqual(["1", "2"])
  })

  it("is gone when the queue keeps messages for no time at all", () => {
    declare(new Map([["x-message-ttl", 0]]))
    const consumer = new RecordingConsumer({ credit: 1 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    send("1", "2")
    queue.settle(consumer.entry(0), "released")
    consumer.credit = 5
    queue.wake(consumer)
    turn.endTurn()
    expect(consumer.bodies).toEqual(["1"])
    send("3")
    expect(consumer.bodies).toEqual(["1", "3"])
  })
})

describe("an auto-delete queue", () => {
  it("stays while it has never had a consumer", () => {
    declare(NO_ARGUMENTS, true)
    send("1")
    expect(access.get("q", true)).toBeDefined()
    expect(refusal(() => access.checkQueue("q"))).toBe("allowed")
  })

  it("takes what its last consumer gives back with it", () => {
    declare(NO_ARGUMENTS, true)
    const consumer = new RecordingConsumer()
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    send("1")
    queue.detach(consumer)
    expect(refusal(() => access.checkQueue("q"))).toBe("NOT_FOUND: no queue 'q' in vhost '/'")
    queue.settle(consumer.entry(0), "released")
    turn.endTurn()
    expect(consumer.entry(0).message.holders).toBe(0)
  })
})
