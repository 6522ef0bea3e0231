import { manualTurn, publishedToTopic } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { channelClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
let client: ScriptedPeer
let publisher: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect().open()
  publisher = stage.connect().open()
  client.ask(1, "queue.declare", { queue: "q" })
})

function publish(...bodies: readonly string[]): void {
  for (const body of bodies) publisher.publish(1, { routingKey: "q" }, body)
}

/** A delivery of the one consumer "c", without properties. */
function delivery(deliveryTag: number, body: string, redelivered = false, consumerTag = "c") {
  return [
    [1, "basic.deliver", { consumerTag, deliveryTag, redelivered, exchange: "", routingKey: "q" }],
    [1, "header", body.length, "0000"],
    [1, "body", body],
  ]
}

describe("basic.consume", () => {
  it("answers before the first delivery", () => {
    publish("a")
    expect(client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })).toEqual([
      [1, "basic.consume-ok", { consumerTag: "c" }],
      ...delivery(1, "a"),
    ])
  })

  it("makes up a consumer tag", () => {
    expect(client.ask(1, "basic.consume", { queue: "q" })).toEqual([
      [1, "basic.consume-ok", { consumerTag: "amq.ctag-1" }],
    ])
  })

  it("takes the last declared queue and may go without an answer", () => {
    publish("a")
    expect(client.ask(1, "basic.consume", { consumerTag: "c", noWait: true })).toEqual(delivery(1, "a"))
  })

  it("refuses a consumer tag in use with a connection error", () => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    expect(client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })).toEqual([
      [
        0,
        "connection.close",
        { replyCode: 530, replyText: "NOT_ALLOWED - attempt to reuse consumer tag 'c'", classId: 60, methodId: 20 },
      ],
    ])
  })

  it("refuses more consumers on a channel than are allowed", () => {
    stage = new Stage(manualTurn(), {}, { maxConsumersPerChannel: 2 })
    client = stage.connect().open({ channels: [1, 2] })
    client.ask(1, "queue.declare", { queue: "q" })
    const consume = (channel: number) => client.ask(channel, "basic.consume", { queue: "q", noWait: true })
    for (const channel of [1, 1, 2, 2]) expect(consume(channel)).toEqual([])
    client.ask(1, "basic.cancel", { consumerTag: "amq.ctag-1" })
    expect(consume(1)).toEqual([])
    expect(consume(2)).toEqual([
      [
        0,
        "connection.close",
        {
          replyCode: 530,
          replyText: "NOT_ALLOWED - reached maximum (2) of consumers per channel",
          classId: 60,
          methodId: 20,
        },
      ],
    ])
  })

  it("refuses to share an exclusive consumer's queue", () => {
    client.ask(1, "basic.consume", { queue: "q", exclusive: true })
    expect(publisher.ask(1, "basic.consume", { queue: "q" })).toEqual(
      channelClose(403, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use", 60, 20),
    )
  })

  it("of a missing queue ends the channel", () => {
    expect(client.ask(1, "basic.consume", { queue: "missing" })).toEqual(
      channelClose(404, "NOT_FOUND - no queue 'missing' in vhost '/'", 60, 20),
    )
  })

  it("ends by basic.cancel, while its deliveries can still be settled", () => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    publish("a")
    client.take()
    expect(client.ask(1, "basic.cancel", { consumerTag: "c" })).toEqual([[1, "basic.cancel-ok", { consumerTag: "c" }]])
    publish("b")
    expect(client.take()).toEqual([])
    expect(client.ask(1, "basic.ack", { deliveryTag: 1 })).toEqual([])
    expect(client.ask(1, "basic.cancel", { consumerTag: "c" })).toEqual([[1, "basic.cancel-ok", { consumerTag: "c" }]])
  })

  it("is told when its queue is deleted", () => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    publish("a")
    client.take()
    publisher.ask(1, "queue.delete", { queue: "q" })
    expect(client.take()).toEqual([[1, "basic.cancel", { consumerTag: "c", noWait: true }]])
    expect(client.ask(1, "basic.ack", { deliveryTag: 1 })).toEqual([])
  })
})

describe("deliveries", () => {
  it("are numbered across the consumers of a channel", () => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c", noAck: true })
    publish("a", "b")
    expect(client.take()).toEqual([...delivery(1, "a"), ...delivery(2, "b")])
    expect(client.ask(1, "basic.ack", { deliveryTag: 1 })).toEqual(
      channelClose(406, "PRECONDITION_FAILED - unknown delivery tag 1", 60, 80),
    )
  })

  it("keep properties as they were published, headers in order and duplicates included", () => {
    const headers = "\x01bV" + "\x01ab\x05" + "\x01bt\x01" + "\x01al\x00\x00\x00\x00\x00\x00\x00\x09"
    const table = Buffer.from(`\x00\x00\x00${String.fromCharCode(headers.length)}${headers}`, "latin1")
    const properties = Buffer.concat([Buffer.from("3000", "hex"), table, Uint8Array.of(2)])
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    publisher.publish(1, { routingKey: "q" }, "x", { properties })
    expect(client.take()[1]).toEqual([1, "header", 1, properties.toString("hex")])
  })

  it("show CC and hide BCC", () => {
    const keys = (name: string, key: string): string =>
      `${String.fromCharCode(name.length)}${name}A\x00\x00\x00\x06S\x00\x00\x00\x01${key}`
    const table = (entries: string): Buffer =>
      Buffer.from(`\x20\x00\x00\x00\x00${String.fromCharCode(entries.length)}${entries}`, "latin1")
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    const properties = table(keys("BCC", "q") + keys("CC", "r"))
    publisher.publish(1, { routingKey: "nowhere" }, "x", { properties })
    expect(client.take()[1]).toEqual([1, "header", 1, table(keys("CC", "r")).toString("hex")])
  })

  it("have no body frame when there is no body, and several for a large one", () => {
    const narrow = stage.connect().open({ frameMax: 8192 })
    narrow.ask(1, "basic.consume", { queue: "q", consumerTag: "c", noAck: true })
    const large = "0123456789".repeat(2000)
    publish("", large)
    const seen = narrow.take()
    expect(seen.map((frame) => frame[1])).toEqual([
      "basic.deliver",
      "header",
      "basic.deliver",
      "header",
      "body",
      "body",
      "body",
    ])
    const bodies = seen.flatMap((frame) => (frame[1] === "body" ? [String(frame[2])] : []))
    expect(bodies.map((body) => body.length)).toEqual([8184, 8184, 3632])
    expect(bodies.join("")).toBe(large)
  })

  it("stop at the prefetch of their consumer until something is settled", () => {
    expect(client.ask(1, "basic.qos", { prefetchCount: 2 })).toEqual([[1, "basic.qos-ok", {}]])
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    publish("a", "b", "c", "d", "e")
    expect(client.names()).toEqual(["basic.deliver", "header", "a", "basic.deliver", "header", "b"])
    client.send(1, "basic.ack", { deliveryTag: 2 })
    expect(client.take()).toEqual(delivery(3, "c"))
    client.send(1, "basic.ack", { deliveryTag: 3, multiple: true })
    expect(client.take()).toEqual([...delivery(4, "d"), ...delivery(5, "e")])
  })

  it("stop at the prefetch of the channel, which all consumers share", () => {
    client.ask(1, "basic.qos", { prefetchCount: 3, global: true })
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "d" })
    publish("a", "b", "c", "d", "e")
    expect(client.names().filter((name) => name === "basic.deliver")).toHaveLength(3)
    client.send(1, "basic.ack", { deliveryTag: 1 })
    expect(client.names()).toEqual(["basic.deliver", "header", "d"])
    client.send(1, "basic.qos", { prefetchCount: 0, global: true })
    expect(client.names()).toEqual(["basic.qos-ok", "basic.deliver", "header", "e"])
  })

  it("wait while the socket does not take them, without a gap", () => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    client.outbound.pendingBytes = stage.broker.limits.slowReaderBytes
    publish("a", "b")
    expect(client.take()).toEqual([])
    client.outbound.pendingBytes = 0
    client.session.writable()
    expect(client.take()).toEqual([...delivery(1, "a"), ...delivery(2, "b")])
  })

  it("of messages from MQTT are converted", () => {
    client.ask(1, "queue.bind", { queue: "q", exchange: "amq.topic", routingKey: "#" })
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    const access = stage.access()
    const body = "x".repeat(2000)
    access.publish(publishedToTopic("a/b", body))
    expect(client.take()).toEqual([
      [
        1,
        "basic.deliver",
        { consumerTag: "c", deliveryTag: 1, redelivered: false, exchange: "amq.topic", routingKey: "a.b" },
      ],
      [1, "header", 2000, "100001"],
      [1, "body", body],
    ])
  })

  it("with a routing key that no short string can hold are cut, not dropped", () => {
    client.ask(1, "queue.bind", { queue: "q", exchange: "amq.topic", routingKey: "#" })
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    const access = stage.access()
    access.publish(publishedToTopic("é".repeat(200), ""))
    client.ask(1, "basic.get", { queue: "q" })
    access.publish(publishedToTopic("é".repeat(200), ""))
    expect(client.take()[0]).toMatchObject([1, "basic.deliver", { routingKey: "é".repeat(127) }])
  })
})

describe("basic.get", () => {
  it("gives one message and how many are left", () => {
    publish("a", "b")
    expect(client.ask(1, "basic.get", { queue: "q" })).toEqual([
      [1, "basic.get-ok", { deliveryTag: 1, redelivered: false, exchange: "", routingKey: "q", messageCount: 1 }],
      [1, "header", 1, "0000"],
      [1, "body", "a"],
    ])
    expect(client.ask(1, "basic.get", { queue: "q", noAck: true })).toMatchObject([
      [1, "basic.get-ok", { deliveryTag: 2, messageCount: 0 }],
      [1, "header", 1, "0000"],
      [1, "body", "b"],
    ])
    expect(client.ask(1, "basic.get", { queue: "q" })).toEqual([[1, "basic.get-empty", {}]])
    expect(client.ask(1, "basic.ack", { deliveryTag: 1 })).toEqual([])
  })

  it("of a routing key that no short string can hold cuts it", () => {
    client.ask(1, "queue.bind", { queue: "q", exchange: "amq.topic", routingKey: "#" })
    const access = stage.access()
    access.publish(publishedToTopic("a".repeat(300), ""))
    expect(client.ask(1, "basic.get", { queue: "q" })).toMatchObject([
      [1, "basic.get-ok", { routingKey: "a".repeat(255) }],
      [1, "header", 0, "100001"],
    ])
  })
})

describe("settling", () => {
  beforeEach(() => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    publish("a", "b", "c")
    client.take()
    client.ask(1, "basic.cancel", { consumerTag: "c" })
  })

  function left(): string[] {
    return client.names().length > 0
      ? []
      : stage.broker
          .inspect("/", "q")
          .map((message) => Buffer.from(message.body.subarray(message.bodyStart, message.bodyEnd)).toString())
  }

  it.each([
    ["basic.ack", { deliveryTag: 2 }, []],
    ["basic.ack", { deliveryTag: 0, multiple: true }, []],
    ["basic.nack", { deliveryTag: 2, requeue: true }, ["b"]],
    ["basic.nack", { deliveryTag: 2, multiple: true, requeue: true }, ["a", "b"]],
    ["basic.nack", { deliveryTag: 0, multiple: true, requeue: true }, ["a", "b", "c"]],
    ["basic.nack", { deliveryTag: 2, multiple: true }, []],
    ["basic.reject", { deliveryTag: 3, requeue: true }, ["c"]],
    ["basic.reject", { deliveryTag: 3 }, []],
  ] as const)("%s %o leaves the rest in order", (name, named, expected) => {
    client.send(1, name, named)
    expect(left()).toEqual(expected)
  })

  it.each([
    ["basic.ack", { deliveryTag: 4 }, 80],
    ["basic.ack", { deliveryTag: 0 }, 80],
    ["basic.nack", { deliveryTag: 4, multiple: true }, 120],
    ["basic.reject", { deliveryTag: 4 }, 90],
  ] as const)("%s %o of an unknown tag ends the channel and returns the rest", (name, named, methodId) => {
    expect(client.ask(1, name, named)).toEqual(
      channelClose(406, `PRECONDITION_FAILED - unknown delivery tag ${named.deliveryTag}`, 60, methodId),
    )
    expect(left()).toEqual(["a", "b", "c"])
  })

  it.each([
    ["basic.reject with requeue", () => client.send(1, "basic.reject", { deliveryTag: 1, requeue: true }), []],
    ["the end of the channel", () => client.send(1, "channel.close"), []],
    ["the end of the connection", () => client.send(0, "connection.close"), []],
    ["a lost connection", () => client.session.lost(), []],
    [
      "basic.nack with requeue, which only gives back",
      () => client.send(1, "basic.nack", { deliveryTag: 1, requeue: true }),
      ["m"],
    ],
    ["basic.recover, which only gives back", () => client.send(1, "basic.recover", { requeue: true }), ["m"]],
  ] as const)("counts for the delivery limit of a quorum queue: %s", (_, give, expected) => {
    const limit = new Map<string, string | number>([
      ["x-queue-type", "quorum"],
      ["x-delivery-limit", 0],
    ])
    publisher.ask(1, "queue.declare", { queue: "quorum", durable: true, arguments: limit })
    publisher.publish(1, { routingKey: "quorum" }, "m")
    client.send(1, "channel.close")
    client.send(1, "channel.open")
    client.ask(1, "basic.get", { queue: "quorum" })
    give()
    client.take()
    const ready = stage.broker.inspect("/", "quorum")
    expect(ready.map(({ body, bodyStart }) => String.fromCharCode(body[bodyStart] ?? 0))).toEqual(expected)
  })

  it("tells how often a message of a quorum queue has failed, in its headers", () => {
    const quorum = new Map([["x-queue-type", "quorum"]])
    client.ask(1, "queue.declare", { queue: "quorum", durable: true, arguments: quorum })
    publisher.publish(1, { routingKey: "quorum" }, "m")
    const header = () => client.ask(1, "basic.get", { queue: "quorum" })[1]
    expect(header()).toEqual([1, "header", 1, "0000"])
    client.ask(1, "basic.nack", { deliveryTag: 4, requeue: true })
    expect(header()).toEqual([1, "header", 1, "0000"])
    client.ask(1, "basic.reject", { deliveryTag: 5, requeue: true })
    const name = Buffer.from("x-delivery-count").toString("hex")
    expect(header()).toEqual([1, "header", 1, `20000000001a10${name}6c0000000000000001`])
    client.ask(1, "basic.reject", { deliveryTag: 6, requeue: true })
    client.send(1, "basic.consume", { queue: "quorum", consumerTag: "q" })
    expect(client.take()[2]).toEqual([1, "header", 1, `20000000001a10${name}6c0000000000000002`])
  })

  it("twice is an error", () => {
    client.send(1, "basic.ack", { deliveryTag: 2 })
    expect(client.ask(1, "basic.ack", { deliveryTag: 2 })).toMatchObject([[1, "channel.close", { replyCode: 406 }]])
  })

  it("by basic.recover delivers again, marked", () => {
    client.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })
    expect(client.ask(1, "basic.recover", { requeue: true })).toEqual([
      [1, "basic.recover-ok", {}],
      ...delivery(4, "a", true),
      ...delivery(5, "b", true),
      ...delivery(6, "c", true),
    ])
    expect(client.ask(1, "basic.recover-async", { requeue: true })).toEqual([
      ...delivery(7, "a", true),
      ...delivery(8, "b", true),
      ...delivery(9, "c", true),
    ])
  })

  it.each([
    ["basic.recover", {}, "requeue=false"],
    ["basic.recover-async", {}, "requeue=false"],
    ["basic.qos", { prefetchSize: 7 }, "prefetch_size!=0 (7)"],
  ] as const)("%s is not implemented with %o", (name, named, words) => {
    expect(client.ask(1, name, named)).toMatchObject([
      [0, "connection.close", { replyCode: 540, replyText: `NOT_IMPLEMENTED - ${words}` }],
    ])
  })

  it.each([
    ["the channel is closed", () => client.ask(1, "channel.close", {})],
    ["the connection is closed", () => client.ask(0, "connection.close", {})],
    ["the transport is lost", () => client.session.lost()],
    ["an error ends the connection", () => client.ask(1, "channel.open")],
  ])("is undone when %s: everything returns in order, marked", (_what, end) => {
    client.send(1, "basic.ack", { deliveryTag: 2 })
    end()
    expect(publisher.ask(1, "basic.consume", { queue: "q", consumerTag: "c" })).toEqual([
      [1, "basic.consume-ok", { consumerTag: "c" }],
      ...delivery(1, "a", true),
      ...delivery(2, "c", true),
    ])
  })
})
