import {
  LOOPBACK,
  type ManualTurn,
  manualTurn,
  publishedMessage,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { type Arguments, NO_ARGUMENTS } from "../api/arguments.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"

const GUEST = { name: "guest", tags: [] }

let turn: ManualTurn
let broker: BrokerCore
let access: Access

beforeEach(() => {
  turn = manualTurn()
  broker = createBrokerCore({ turn })
  access = broker.access(broker.connect(new SilentSession(), LOOPBACK, "test"), GUEST, "/")
})

function declare(name: string, queueArguments: Arguments = NO_ARGUMENTS): void {
  access.declareQueue({ name, durable: false, exclusive: false, autoDelete: false, arguments: queueArguments })
}

function send(queue: string, body: string, ttlMs?: number): void {
  access.publish(publishedMessage(body, { routingKey: queue, receivedAtMs: turn.nowMs(), ttlMs }))
}

function ready(queue: string): number {
  return access.checkQueue(queue).messages
}

describe("a queue", () => {
  it("delivers in the order of publishing", () => {
    declare("q")
    send("q", "one")
    send("q", "two")
    const consumer = new RecordingConsumer()
    access.consume("q", consumer, NO_ARGUMENTS)
    send("q", "three")
    expect(consumer.bodies).toEqual(["one", "two", "three"])
  })

  it("gives to its consumers in turn and passes over those without credit", () => {
    declare("q")
    const first = new RecordingConsumer({ name: "first", credit: 1 })
    const second = new RecordingConsumer({ name: "second" })
    access.consume("q", first, NO_ARGUMENTS)
    access.consume("q", second, NO_ARGUMENTS)
    for (const body of ["1", "2", "3", "4"]) send("q", body)
    expect(first.bodies).toEqual(["1"])
    expect(second.bodies).toEqual(["2", "3", "4"])
  })

  it("keeps messages while no consumer has credit and delivers them on waking", () => {
    declare("q")
    const consumer = new RecordingConsumer({ credit: 1 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    for (const body of ["1", "2", "3"]) send("q", body)
    expect(consumer.bodies).toEqual(["1"])
    consumer.credit = 1
    queue.wake(consumer)
    expect(consumer.bodies).toEqual(["1", "2"])
    expect(ready("q")).toBe(1)
  })

  it("tells a consumer with credit that nothing is left", () => {
    declare("q")
    send("q", "1")
    const consumer = new RecordingConsumer({ credit: 2 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    expect(consumer.timesExhausted).toBe(1)
    queue.wake(consumer)
    expect(consumer.timesExhausted).toBe(2)
  })

  it("puts a released message back to its place and marks it redelivered", () => {
    declare("q")
    for (const body of ["1", "2", "3"]) send("q", body)
    const first = access.get("q", false)
    const second = access.get("q", false)
    if (first === undefined || second === undefined) throw new Error("nothing to get")
    second.holder.settle(second.entry, "released")
    first.holder.settle(first.entry, "released")
    turn.endTurn()
    const consumer = new RecordingConsumer()
    access.consume("q", consumer, NO_ARGUMENTS)
    expect(consumer.bodies).toEqual(["1", "2", "3"])
    expect(consumer.entries.map(({ redelivered }) => redelivered)).toEqual([true, true, false])
    expect(consumer.entries.map(({ deliveryCount }) => deliveryCount)).toEqual([0, 0, 0])
  })

  it("counts a failed delivery", () => {
    declare("q")
    send("q", "1")
    const consumer = new RecordingConsumer({ credit: 2 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    queue.settle(consumer.entry(0), "failed")
    expect(consumer.bodies).toEqual(["1"])
    turn.endTurn()
    expect(consumer.bodies).toEqual(["1", "1"])
    expect(consumer.entry(1).deliveryCount).toBe(1)
  })

  it("ignores that a delivery is settled twice", () => {
    declare("q")
    send("q", "1")
    const consumer = new RecordingConsumer({ credit: 1 })
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    queue.settle(consumer.entry(0), "accepted")
    queue.settle(consumer.entry(0), "released")
    turn.endTurn()
    expect(ready("q")).toBe(0)
  })

  it("purges what is ready and leaves what is under way", () => {
    declare("q")
    for (const body of ["1", "2", "3"]) send("q", body)
    const got = access.get("q", false)
    expect(access.purgeQueue("q")).toBe(2)
    if (got === undefined) throw new Error("nothing to get")
    got.holder.settle(got.entry, "released")
    turn.endTurn()
    expect(ready("q")).toBe(1)
  })

  it("answers get with the number of messages left", () => {
    declare("q")
    send("q", "1")
    send("q", "2")
    expect(access.get("q", true)?.remaining).toBe(1)
    expect(access.get("q", true)?.remaining).toBe(0)
    expect(access.get("q", true)).toBeUndefined()
  })

  it("protects the publisher and the other consumers from one that throws", () => {
    declare("q")
    const broken = new RecordingConsumer({ settlesOnDelivery: true })
    const sound = new RecordingConsumer()
    broken.deliver = () => {
      throw new Error("broken")
    }
    access.consume("q", broken, NO_ARGUMENTS)
    access.consume("q", sound, NO_ARGUMENTS)
    send("q", "1")
    send("q", "2")
    send("q", "3")
    expect(sound.bodies).toEqual(["2"])
  })

  it("delivers what is published from within a delivery after it", () => {
    declare("q")
    const consumer = new RecordingConsumer({ settlesOnDelivery: true })
    const { deliver } = consumer
    consumer.deliver = (holder, entry) => {
      if (consumer.entries.length === 0) send("q", "second")
      deliver.call(consumer, holder, entry)
    }
    access.consume("q", consumer, NO_ARGUMENTS)
    send("q", "first")
    expect(consumer.bodies).toEqual(["first", "second"])
  })

  it("cancels its consumers when it is deleted and forgets what they settle later", () => {
    declare("q")
    send("q", "1")
    const consumer = new RecordingConsumer()
    const queue = access.consume("q", consumer, NO_ARGUMENTS)
    expect(access.deleteQueue("q", { ifUnused: false, ifEmpty: false })).toBe(0)
    expect(consumer.cancellations).toEqual(["holder-deleted"])
    const { message } = consumer.entry(0)
    expect(message.holders).toBe(1)
    queue.settle(consumer.entry(0), "released")
    turn.endTurn()
    expect(message.holders).toBe(0)
  })

  it("ends with its last consumer when it is auto-delete", () => {
    access.declareQueue({ name: "q", durable: false, exclusive: false, autoDelete: true, arguments: NO_ARGUMENTS })
    const first = new RecordingConsumer()
    const second = new RecordingConsumer()
    access.consume("q", first, NO_ARGUMENTS)
    const queue = access.consume("q", second, NO_ARGUMENTS)
    queue.detach(first)
    expect(access.checkQueue("q").consumers).toBe(1)
    queue.detach(second)
    expect(() => access.checkQueue("q")).toThrow("no queue 'q' in vhost '/'")
  })
})

describe("time to live", () => {
  it("takes the lower one of message and queue", () => {
    declare("q", new Map([["x-message-ttl", 1000]]))
    send("q", "short", 10)
    send("q", "long", 5000)
    turn.advance(10)
    expect(ready("q")).toBe(1)
    turn.advance(989)
    expect(ready("q")).toBe(1)
    turn.advance(1)
    expect(ready("q")).toBe(0)
  })

  it("lets a message of time 0 pass only when it can be delivered at once", () => {
    declare("q")
    send("q", "lost", 0)
    expect(ready("q")).toBe(0)
    const consumer = new RecordingConsumer()
    access.consume("q", consumer, NO_ARGUMENTS)
    send("q", "kept", 0)
    expect(consumer.bodies).toEqual(["kept"])
  })

  it("ends a message behind one that stays only at the head", () => {
    declare("q")
    send("q", "stays")
    send("q", "ends", 10)
    turn.advance(10)
    expect(ready("q")).toBe(2)
    expect(access.get("q", true)?.remaining).toBe(0)
  })

  it("is looked after by the tick when nobody asks", () => {
    declare("q")
    const message = publishedMessage("1", { routingKey: "q", receivedAtMs: turn.nowMs(), ttlMs: 10 })
    access.publish(message)
    turn.advance(10)
    broker.tick(turn.nowMs())
    expect(message.holders).toBe(0)
  })

  it("counts on for a message that came back", () => {
    declare("q")
    send("q", "1", 10)
    const got = access.get("q", false)
    if (got === undefined) throw new Error("nothing to get")
    turn.advance(10)
    got.holder.settle(got.entry, "released")
    turn.endTurn()
    expect(ready("q")).toBe(0)
  })
})
