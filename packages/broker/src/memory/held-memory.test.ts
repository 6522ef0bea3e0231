import { createMessage, type Message, messageBytes } from "@polymq/message"
import {
  LOOPBACK,
  type ManualTurn,
  manualTurn,
  publishedMessage,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"
import { HeldMemory } from "./held-memory.ts"

let turn: ManualTurn

beforeEach(() => {
  turn = manualTurn()
})

/** A message whose parts lie in one read chunk, as a door cuts them out. */
function inChunk(chunk: Uint8Array, at: number, bodyBytes: number): Message {
  const message = createMessage("amqp10", 0)
  message.head = chunk
  message.headStart = at
  message.headEnd = at + 3
  message.sections = chunk
  message.sectionsStart = at + 3
  message.sectionsEnd = at + 8
  message.body = chunk
  message.bodyStart = at + 8
  message.bodyEnd = at + 8 + bodyBytes
  return message
}

function parts(message: Message): readonly string[] {
  const hex = (bytes: Uint8Array, start: number, end: number) => Buffer.from(bytes.slice(start, end)).toString("hex")
  return [
    hex(message.head, message.headStart, message.headEnd),
    hex(message.sections, message.sectionsStart, message.sectionsEnd),
    hex(message.body, message.bodyStart, message.bodyEnd),
  ]
}

function chunkOf(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => index % 251)
}

function memory(markBytes = 1_000_000): HeldMemory {
  return new HeldMemory(turn, markBytes, () => {})
}

describe("what connections gather of messages that have not arrived whole", () => {
  it("is a quarter of the mark at most, and counts as held", () => {
    const held = memory(1000)
    expect([held.gather(200), held.gather(51), held.gather(50), held.gather(1)]).toEqual([true, false, true, false])
    expect(held.heldBytes).toBe(250)
    expect(held.gather(-250)).toBe(true)
    expect([held.heldBytes, held.gather(250)]).toEqual([0, true])
  })

  it("is counted off when their connection closes, and not once more", () => {
    const broker = createBrokerCore({ turn, memoryMarkBytes: 1000 })
    const [one, other] = [1, 2].map(() => broker.connect(new SilentSession(), LOOPBACK, "test"))
    expect([one?.gather(100), other?.gather(150), other?.gather(1)]).toEqual([true, true, false])
    one?.close()
    expect([one?.gather(-100), broker.heldBytes, other?.gather(100)]).toEqual([false, 150, true])
    other?.close()
    expect(broker.heldBytes).toBe(0)
  })
})

describe("messages still held at the end of a turn", () => {
  it.each([0, 1, 64, 65, 5000, 70_000, 300_000])(
    "leave the read chunk with their bytes, body of %i bytes",
    (bodyBytes) => {
      const chunk = chunkOf(1_000_000)
      const message = inChunk(chunk, 1000, bodyBytes)
      const before = parts(message)
      memory().hold(message)
      expect(message.body.buffer).toBe(chunk.buffer)
      turn.endTurn()
      expect(message.body.buffer).not.toBe(chunk.buffer)
      expect(message.head.buffer).toBe(message.body.buffer)
      expect(parts(message)).toEqual(before)
    },
  )

  it("share a slab that is never written over", () => {
    const chunk = chunkOf(1_000_000)
    const held = memory()
    const messages = Array.from({ length: 300 }, (_, index) => inChunk(chunk, index * 1000, 900 + index))
    const before = messages.map(parts)
    for (const message of messages) {
      held.hold(message)
      if (message.bodyEnd % 7 === 0) turn.endTurn()
    }
    turn.endTurn()
    expect(messages.map(parts)).toEqual(before)
    const slabs = new Set(messages.map(({ body }) => body.buffer))
    expect(slabs.size).toBe(2)
  })

  it("stay where they make up half of the memory", () => {
    const chunk = chunkOf(1000)
    const message = inChunk(chunk, 0, 500)
    memory().hold(message)
    turn.endTurn()
    expect(message.body.buffer).toBe(chunk.buffer)
  })

  it("are not copied when they were settled within the turn", () => {
    const chunk = chunkOf(100_000)
    const message = inChunk(chunk, 0, 10)
    const held = memory()
    held.hold(message)
    held.release(message)
    turn.endTurn()
    expect(message.body.buffer).toBe(chunk.buffer)
    expect(held.heldBytes).toBe(0)
  })

  it("lose the conversion that shares the chunk", () => {
    const message = inChunk(chunkOf(100_000), 0, 10)
    message.cached = { by: {}, message }
    memory().hold(message)
    turn.endTurn()
    expect(message.cached).toBeUndefined()
  })
})

describe("held bytes", () => {
  let broker: BrokerCore
  let session: SilentSession
  const size = messageBytes(publishedMessage("x".repeat(1000)))

  beforeEach(() => {
    session = new SilentSession()
    broker = createBrokerCore({ turn, memoryMarkBytes: 10_000 })
  })

  function access() {
    return broker.access(broker.connect(session, LOOPBACK, "test"), { name: "guest", tags: [] }, "/")
  }

  it("raise the alarm above the mark and clear it below four fifths of it", () => {
    const guest = access()
    guest.declareQueue({ name: "q", durable: false, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
    const messages = Math.ceil(10_000 / (size + 300 + 128)) + 1
    for (let count = 0; count < messages; count++) {
      guest.publish(publishedMessage("x".repeat(1000), { routingKey: "q" }))
    }
    expect(session.blockings).toEqual([])
    turn.endTurn()
    expect(session.blockings).toEqual(["memory"])
    expect(broker.blockedReason).toBe("memory")
    guest.get("q", true)
    turn.endTurn()
    expect(session.blockings).toEqual(["memory"])
    guest.purgeQueue("q")
    turn.endTurn()
    expect(session.blockings).toEqual(["memory", undefined])
    expect(broker.blockedReason).toBeUndefined()
    expect(broker.heldBytes).toBe(0)
  })

  it("come back to nothing whatever way messages leave", () => {
    const guest = access()
    const settings = { name: "q", durable: true, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS }
    guest.declareQueue(settings)
    const send = (body: string, ttlMs?: number) => {
      guest.publish(publishedMessage(body, { routingKey: "q", durable: true, receivedAtMs: turn.nowMs(), ttlMs }))
    }
    for (let count = 0; count < 6; count++) send("x", count === 0 ? 5 : undefined)
    expect(broker.heldBytes).toBeGreaterThan(0)
    turn.advance(5)
    const automatic = new RecordingConsumer({ settlesOnDelivery: true, credit: 1 })
    const manual = new RecordingConsumer({ credit: 2 })
    const queue = guest.consume("q", automatic, NO_ARGUMENTS)
    guest.consume("q", manual, NO_ARGUMENTS)
    queue.settle(manual.entry(0), "rejected")
    queue.settle(manual.entry(1), "released")
    turn.endTurn()
    guest.get("q", true)
    guest.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    send("unroutable")
    turn.endTurn()
    expect(broker.heldBytes).toBe(0)
  })
})
