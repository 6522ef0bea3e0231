import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { contentFrames, frame, methodFrame } from "../testing/frames.ts"
import { filled, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { channelClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn(), { limits: { maxMessageBytes: 10_000 } })
  client = stage.connect().open()
  client.ask(1, "queue.declare", { queue: "q" })
})

const PUBLISH = methodFrame(1, "basic.publish", filled("basic.publish", { routingKey: "q" }))

/** Property flags and list in hexadecimal. */
const PERSISTENT = Buffer.from("100002", "hex")

function bodies(): string[] {
  return stage.broker
    .inspect("/", "q")
    .map(({ body, bodyStart, bodyEnd }) => Buffer.from(body.subarray(bodyStart, bodyEnd)).toString())
}

describe("content", () => {
  it("is put together from any number of frames", () => {
    const body = "0123456789".repeat(100)
    client.publish(1, { routingKey: "q" }, body)
    client.publish(1, { routingKey: "q" }, body, { frameBytes: 7 })
    client.publish(1, { routingKey: "q" }, "")
    client.bytes(Buffer.concat([PUBLISH, contentFrames(1, "abc", { frameBytes: 1 })]))
    client.take()
    expect(bodies()).toEqual([body, body, "", "abc"])
  })

  it("may have empty body frames", () => {
    const [header] = [contentFrames(1, "ab").subarray(0, 7 + 14 + 1)]
    const empty = frame(3, 1, new Uint8Array(0))
    client.bytes(
      Buffer.concat([PUBLISH, header, empty, frame(3, 1, Buffer.from("a")), empty, frame(3, 1, Buffer.from("b"))]),
    )
    client.take()
    expect(bodies()).toEqual(["ab"])
  })

  it("is the same however the bytes are split", () => {
    const script = Buffer.concat([
      PUBLISH,
      contentFrames(1, "first", { properties: PERSISTENT }),
      PUBLISH,
      contentFrames(1, "second", { frameBytes: 4 }),
    ])
    for (let split = 0; split <= script.length; split++) {
      client.bytes(script.subarray(0, split))
      client.bytes(script.subarray(split))
      client.take()
      expect(bodies()).toEqual(["first", "second"])
      client.ask(1, "queue.purge", { queue: "q" })
    }
  })

  it("of several channels may be interleaved", () => {
    client.ask(2, "channel.open")
    const other = methodFrame(2, "basic.publish", filled("basic.publish", { routingKey: "q" }))
    const first = contentFrames(1, "one")
    const second = contentFrames(2, "two")
    client.bytes(Buffer.concat([PUBLISH, other, first.subarray(0, 22), second, first.subarray(22)]))
    client.take()
    expect(bodies()).toEqual(["two", "one"])
  })

  it.each([
    [
      "a method instead of the header",
      [PUBLISH, PUBLISH],
      "expected content header for class 60, got non content header frame instead",
    ],
    [
      "a body instead of the header",
      [PUBLISH, frame(3, 1, Uint8Array.of(1))],
      "expected content header for class 60, got non content header frame instead",
    ],
    [
      "a header of another class",
      [PUBLISH, contentFrames(1, "x", { classId: 50 })],
      "expected content header for class 60, got one for class 50 instead",
    ],
    ["a header without method", [contentFrames(1, "x")], "expected method frame, got non method frame instead"],
    [
      "a method instead of the body",
      [PUBLISH, contentFrames(1, "x").subarray(0, 22), PUBLISH],
      "expected content body, got non content body frame instead",
    ],
  ])("ends the connection with 505 for %s", (_what, frames, words) => {
    client.bytes(Buffer.concat(frames))
    expect(client.take()).toMatchObject([
      [0, "connection.close", { replyCode: 505, replyText: `UNEXPECTED_FRAME - ${words}` }],
    ])
  })

  it("must not be longer than announced", () => {
    const header = contentFrames(1, "ab").subarray(0, 22)
    client.bytes(Buffer.concat([PUBLISH, header, frame(3, 1, Buffer.from("abc"))]))
    expect(client.take()).toMatchObject([
      [0, "connection.close", { replyCode: 501, replyText: "FRAME_ERROR - 3 octets of body, 2 were announced" }],
    ])
  })

  it("is refused by its announced size before any of it is stored", () => {
    const header = contentFrames(1, "x".repeat(10_001)).subarray(0, 22)
    client.bytes(Buffer.concat([PUBLISH, header]))
    expect(client.take()).toEqual(
      channelClose(406, "PRECONDITION_FAILED - message size 10001 is larger than configured max size 10000", 60, 40),
    )
    client.bytes(frame(3, 1, Buffer.from("abc")))
    expect(client.take()).toEqual([])
  })

  it("does not trust a body size near 2^64", () => {
    const header = contentFrames(1, "x").subarray(0, 22)
    header.fill(0xff, 11, 19)
    client.bytes(Buffer.concat([PUBLISH, header]))
    expect(client.take()).toMatchObject([[1, "channel.close", { replyCode: 406 }]])
  })

  it.each([
    ["010003616263", "PRECONDITION_FAILED - invalid expiration 'abc': no_integer"],
    ["0100036162", undefined],
    ["001005616c696365", "PRECONDITION_FAILED - user_id property set to 'alice' but authenticated user was 'guest'"],
  ])("is refused with properties %s", (hex, text) => {
    const properties = Buffer.from(hex, "hex")
    client.publish(1, { routingKey: "q" }, "x", { properties })
    if (text === undefined) {
      expect(client.take()).toMatchObject([[0, "connection.close", { replyCode: 502, classId: 60, methodId: 40 }]])
    } else expect(client.take()).toEqual(channelClose(406, text, 60, 40))
  })

  it("may name the user who is logged in", () => {
    const properties = Buffer.concat([Buffer.from("001005", "hex"), Buffer.from("guest")])
    client.publish(1, { routingKey: "q" }, "x", { properties })
    expect(client.take()).toEqual([])
    expect(bodies()).toEqual(["x"])
  })
})

describe("basic.publish", () => {
  it("to a missing exchange ends the channel", () => {
    client.publish(1, { exchange: "missing", routingKey: "q" }, "x")
    expect(client.take()).toEqual(channelClose(404, "NOT_FOUND - no exchange 'missing' in vhost '/'", 60, 40))
  })

  it("with immediate is not implemented", () => {
    client.publish(1, { routingKey: "q", immediate: true }, "x")
    expect(client.take()).toMatchObject([
      [0, "connection.close", { replyCode: 540, replyText: "NOT_IMPLEMENTED - immediate=true" }],
    ])
  })

  it("returns what is mandatory and unroutable, as it came", () => {
    const properties = Buffer.from("8000" + "0a746578742f706c61696e", "hex")
    client.publish(1, { exchange: "amq.direct", routingKey: "nowhere", mandatory: true }, "x", { properties })
    client.publish(1, { exchange: "amq.direct", routingKey: "nowhere" }, "lost")
    expect(client.take()).toEqual([
      [1, "basic.return", { replyCode: 312, replyText: "NO_ROUTE", exchange: "amq.direct", routingKey: "nowhere" }],
      [1, "header", 1, properties.toString("hex")],
      [1, "body", "x"],
    ])
  })

  it("drops a message without confirms silently when nobody wants it", () => {
    client.publish(1, { routingKey: "nowhere" }, "x")
    expect(client.take()).toEqual([])
  })

  it("with a routing key that is not UTF-8 ends the connection", () => {
    const bytes = methodFrame(1, "basic.publish", filled("basic.publish", { routingKey: "q" }))
    bytes[7 + 4 + 2 + 1 + 1] = 0xff
    client.bytes(bytes)
    expect(client.take()).toMatchObject([[0, "connection.close", { replyCode: 502 }]])
  })
})

describe("confirm mode", () => {
  beforeEach(() => {
    client.ask(1, "queue.declare", { queue: "durable", durable: true })
    expect(client.ask(1, "confirm.select")).toEqual([[1, "confirm.select-ok", {}]])
  })

  it("acknowledges the publishes of a turn as one", () => {
    for (const body of ["a", "b", "c"]) client.publish(1, { routingKey: "q" }, body)
    expect(client.take()).toEqual([[1, "basic.ack", { deliveryTag: 3, multiple: true }]])
    client.publish(1, { routingKey: "q" }, "d")
    expect(client.take()).toEqual([[1, "basic.ack", { deliveryTag: 4, multiple: false }]])
  })

  it("acknowledges durable messages once they are stored, in publish order", () => {
    client.publish(1, { routingKey: "durable" }, "a", { properties: PERSISTENT })
    client.publish(1, { routingKey: "q" }, "b")
    expect(client.outbound.take().length).toBe(0)
    expect(client.take()).toEqual([[1, "basic.ack", { deliveryTag: 2, multiple: true }]])
  })

  it("refuses what finds the queue full with basic.nack, in publish order", () => {
    const limits = new Map<string, string | number>([
      ["x-max-length", 1],
      ["x-overflow", "reject-publish"],
    ])
    client.ask(1, "queue.declare", { queue: "full", arguments: limits })
    client.publish(1, { routingKey: "durable" }, "a", { properties: PERSISTENT })
    for (const body of ["b", "c", "d"]) client.publish(1, { routingKey: "full" }, body)
    client.publish(1, { routingKey: "q" }, "e")
    expect(client.take()).toEqual([
      [1, "basic.ack", { deliveryTag: 2, multiple: true }],
      [1, "basic.nack", { deliveryTag: 4, multiple: true, requeue: false }],
      [1, "basic.ack", { deliveryTag: 5, multiple: false }],
    ])
  })

  it("returns before it acknowledges", () => {
    client.publish(1, { routingKey: "nowhere", mandatory: true }, "x")
    expect(client.names()).toEqual(["basic.return", "header", "x", "basic.ack"])
  })

  it("does not mix with transactions", () => {
    expect(client.ask(1, "tx.select")).toMatchObject([
      [
        1,
        "channel.close",
        { replyCode: 406, replyText: "PRECONDITION_FAILED - cannot switch from confirm to tx mode" },
      ],
    ])
  })

  it("may be chosen again without effect", () => {
    client.publish(1, { routingKey: "q" }, "a")
    expect(client.names()).toEqual(["basic.ack"])
    expect(client.ask(1, "confirm.select", { noWait: true })).toEqual([])
    client.publish(1, { routingKey: "q" }, "b")
    expect(client.take()).toEqual([[1, "basic.ack", { deliveryTag: 2, multiple: false }]])
  })

  it("numbers each channel on its own", () => {
    client.send(2, "channel.open")
    client.send(2, "confirm.select")
    client.take()
    client.publish(2, { routingKey: "q" }, "a")
    client.publish(1, { routingKey: "q" }, "b")
    expect(client.take()).toEqual([
      [2, "basic.ack", { deliveryTag: 1, multiple: false }],
      [1, "basic.ack", { deliveryTag: 1, multiple: false }],
    ])
  })
})

describe("transactions", () => {
  beforeEach(() => {
    expect(client.ask(1, "tx.select")).toEqual([[1, "tx.select-ok", {}]])
  })

  it("publish at the commit", () => {
    client.publish(1, { routingKey: "q" }, "a")
    client.publish(1, { routingKey: "q" }, "b", { properties: PERSISTENT })
    client.publish(1, { routingKey: "nowhere", mandatory: true }, "c")
    expect(client.take()).toEqual([])
    expect(bodies()).toEqual([])
    client.send(1, "tx.commit")
    expect(client.names()).toEqual(["basic.return", "header", "c", "tx.commit-ok"])
    expect(bodies()).toEqual(["a", "b"])
  })

  it("forget at the rollback", () => {
    client.publish(1, { routingKey: "q" }, "a")
    expect(client.ask(1, "tx.rollback")).toEqual([[1, "tx.rollback-ok", {}]])
    expect(client.ask(1, "tx.commit")).toEqual([[1, "tx.commit-ok", {}]])
    expect(bodies()).toEqual([])
  })

  it("settle deliveries at the commit", () => {
    client.publish(1, { routingKey: "q" }, "a")
    client.send(1, "tx.commit")
    client.take()
    client.ask(1, "basic.get", { queue: "q" })
    client.send(1, "basic.reject", { deliveryTag: 1, requeue: true })
    client.send(1, "tx.rollback")
    client.take()
    expect(bodies()).toEqual([])
    client.send(1, "basic.reject", { deliveryTag: 1, requeue: true })
    client.send(1, "tx.commit")
    client.take()
    expect(bodies()).toEqual(["a"])
  })

  it("settle what was there when the client said so, not what comes later", () => {
    client.send(1, "basic.ack", { deliveryTag: 0, multiple: true })
    const other = stage.connect().open()
    other.publish(1, { routingKey: "q" }, "late")
    client.ask(1, "basic.get", { queue: "q" })
    client.send(1, "tx.commit")
    client.take()
    client.session.lost()
    stage.turn.endTurn()
    expect(bodies()).toEqual(["late"])
  })

  it("refuse what is wrong at once", () => {
    client.publish(1, { exchange: "missing" }, "a")
    expect(client.take()).toMatchObject([[1, "channel.close", { replyCode: 404 }]])
    client.send(2, "channel.open")
    client.send(2, "tx.select")
    client.take()
    expect(client.ask(2, "basic.ack", { deliveryTag: 9 })).toMatchObject([[2, "channel.close", { replyCode: 406 }]])
  })

  it("hold no more than four messages of full size", () => {
    for (let count = 0; count < 5; count++) client.publish(1, { routingKey: "q" }, "x".repeat(9_999))
    expect(client.take()).toMatchObject([[1, "channel.close", { replyCode: 406 }]])
  })

  it.each(["tx.commit", "tx.rollback"] as const)("are asked for before %s", (name) => {
    client.ask(2, "channel.open")
    expect(client.ask(2, name)).toMatchObject([
      [2, "channel.close", { replyCode: 406, replyText: "PRECONDITION_FAILED - channel is not transactional" }],
    ])
  })
})
