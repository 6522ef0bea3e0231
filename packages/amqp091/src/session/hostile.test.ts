import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { contentFrames, frame, methodFrame, readFrames } from "../testing/frames.ts"
import { filled } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

/** A session that touches most of what there is. */
const SCRIPT: readonly Uint8Array[] = [
  Buffer.from("AMQP\x00\x00\x09\x01", "latin1"),
  methodFrame(
    0,
    "connection.start-ok",
    filled("connection.start-ok", { mechanism: "PLAIN", response: Buffer.from("\0guest\0guest") }),
  ),
  methodFrame(0, "connection.tune-ok", filled("connection.tune-ok", { frameMax: 8192 })),
  methodFrame(0, "connection.open", filled("connection.open", { virtualHost: "/" })),
  methodFrame(1, "channel.open", filled("channel.open", {})),
  methodFrame(2, "channel.open", filled("channel.open", {})),
  methodFrame(1, "confirm.select", filled("confirm.select", {})),
  methodFrame(2, "tx.select", filled("tx.select", {})),
  methodFrame(1, "exchange.declare", filled("exchange.declare", { exchange: "e", type: "topic" })),
  methodFrame(
    1,
    "queue.declare",
    filled("queue.declare", { queue: "q", arguments: new Map([["x-message-ttl", 60_000]]) }),
  ),
  methodFrame(1, "queue.bind", filled("queue.bind", { queue: "q", exchange: "e", routingKey: "a.#" })),
  methodFrame(1, "basic.qos", filled("basic.qos", { prefetchCount: 2 })),
  methodFrame(1, "basic.consume", filled("basic.consume", { queue: "q", consumerTag: "c" })),
  methodFrame(1, "basic.publish", filled("basic.publish", { exchange: "e", routingKey: "a.b" })),
  contentFrames(1, "hello", { properties: Buffer.from("100002", "hex") }),
  methodFrame(1, "basic.publish", filled("basic.publish", { routingKey: "none", mandatory: true })),
  contentFrames(1, "a longer body", { frameBytes: 4 }),
  methodFrame(2, "basic.publish", filled("basic.publish", { routingKey: "q" })),
  contentFrames(2, "x", { properties: Buffer.from("20000000000401417401", "hex") }),
  methodFrame(2, "tx.commit", filled("tx.commit", {})),
  methodFrame(1, "basic.nack", filled("basic.nack", { deliveryTag: 1, requeue: true })),
  methodFrame(1, "basic.ack", filled("basic.ack", { multiple: true })),
  methodFrame(1, "basic.get", filled("basic.get", { queue: "q" })),
  frame(8, 0, new Uint8Array(0)),
  methodFrame(2, "channel.close", filled("channel.close", {})),
  methodFrame(0, "connection.close", filled("connection.close", {})),
]

const LENGTH = SCRIPT.reduce((total, bytes) => total + bytes.length, 0)

type Change =
  | { readonly kind: "octet"; readonly at: number; readonly octet: number }
  | { readonly kind: "drop"; readonly index: number }
  | { readonly kind: "double"; readonly index: number }
  | { readonly kind: "swap"; readonly index: number }

const index = fc.integer({ min: 1, max: SCRIPT.length - 2 })
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("octet" as const),
      at: fc.integer({ min: 8, max: LENGTH - 1 }),
      octet: fc.integer({ min: 0, max: 255 }),
    }),
  },
  fc.record({ kind: fc.constant("drop" as const), index }),
  fc.record({ kind: fc.constant("double" as const), index }),
  fc.record({ kind: fc.constant("swap" as const), index }),
)

function changed(changes: readonly Change[]): Uint8Array {
  const frames = [...SCRIPT]
  for (const change of changes) {
    if (change.kind === "drop") frames[change.index] = new Uint8Array(0)
    else if (change.kind === "double") {
      frames[change.index] = Buffer.concat([frames[change.index] ?? [], frames[change.index] ?? []] as Uint8Array[])
    } else if (change.kind === "swap") {
      const moved = frames[change.index] ?? new Uint8Array(0)
      frames[change.index] = frames[change.index + 1] ?? new Uint8Array(0)
      frames[change.index + 1] = moved
    }
  }
  const bytes = Buffer.concat(frames)
  for (const change of changes) if (change.kind === "octet" && change.at < bytes.length) bytes[change.at] = change.octet
  return bytes
}

describe("a careful client", () => {
  it("is answered the same however its bytes are split", { timeout: 60_000 }, () => {
    const whole = Buffer.concat(SCRIPT)
    const answers = (parts: readonly Uint8Array[]): string => {
      const stage = new Stage(manualTurn())
      const client = stage.connect()
      for (const part of parts) client.bytes(part)
      stage.turn.endTurn()
      expect(client.outbound.closedFor).toBe("closed by the client")
      return Buffer.from(client.outbound.take()).toString("hex")
    }
    const expected = answers([whole])
    for (let split = 1; split < whole.length; split++) {
      expect(answers([whole.subarray(0, split), whole.subarray(split)])).toBe(expected)
    }
    expect(answers(Array.from(whole, (octet) => Uint8Array.of(octet)))).toBe(expected)
  })
})

describe("a hostile client", () => {
  it("is refused in the protocol's words or served, and never harms the broker", { timeout: 60_000 }, () => {
    const stage = new Stage(manualTurn())
    const witness = stage.connect().open()
    let closes = 0
    fc.assert(
      fc.property(fc.array(anyChange, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 4 }), (changes, cuts) => {
        const client = stage.connect()
        const bytes = changed(changes)
        let at = 0
        for (const cut of cuts) {
          const next = at + (cut % (bytes.length - at + 1))
          client.bytes(bytes.subarray(at, next))
          at = next
        }
        client.bytes(bytes.subarray(at))
        stage.turn.endTurn()
        // Everything written is well-formed, but for the protocol header of a refusal.
        const written = client.outbound.take()
        const frames = readFrames(written[0] === 0x41 ? written.subarray(8) : written)
        const isClosing = frames.some((seen) => "method" in seen && seen.method.name === "connection.close")
        if (isClosing) closes++
        expect(client.outbound.closedFor !== undefined || isClosing || frames.length > 0).toBe(true)
        client.session.lost()
        stage.turn.endTurn()
        expect(stage.log.lines.filter(({ level }) => level === "error")).toEqual([])
      }),
      { numRuns: 1000, seed: 11 },
    )
    expect(closes).toBeGreaterThan(100)
    expect(witness.ask(1, "queue.declare", { queue: "alive" })).toMatchObject([[1, "queue.declare-ok", {}]])
  })

  it("sends random bytes after the header and is told so at once", () => {
    const stage = new Stage(manualTurn())
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (random) => {
        const client = stage.connect()
        client.bytes(Buffer.concat([SCRIPT[0] ?? new Uint8Array(0), random]))
        stage.turn.endTurn()
        const [start, ...rest] = readFrames(client.outbound.take())
        expect(start).toMatchObject({ method: { name: "connection.start" } })
        expect(rest.length).toBeLessThanOrEqual(1)
        client.session.lost()
        expect(stage.log.lines.filter(({ level }) => level === "error")).toEqual([])
      }),
      { numRuns: 500, seed: 12 },
    )
  })

  it("that announces much and sends little holds little", () => {
    const stage = new Stage(manualTurn())
    const client = stage.connect().open()
    const header = Buffer.from(contentFrames(1, "x").subarray(0, 22))
    header.writeBigUInt64BE(16n * 1024n * 1024n, 11)
    const before = process.memoryUsage().arrayBuffers
    for (let channel = 2; channel <= 200; channel++) {
      client.send(channel, "channel.open")
      client.send(channel, "basic.publish", { routingKey: "q" })
      header.writeUInt16BE(channel, 1)
      client.bytes(header)
      client.bytes(frame(3, channel, Buffer.from("ab")))
      client.bytes(frame(3, channel, Buffer.from("cd")))
    }
    expect(client.names().every((name) => name === "channel.open-ok")).toBe(true)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024)
  })
})
