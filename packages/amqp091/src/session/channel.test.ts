import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { frame } from "../testing/frames.ts"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { channelClose, connectionClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect().open()
})

describe("channels", () => {
  it("close and open again under the same number", () => {
    expect(client.ask(1, "channel.close", { replyCode: 200 })).toEqual([[1, "channel.close-ok", {}]])
    expect(client.ask(1, "channel.open")).toEqual([[1, "channel.open-ok", {}]])
    expect(client.ask(1, "queue.declare", { queue: "q" })).toEqual([
      [1, "queue.declare-ok", { queue: "q", messageCount: 0, consumerCount: 0 }],
    ])
  })

  it("must be opened before they are used", () => {
    expect(client.ask(2, "queue.declare", { queue: "q" })).toEqual(
      connectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", 0, 0),
    )
  })

  it("must not be opened twice", () => {
    expect(client.ask(1, "channel.open")).toEqual(
      connectionClose(504, "CHANNEL_ERROR - second 'channel.open' seen", 20, 10),
    )
  })

  it("have numbers up to the negotiated one", () => {
    expect(client.ask(2047, "channel.open")).toEqual([[2047, "channel.open-ok", {}]])
    expect(client.ask(2048, "channel.open")).toEqual(
      connectionClose(530, "NOT_ALLOWED - channel 2048 is above the negotiated channel_max (2047)", 0, 0),
    )
  })

  it("discard everything after an error but the end of the handshake, and leave their neighbours alone", () => {
    client.send(2, "channel.open")
    client.take()
    expect(client.ask(1, "queue.purge", { queue: "missing" })).toEqual(
      channelClose(404, "NOT_FOUND - no queue 'missing' in vhost '/'", 50, 30),
    )
    client.send(1, "queue.declare", { queue: "late" })
    client.bytes(frame(3, 1, Uint8Array.of(1)))
    client.bytes(frame(1, 1, Uint8Array.of(0, 1, 0, 1)))
    expect(client.take()).toEqual([])
    expect(client.ask(2, "queue.declare", { queue: "late", passive: true })).toMatchObject([
      [2, "channel.close", { replyCode: 404 }],
    ])
    client.send(1, "channel.close-ok")
    expect(client.ask(1, "channel.open")).toEqual([[1, "channel.open-ok", {}]])
  })

  it("end cleanly when both sides close at once", () => {
    client.ask(1, "queue.purge", { queue: "missing" })
    expect(client.ask(1, "channel.close", {})).toEqual([[1, "channel.close-ok", {}]])
    expect(client.ask(1, "channel.close-ok")).toEqual([])
    expect(client.ask(1, "channel.open")).toEqual([[1, "channel.open-ok", {}]])
  })

  it("cannot be stopped by channel.flow", () => {
    expect(client.ask(1, "channel.flow", { active: true })).toEqual([[1, "channel.flow-ok", { active: true }]])
    expect(client.ask(1, "channel.flow", { active: false })).toEqual(
      connectionClose(540, "NOT_IMPLEMENTED - active=false", 20, 20),
    )
  })

  it.each([
    ["an unknown class", Uint8Array.of(0, 99, 0, 1)],
    ["a method of the server", Uint8Array.of(0, 20, 0, 11, 0, 0, 0, 0)],
    ["a method of the connection class", Uint8Array.of(0, 10, 0, 51)],
    ["a method without number", Uint8Array.of(0, 60)],
  ])("refuse %s", (_what, payload) => {
    client.bytes(frame(1, 1, payload))
    expect(client.take()).toMatchObject([
      [0, "connection.close", { replyCode: 503, replyText: "COMMAND_INVALID - unimplemented method" }],
    ])
  })
})

describe("the exchange class", () => {
  it("declares, binds, unbinds and deletes", () => {
    expect(client.ask(1, "exchange.declare", { exchange: "a", type: "topic", durable: true })).toEqual([
      [1, "exchange.declare-ok", {}],
    ])
    client.send(1, "exchange.declare", { exchange: "b", type: "fanout", noWait: true })
    const binding = { destination: "b", source: "a", routingKey: "x.#" }
    expect(client.ask(1, "exchange.bind", binding)).toEqual([[1, "exchange.bind-ok", {}]])
    expect(client.ask(1, "exchange.unbind", binding)).toEqual([[1, "exchange.unbind-ok", {}]])
    expect(client.ask(1, "exchange.delete", { exchange: "a", ifUnused: true })).toEqual([[1, "exchange.delete-ok", {}]])
    expect(client.ask(1, "exchange.declare", { exchange: "a", passive: true })).toEqual(
      channelClose(404, "NOT_FOUND - no exchange 'a' in vhost '/'", 40, 10),
    )
  })

  it("refuses an unknown type with a channel error", () => {
    expect(client.ask(1, "exchange.declare", { exchange: "a", type: "x-odd" })).toEqual(
      channelClose(406, "PRECONDITION_FAILED - unknown exchange type 'x-odd'", 40, 10),
    )
  })

  it("refuses reserved names", () => {
    expect(client.ask(1, "exchange.declare", { exchange: "amq.mine", type: "direct" })).toMatchObject(
      channelClose(403, expect.stringContaining("ACCESS_REFUSED - "), 40, 10),
    )
  })

  it("refuses another type under the same name, even without waiting", () => {
    client.ask(1, "exchange.declare", { exchange: "a", type: "topic" })
    expect(client.ask(1, "exchange.declare", { exchange: "a", type: "direct", noWait: true })).toMatchObject(
      channelClose(406, expect.stringContaining("PRECONDITION_FAILED - inequivalent arg 'type'"), 40, 10),
    )
  })
})

describe("the queue class", () => {
  it("counts messages and consumers", () => {
    client.ask(1, "queue.declare", { queue: "q" })
    client.publish(1, { routingKey: "q" }, "one")
    client.publish(1, { routingKey: "q" }, "two")
    expect(client.ask(1, "queue.declare", { queue: "q", passive: true })).toEqual([
      [1, "queue.declare-ok", { queue: "q", messageCount: 2, consumerCount: 0 }],
    ])
    expect(client.ask(1, "queue.purge", { queue: "q" })).toEqual([[1, "queue.purge-ok", { messageCount: 2 }]])
    client.publish(1, { routingKey: "q" }, "three")
    expect(client.ask(1, "queue.delete", { queue: "q", ifEmpty: true })).toMatchObject(
      channelClose(406, "PRECONDITION_FAILED - queue 'q' in vhost '/' is not empty", 50, 40),
    )
  })

  it("deletes with the number of messages, and what is missing without error", () => {
    client.ask(1, "queue.declare", { queue: "q" })
    client.publish(1, { routingKey: "q" }, "one")
    expect(client.ask(1, "queue.delete", { queue: "q" })).toEqual([[1, "queue.delete-ok", { messageCount: 1 }]])
    expect(client.ask(1, "queue.delete", { queue: "q" })).toEqual([[1, "queue.delete-ok", { messageCount: 0 }]])
  })

  it("makes up a name and remembers it for the channel", () => {
    const declared = client.ask(1, "queue.declare", { exclusive: true })
    expect(declared).toMatchObject([[1, "queue.declare-ok", { queue: expect.stringMatching(/^amq\.gen-/) }]])
    expect(client.ask(1, "queue.declare", { passive: true })).toEqual(declared)
    client.ask(1, "queue.bind", { exchange: "amq.direct" })
    const [[, , { queue: name }]] = declared as [[number, string, { readonly queue: string }]]
    client.publish(1, { exchange: "amq.direct", routingKey: name }, "by its own name")
    expect(client.ask(1, "queue.purge", {})).toEqual([[1, "queue.purge-ok", { messageCount: 1 }]])
  })

  it("does not know a queue before one was declared", () => {
    expect(client.ask(1, "queue.purge", {})).toEqual(
      channelClose(404, "NOT_FOUND - no previously declared queue", 50, 30),
    )
  })

  it("binds with key and arguments, and unbinds", () => {
    client.ask(1, "queue.declare", { queue: "q" })
    const binding = {
      queue: "q",
      exchange: "amq.headers",
      arguments: new Map<string, string | number>([
        ["x-match", "all"],
        ["kind", "order"],
      ]),
    }
    expect(client.ask(1, "queue.bind", binding)).toEqual([[1, "queue.bind-ok", {}]])
    // headers { kind: "order" }
    const properties = Buffer.from("\x20\x00\x00\x00\x00\x0f\x04kindS\x00\x00\x00\x05order", "latin1")
    client.publish(1, { exchange: "amq.headers" }, "one", { properties })
    client.publish(1, { exchange: "amq.headers" }, "two")
    expect(client.ask(1, "queue.unbind", binding)).toEqual([[1, "queue.unbind-ok", {}]])
    client.publish(1, { exchange: "amq.headers" }, "three", { properties })
    expect(client.ask(1, "queue.purge", { queue: "q" })).toEqual([[1, "queue.purge-ok", { messageCount: 1 }]])
  })

  it("refuses other settings, exclusive queues of others and what this version does not have", () => {
    client.ask(1, "queue.declare", { queue: "q" })
    expect(client.ask(1, "queue.declare", { queue: "q", durable: true })).toEqual(
      channelClose(
        406,
        "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'",
        50,
        10,
      ),
    )
    client.send(1, "channel.close-ok")
    client.send(1, "channel.open")
    client.take()
    const unknown = new Map([["x-queue-type", "stream"]])
    expect(client.ask(1, "queue.declare", { queue: "r", arguments: unknown })).toMatchObject([
      [0, "connection.close", { replyCode: 540, replyText: expect.stringContaining("NOT_IMPLEMENTED - ") }],
    ])
  })
})
