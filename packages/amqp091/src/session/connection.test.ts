import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { contentFrames, frame, methodFrame } from "../testing/frames.ts"
import { filled, LOOPBACK, type ScriptedClient } from "../testing/scripted-client.ts"
import { Stage } from "../testing/stage.ts"

const HEADER = Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 0, 9, 1)

const FORCED = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"

let stage: Stage
let client: ScriptedClient

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect()
})

/** The connection.close that a client gets. */
function close(replyCode: number, replyText: unknown, classId = 0, methodId = 0) {
  return [[0, "connection.close", { replyCode, replyText, classId, methodId }]]
}

describe("the handshake", () => {
  it("begins with the server's properties, mechanisms and locale", () => {
    client.bytes(HEADER)
    const capabilities = new Map(
      [
        "publisher_confirms",
        "exchange_exchange_bindings",
        "basic.nack",
        "consumer_cancel_notify",
        "connection.blocked",
        "authentication_failure_close",
        "per_consumer_qos",
        "direct_reply_to",
      ].map((name) => [name, true]),
    )
    expect(client.seen()).toEqual([
      [
        0,
        "connection.start",
        {
          versionMajor: 0,
          versionMinor: 9,
          serverProperties: new Map<string, unknown>([
            ["capabilities", capabilities],
            ["cluster_name", "stage"],
            ["copyright", "The PolyMQ authors"],
            ["information", "Licensed under the Apache License, Version 2.0"],
            ["platform", "Node.js"],
            ["product", "PolyMQ"],
            ["version", "4.2.0"],
          ]),
          mechanisms: Buffer.from("PLAIN AMQPLAIN ANONYMOUS"),
          locales: Buffer.from("en_US"),
        },
      ],
    ])
  })

  it("offers the limits and opens the vhost", () => {
    expect(client.login()).toEqual([[0, "connection.tune", { channelMax: 2047, frameMax: 131_072, heartbeat: 60 }]])
    client.send(0, "connection.tune-ok", { channelMax: 10, frameMax: 8192, heartbeat: 5 })
    expect(client.ask(0, "connection.open", { virtualHost: "/" })).toEqual([[0, "connection.open-ok", {}]])
    expect(client.outbound.closedFor).toBeUndefined()
  })

  it("takes AMQPLAIN", () => {
    client.bytes(HEADER)
    client.seen()
    const response = Buffer.from("\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest", "latin1")
    expect(client.ask(0, "connection.start-ok", { mechanism: "AMQPLAIN", response })).toMatchObject([
      [0, "connection.tune", {}],
    ])
  })

  it("takes anonymous clients from loopback and offers it nobody else", () => {
    client.bytes(HEADER)
    client.seen()
    expect(client.ask(0, "connection.start-ok", { mechanism: "ANONYMOUS" })).toMatchObject([[0, "connection.tune", {}]])

    const remote = stage.connect({ ...LOOPBACK, address: "192.0.2.1", isLoopback: false })
    remote.bytes(HEADER)
    expect(remote.seen()).toMatchObject([[0, "connection.start", { mechanisms: Buffer.from("PLAIN AMQPLAIN") }]])
    expect(remote.ask(0, "connection.start-ok", { mechanism: "ANONYMOUS" })).toEqual([])
    expect(remote.outbound.closedFor).toBe("login refused using mechanism ANONYMOUS")
  })

  it("tells a capable client why its login is refused", async () => {
    const seen = client.login({ password: "wrong" })
    await stage.broker.users.settled()
    const refused =
      "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."
    expect([...seen, ...client.seen()]).toEqual(close(403, refused))
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe(refused)
  })

  it("just closes after a refused login of a client that would not understand", async () => {
    const seen = client.login({ username: "nobody", clientProperties: new Map() })
    await stage.broker.users.settled()
    expect([...seen, ...client.seen()]).toEqual([])
    expect(client.outbound.closedFor).toBe("login refused using mechanism PLAIN")
  })

  it("refuses a mechanism it does not know", () => {
    client.bytes(HEADER)
    client.seen()
    expect(client.ask(0, "connection.start-ok", { mechanism: "__proto__" })).toEqual(
      close(503, "COMMAND_INVALID - unknown authentication mechanism '__proto__'", 10, 11),
    )
  })

  it("refuses an answer that is not of its mechanism", () => {
    client.bytes(HEADER)
    client.seen()
    const response = Buffer.from("guest")
    expect(client.ask(0, "connection.start-ok", { mechanism: "PLAIN", response })).toMatchObject(
      close(502, expect.stringContaining("SYNTAX_ERROR - "), 10, 11),
    )
  })

  it.each([
    [{ channelMax: 2048, frameMax: 0 }, "channel_max = 2048 is higher than the maximum allowed value (2047)"],
    [{ channelMax: 0, frameMax: 131_073 }, "frame_max = 131073 is higher than the maximum allowed value (131072)"],
    [{ channelMax: 0, frameMax: 8191 }, "frame_max = 8191 is lower than the minimum allowed value (8192)"],
  ])("refuses limits that were not offered: %o", (limits, words) => {
    client.login()
    expect(client.ask(0, "connection.tune-ok", { ...limits, heartbeat: 0 })).toEqual(
      close(530, `NOT_ALLOWED - negotiated ${words}`, 10, 31),
    )
  })

  it("refuses an unknown vhost with 530", () => {
    client.login()
    client.send(0, "connection.tune-ok", {})
    expect(client.ask(0, "connection.open", { virtualHost: "nowhere" })).toEqual(
      close(530, "NOT_ALLOWED - vhost 'nowhere' not found", 10, 40),
    )
  })

  it("answers another protocol header with its own and closes", () => {
    client.bytes(Buffer.from("AMQP\x01\x01\x00\x09", "latin1"))
    expect(Buffer.from(client.outbound.take())).toEqual(Buffer.from(HEADER))
    expect(client.outbound.closedFor).toBe("the protocol header is not AMQP 0-9-1")
  })

  it("ends when it takes too long", () => {
    client.bytes(HEADER.subarray(0, 5))
    stage.tick(9_999)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("handshake timed out in state connected")
  })

  it("is the same however the bytes are split", () => {
    const start = filled("connection.start-ok", { mechanism: "PLAIN", response: Buffer.from("\0guest\0guest") })
    const script = Buffer.concat([
      HEADER,
      methodFrame(0, "connection.start-ok", start),
      methodFrame(0, "connection.tune-ok", filled("connection.tune-ok", {})),
      methodFrame(0, "connection.open", filled("connection.open", { virtualHost: "/" })),
      methodFrame(1, "channel.open", filled("channel.open", {})),
      frame(8, 0, new Uint8Array(0)),
    ])
    // Once the password has been verified the answer comes at once.
    client.open()
    for (let split = 0; split <= script.length; split++) {
      const cut = stage.connect()
      cut.bytes(script.subarray(0, split))
      cut.bytes(script.subarray(split))
      expect(cut.names()).toEqual(["connection.start", "connection.tune", "connection.open-ok", "channel.open-ok"])
    }
    const slow = stage.connect()
    for (const octet of script) slow.bytes(Uint8Array.of(octet))
    expect(slow.names()).toEqual(["connection.start", "connection.tune", "connection.open-ok", "channel.open-ok"])
  })
})

describe("frames that are not legal", () => {
  const EMPTY = new Uint8Array(0)

  it.each([
    ["an unknown frame type", frame(4, 0, EMPTY), 501, "FRAME_ERROR - frame type 4 on channel 0 in state open"],
    [
      "a content header on channel 0",
      frame(2, 0, EMPTY),
      505,
      "UNEXPECTED_FRAME - frame type 2 on channel 0 in state open",
    ],
    [
      "a heartbeat with a payload",
      frame(8, 0, Uint8Array.of(1)),
      501,
      "FRAME_ERROR - a heartbeat has a payload of 1 octets",
    ],
    ["a heartbeat on a channel", frame(8, 1, EMPTY), 505, "UNEXPECTED_FRAME - frame type 8 on channel 1 in state open"],
    ["an empty method", frame(1, 0, EMPTY), 503, "COMMAND_INVALID - unexpected method in state open"],
  ])("end the connection: %s", (_what, bytes, code, text) => {
    client.open()
    client.bytes(bytes)
    expect(client.seen()).toEqual(close(code, text))
  })

  it("end the connection when the frame-end octet is missing", () => {
    client.open()
    const bytes = frame(8, 0, EMPTY)
    bytes[7] = 0xcd
    client.bytes(bytes)
    expect(client.seen()).toEqual(close(501, "FRAME_ERROR - frame ends with octet 205"))
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe("FRAME_ERROR - frame ends with octet 205")
  })

  it("end the connection when they are larger than negotiated, before they have arrived", () => {
    client.open({ frameMax: 8192 })
    client.bytes(Uint8Array.of(3, 0, 1, 0, 0, 0x1f, 0xf9))
    expect(client.seen()).toEqual(close(501, "FRAME_ERROR - frame of 8193 bytes, the limit is 8192"))
    client.bytes(new Uint8Array(100_000))
    expect(client.seen()).toEqual([])
    stage.tick(2000)
    expect(client.outbound.closedFor).toBe("FRAME_ERROR - frame of 8193 bytes, the limit is 8192")
  })

  it("are limited to 8 KiB before the login", () => {
    client.bytes(HEADER)
    client.seen()
    client.bytes(Uint8Array.of(1, 0, 0, 0, 1, 0, 0))
    expect(client.seen()).toEqual(close(501, "FRAME_ERROR - frame of 65544 bytes, the limit is 8192"))
  })

  it("end the connection when a method of channel 0 comes out of turn", () => {
    client.bytes(HEADER)
    client.seen()
    expect(client.ask(0, "connection.open", { virtualHost: "/" })).toEqual(
      close(503, "COMMAND_INVALID - unexpected connection.open in state starting", 10, 40),
    )
  })

  it("end the connection when a channel is used before the vhost is open", () => {
    client.login()
    expect(client.ask(1, "channel.open")).toEqual(
      close(505, "UNEXPECTED_FRAME - frame type 1 on channel 1 in state tuning"),
    )
  })

  it.each([
    ["connection.open", methodFrame(0, "connection.open", filled("connection.open", { virtualHost: "/" })), 10, 40],
    ["connection.close-ok", methodFrame(0, "connection.close-ok", {}), 10, 51],
    ["channel.open", methodFrame(0, "channel.open", filled("channel.open", {})), 20, 10],
  ])("end an open connection when channel 0 carries a stray %s", (_name, bytes, classId, methodId) => {
    client.open()
    client.bytes(bytes)
    expect(client.seen()).toEqual(
      close(504, "CHANNEL_ERROR - unexpected method in connection state running", classId, methodId),
    )
  })

  it("end the connection when an argument cannot be decoded", () => {
    client.open()
    client.bytes(frame(1, 1, Uint8Array.of(0, 50, 0, 10, 0, 0, 5, 0x61)))
    expect(client.seen()).toMatchObject(close(502, expect.stringContaining("SYNTAX_ERROR - "), 50, 10))
  })
})

describe("closing", () => {
  it("answers the client and says why in the log line", () => {
    client.open()
    expect(client.ask(0, "connection.close", { replyCode: 200, replyText: "Goodbye" })).toEqual([
      [0, "connection.close-ok", {}],
    ])
    expect(client.outbound.closedFor).toBe("closed by the client: Goodbye")
  })

  it("discards everything until the client agrees", () => {
    client.open()
    client.ask(9, "basic.get", { queue: "q" })
    client.send(1, "queue.declare", { queue: "late" })
    client.bytes(frame(9, 0, Uint8Array.of(1)))
    expect(client.seen()).toEqual([])
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe("CHANNEL_ERROR - expected 'channel.open'")
    expect(() => stage.broker.inspect("/", "late")).toThrow("no queue 'late'")
  })

  it("does not wait for ever", () => {
    client.open()
    client.ask(9, "basic.get", { queue: "q" })
    stage.tick(9_999)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("CHANNEL_ERROR - expected 'channel.open'")
  })

  it("says goodbye when the broker stops and waits for the answer", () => {
    client.open()
    client.session.shutdown("shutdown")
    expect(client.seen()).toEqual(close(320, FORCED))
    expect(client.outbound.closedFor).toBeUndefined()
    client.session.shutdown("shutdown")
    expect(client.ask(1, "queue.declare", { queue: "late" })).toEqual([])
    expect(client.ask(0, "connection.close-ok")).toEqual([])
    expect(client.outbound.closedFor).toBe(FORCED)
  })

  it("answers a client that closes just when the broker stops", () => {
    client.open()
    client.session.shutdown("shutdown")
    client.seen()
    expect(client.ask(0, "connection.close", { replyCode: 200, replyText: "Goodbye" })).toEqual([
      [0, "connection.close-ok", {}],
    ])
    expect(client.outbound.closedFor).toBe(FORCED)
    expect(client.ask(0, "connection.close-ok")).toEqual([])
  })

  it("does not wait for the answer of a client that has not logged in when the broker stops", () => {
    client.bytes(HEADER)
    client.seen()
    client.session.shutdown("shutdown")
    expect(client.seen()).toEqual(close(320, FORCED))
    expect(client.outbound.closedFor).toBe("shutdown")

    const silent = stage.connect()
    silent.session.shutdown("shutdown")
    expect(silent.seen()).toEqual([])
    expect(silent.outbound.closedFor).toBe("shutdown")
  })

  it("waits for nobody whose frames cannot be told apart any more when the broker stops", () => {
    client.open({ frameMax: 8192 })
    client.bytes(Uint8Array.of(3, 0, 1, 0, 0, 0x1f, 0xf9))
    client.seen()
    client.session.shutdown("shutdown")
    expect(client.seen()).toEqual([])
    expect(client.outbound.closedFor).toBe("shutdown")
  })

  it("ends exclusive queues with the connection", () => {
    client.open()
    client.ask(1, "queue.declare", { queue: "mine", exclusive: true })
    const other = stage.connect().open()
    expect(other.ask(1, "queue.declare", { queue: "mine", passive: true })).toMatchObject([
      [1, "channel.close", { replyCode: 405 }],
    ])
    client.session.lost()
    const third = stage.connect().open()
    expect(third.ask(1, "queue.declare", { queue: "mine", passive: true })).toMatchObject([
      [1, "channel.close", { replyCode: 404 }],
    ])
  })

  it("takes every call after the transport is gone", () => {
    client.open()
    client.session.lost()
    client.session.lost()
    client.session.stored(5)
    client.session.writable()
    client.session.blocked("memory")
    client.session.tick(stage.turn.nowMs() + 1_000_000)
    client.session.shutdown("shutdown")
    client.send(1, "queue.declare", { queue: "q" })
    expect(client.seen()).toEqual([])
  })
})

describe("an open connection", () => {
  it("sends heartbeats while it is quiet and gives up a silent client", () => {
    client.open({ heartbeat: 10 })
    // The first tick sees that the handshake was written.
    stage.tick(1000)
    stage.tick(4000)
    expect(client.seen()).toEqual([])
    stage.tick(1000)
    expect(client.seen()).toEqual([["heartbeat"]])
    client.bytes(frame(8, 0, new Uint8Array(0)))
    stage.tick(20_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("missed heartbeats of 10 s from the client")
  })

  it("neither sends nor expects heartbeats when they are switched off", () => {
    client.open({ heartbeat: 0 })
    stage.tick(1_000_000)
    expect(client.seen()).toEqual([])
    expect(client.outbound.closedFor).toBeUndefined()
  })

  it("agrees to a new secret", () => {
    client.open()
    expect(client.ask(0, "connection.update-secret", { reason: "rotation" })).toEqual([
      [0, "connection.update-secret-ok", {}],
    ])
  })

  it("pauses publishers in an alarm and nobody else", () => {
    const consumer = stage.connect().open()
    client.open()
    client.publish(1, { routingKey: "nowhere" }, "x")
    stage.alarm("memory")
    expect(client.seen()).toEqual([[0, "connection.blocked", { reason: "memory" }]])
    expect(client.outbound.isReadingPaused).toBe(true)
    expect(consumer.seen()).toEqual([])
    expect(consumer.outbound.isReadingPaused).toBe(false)
    stage.alarm(undefined)
    expect(client.seen()).toEqual([[0, "connection.unblocked", {}]])
    expect(client.outbound.isReadingPaused).toBe(false)
  })

  it("pauses a client that begins to publish in an alarm, until there is room again", () => {
    stage = new Stage(manualTurn(), { memoryMarkBytes: 10_000 })
    const [first, second] = [stage.connect().open(), stage.connect().open()]
    first.ask(1, "queue.declare", { queue: "q" })
    first.publish(1, { routingKey: "q" }, "x".repeat(20_000))
    expect(first.seen()).toMatchObject([[0, "connection.blocked", {}]])
    second.publish(1, { routingKey: "nowhere" }, "x")
    expect(second.seen()).toMatchObject([[0, "connection.blocked", {}]])
    const consumer = stage.connect().open()
    consumer.ask(1, "queue.purge", { queue: "q" })
    expect(first.seen()).toEqual([[0, "connection.unblocked", {}]])
    expect(second.seen()).toEqual([[0, "connection.unblocked", {}]])
  })

  it("does not take a client for dead that it does not read", () => {
    client.open({ heartbeat: 10 })
    client.publish(1, { routingKey: "nowhere" }, "x")
    stage.alarm("memory")
    for (let seconds = 0; seconds < 60; seconds += 10) stage.tick(10_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.alarm(undefined)
    stage.tick(20_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("missed heartbeats of 10 s from the client")
  })

  it("does not take a client for dead that the transport does not read", () => {
    client.open({ heartbeat: 10 })
    client.outbound.hasUnreadAnswers = true
    stage.tick(60_000)
    client.outbound.hasUnreadAnswers = false
    stage.tick(20_000)
    expect(client.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(client.outbound.closedFor).toBe("missed heartbeats of 10 s from the client")
  })

  it("does not read on from a client that publishes faster than its confirms leave", () => {
    client.open({ channels: [1, 2], heartbeat: 10 })
    client.send(1, "confirm.select")
    client.send(2, "confirm.select")
    client.seen()
    const publishes = (channel: number, count: number) =>
      Buffer.concat(
        new Array(count).fill(
          Buffer.concat([
            methodFrame(channel, "basic.publish", filled("basic.publish", { routingKey: "nowhere" })),
            contentFrames(channel, ""),
          ]),
        ),
      )
    client.bytes(publishes(1, 50_000))
    client.bytes(publishes(2, 49_999))
    expect(client.outbound.isReadingPaused).toBe(false)
    client.bytes(publishes(2, 1))
    expect(client.outbound.isReadingPaused).toBe(true)
    stage.turn.advance(60_000)
    client.session.tick(stage.turn.nowMs())
    expect(client.outbound.closedFor).toBeUndefined()
    expect(client.seen()).toEqual([
      [1, "basic.ack", { deliveryTag: 50_000, multiple: true }],
      [2, "basic.ack", { deliveryTag: 50_000, multiple: true }],
    ])
    expect(client.outbound.isReadingPaused).toBe(false)
  })

  it("reads the goodbye of a client that it did not read when the broker stops", () => {
    client.open()
    client.send(1, "confirm.select")
    client.seen()
    const publish = Buffer.concat([
      methodFrame(1, "basic.publish", filled("basic.publish", { routingKey: "nowhere" })),
      contentFrames(1, ""),
    ])
    client.bytes(Buffer.concat(new Array(100_000).fill(publish)))
    stage.alarm("memory")
    expect(client.outbound.isReadingPaused).toBe(true)
    client.session.shutdown("shutdown")
    expect(client.seen()).toEqual([[0, "connection.blocked", { reason: "memory" }], ...close(320, FORCED)])
    expect(client.outbound.isReadingPaused).toBe(false)
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe(FORCED)
  })
})
