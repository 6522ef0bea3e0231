import { createMessage, type MessageDraft, validateAmqp091Properties } from "@polymq/message"
import { manualTurn } from "@polymq/testkit"
import fc from "fast-check"
import { beforeEach, describe, expect, it } from "vitest"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { channelClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"
import { resolveReplyTo } from "./reply-address.ts"

const ADDRESS = "amq.rabbitmq.reply-to"

/** correlation_id "7", reply_to the address. */
const REQUEST = Buffer.from(`\x06\x00\x017\x15${ADDRESS}`, "latin1")

/** What the broker of the stage makes up. */
const NAME = `${ADDRESS}.0123456789abcdef012345`

/** The same with the name in place of the address. */
const RESOLVED = Buffer.from(`\x06\x00\x017\x2c${NAME}`, "latin1").toString("hex")

let stage: Stage
let requester: ScriptedPeer
let responder: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn(), { randomId: () => "0123456789abcdef012345" })
  requester = stage.connect().open()
  responder = stage.connect().open()
  responder.ask(1, "queue.declare", { queue: "requests" })
  responder.ask(1, "basic.consume", { queue: "requests", consumerTag: "c", noAck: true })
})

function listen(channel = 1): unknown {
  return requester.ask(channel, "basic.consume", { queue: ADDRESS, consumerTag: "replies", noAck: true })
}

function request(channel = 1, properties: Uint8Array = REQUEST): unknown {
  requester.publish(channel, { routingKey: "requests" }, "ping", { properties })
  return requester.take()
}

describe("direct reply-to", () => {
  it("lets a responder reply to a requester without a queue", () => {
    expect(listen()).toEqual([[1, "basic.consume-ok", { consumerTag: "replies" }]])
    expect(request()).toEqual([])
    expect(responder.take()).toEqual([
      [
        1,
        "basic.deliver",
        { consumerTag: "c", deliveryTag: 1, redelivered: false, exchange: "", routingKey: "requests" },
      ],
      [1, "header", 4, RESOLVED],
      [1, "body", "ping"],
    ])
    responder.publish(1, { routingKey: NAME }, "pong")
    responder.take()
    expect(requester.take()).toEqual([
      [
        1,
        "basic.deliver",
        { consumerTag: "replies", deliveryTag: 1, redelivered: false, exchange: "", routingKey: NAME },
      ],
      [1, "header", 4, "0000"],
      [1, "body", "pong"],
    ])
  })

  it("gives every channel a name of its own", () => {
    let ids = 0
    stage = new Stage(manualTurn(), { randomId: () => `id-${++ids}` })
    requester = stage.connect().open({ channels: [1, 2] })
    requester.ask(1, "queue.declare", { queue: "requests" })
    listen(1)
    listen(2)
    request(1)
    request(2)
    expect(
      stage.broker
        .inspect("/", "requests")
        .map(({ head, headStart, headEnd }) => Buffer.from(head.subarray(headStart + 5, headEnd)).toString()),
    ).toEqual([`${ADDRESS}.id-1`, `${ADDRESS}.id-2`])
  })

  it("needs a consumer that does not acknowledge", () => {
    expect(requester.ask(1, "basic.consume", { queue: ADDRESS })).toEqual(
      channelClose(406, "PRECONDITION_FAILED - reply consumer cannot acknowledge", 60, 20),
    )
  })

  it("has one consumer on a channel", () => {
    listen()
    expect(requester.ask(1, "basic.consume", { queue: ADDRESS, noAck: true })).toEqual(
      channelClose(406, "PRECONDITION_FAILED - reply consumer already set", 60, 20),
    )
  })

  it("refuses a request that nobody waits for", () => {
    expect(request()).toEqual(channelClose(406, "PRECONDITION_FAILED - fast reply consumer does not exist", 60, 40))
  })

  it("refuses a request after the consumer was cancelled, until there is another one", () => {
    listen()
    expect(requester.ask(1, "basic.cancel", { consumerTag: "replies" })).toMatchObject([[1, "basic.cancel-ok", {}]])
    listen()
    expect(request()).toEqual([])
    requester.ask(1, "basic.cancel", { consumerTag: "replies" })
    expect(request()).toEqual(channelClose(406, "PRECONDITION_FAILED - fast reply consumer does not exist", 60, 40))
  })

  it("refuses a request after the requester deleted what its address stands for", () => {
    listen()
    expect(requester.ask(1, "queue.delete", { queue: NAME })).toEqual([
      [1, "basic.cancel", { consumerTag: "replies", noWait: true }],
      [1, "queue.delete-ok", { messageCount: 0 }],
    ])
    expect(request()).toEqual(channelClose(406, "PRECONDITION_FAILED - fast reply consumer does not exist", 60, 40))
  })

  it("serves only the channel that consumes", () => {
    requester.ask(2, "channel.open")
    listen(2)
    expect(request(1)).toEqual(channelClose(406, "PRECONDITION_FAILED - fast reply consumer does not exist", 60, 40))
  })

  it("ends with the channel", () => {
    listen()
    expect(responder.ask(1, "queue.declare", { queue: NAME, passive: true })).toEqual([
      [1, "queue.declare-ok", { queue: NAME, messageCount: 0, consumerCount: 1 }],
    ])
    requester.ask(1, "channel.close")
    responder.publish(1, { routingKey: NAME, mandatory: true }, "late")
    expect(responder.take()).toMatchObject([[1, "basic.return", { replyCode: 312 }], {}, {}])
    expect(responder.ask(1, "queue.declare", { queue: NAME, passive: true })).toMatchObject([
      [1, "channel.close", { replyCode: 404 }],
    ])
  })

  it("can be asked for by declaring the address", () => {
    const status = [[1, "queue.declare-ok", { queue: ADDRESS, messageCount: 0, consumerCount: 1 }]]
    expect(requester.ask(1, "queue.declare", { queue: ADDRESS, passive: true })).toEqual(status)
    expect(requester.ask(1, "queue.declare", { queue: ADDRESS })).toEqual(status)
  })

  it("resolves requests of a transaction", () => {
    requester.ask(1, "tx.select")
    listen()
    request()
    requester.ask(1, "tx.commit")
    expect(responder.take()).toMatchObject([{}, [1, "header", 4, RESOLVED], {}])
  })

  it.each([
    ["the name of a queue", `\x02\x00\x07replies`],
    ["a name that begins with the address", `\x02\x00\x17${ADDRESS}.x`],
    ["the address in another property", `\x04\x00\x15${ADDRESS}`],
    ["an empty name", "\x02\x00\x00"],
  ])("leaves %s as it is", (_what, properties) => {
    const bytes = Buffer.from(properties, "latin1")
    expect(request(1, bytes)).toEqual([])
    expect(responder.take()).toMatchObject([{}, [1, "header", 4, bytes.toString("hex")], {}])
  })
})

describe("a request's properties", () => {
  /** Flag and bytes of every other property, in the order of the specification. */
  const BEFORE = [
    [0x8000, "0a746578742f706c61696e"],
    [0x4000, "03677a69"],
    [0x2000, "0000000b0161740101625300000000"],
    [0x1000, "02"],
    [0x0800, "05"],
    [0x0400, "0131"],
  ] as const
  const BEHIND = [
    [0x0100, "053630303030"],
    [0x0080, "026d31"],
    [0x0040, "0000000065000000"],
    [0x0020, "0474797065"],
    [0x0010, "056775657374"],
    [0x0008, "03617070"],
    [0x0004, "00"],
  ] as const

  function messageOf(flags: number, list: string): MessageDraft {
    const prefix = "ffff"
    const properties = Buffer.from(prefix + flags.toString(16).padStart(4, "0") + list, "hex")
    const message = createMessage("amqp091", 0)
    validateAmqp091Properties(properties, 2, properties.length, message)
    return message
  }

  it("all stay in their place around the new reply_to", () => {
    const subset = (properties: readonly (readonly [number, string])[]) => fc.subarray([...properties])
    fc.assert(
      fc.property(subset(BEFORE), subset(BEHIND), fc.string({ maxLength: 60 }), (before, behind, name) => {
        const flags = [...before, ...behind].reduce((all, [flag]) => all | flag, 0x0200)
        const list = (replyTo: string) => {
          const bytes = Buffer.from(replyTo)
          const shortstr = Buffer.concat([Uint8Array.of(bytes.length), bytes]).toString("hex")
          return [...before.map(([, hex]) => hex), shortstr, ...behind.map(([, hex]) => hex)].join("")
        }
        const message = messageOf(flags, list(ADDRESS))
        const published = Buffer.from(message.head).toString("hex")
        const original = message.head
        resolveReplyTo(message, name)
        const { head, headStart, headEnd } = message
        expect(Buffer.from(head.subarray(headStart, headEnd)).toString("hex")).toBe(
          flags.toString(16).padStart(4, "0") + list(name),
        )
        expect(Buffer.from(original).toString("hex")).toBe(published)
      }),
    )
  })
})
