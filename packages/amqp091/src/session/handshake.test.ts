import { manualTurn, REMOTE } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { frame, methodFrame } from "../testing/frames.ts"
import { filled, HEADER, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { connectionClose } from "../testing/seen-close.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
let client: ScriptedPeer

beforeEach(() => {
  stage = new Stage(manualTurn())
  client = stage.connect()
})

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
    expect(client.take()).toEqual([
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
    client.take()
    const response = Buffer.from("\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest", "latin1")
    expect(client.ask(0, "connection.start-ok", { mechanism: "AMQPLAIN", response })).toMatchObject([
      [0, "connection.tune", {}],
    ])
  })

  it("takes anonymous clients from loopback and offers it nobody else", () => {
    client.bytes(HEADER)
    client.take()
    expect(client.ask(0, "connection.start-ok", { mechanism: "ANONYMOUS" })).toMatchObject([[0, "connection.tune", {}]])

    const remote = stage.connect(REMOTE)
    remote.bytes(HEADER)
    expect(remote.take()).toMatchObject([[0, "connection.start", { mechanisms: Buffer.from("PLAIN AMQPLAIN") }]])
    expect(remote.ask(0, "connection.start-ok", { mechanism: "ANONYMOUS" })).toEqual([])
    expect(remote.outbound.closedFor).toBe("login refused using mechanism ANONYMOUS")
  })

  describe("with a verified certificate", () => {
    const certified = { ...REMOTE, certificateName: "guest" }

    it("offers EXTERNAL, and takes the certificate's word for the user", () => {
      const here = stage.connect({ ...certified, isLoopback: true })
      here.bytes(HEADER)
      expect(here.take()).toMatchObject([
        [0, "connection.start", { mechanisms: Buffer.from("PLAIN AMQPLAIN ANONYMOUS EXTERNAL") }],
      ])
      expect(here.ask(0, "connection.start-ok", { mechanism: "EXTERNAL" })).toMatchObject([[0, "connection.tune", {}]])
    })

    it("lets a client name itself, and nobody else", () => {
      const external = (response: string) => {
        const here = stage.connect({ ...certified, isLoopback: true })
        here.bytes(HEADER)
        here.take()
        return here.ask(0, "connection.start-ok", { mechanism: "EXTERNAL", response: Buffer.from(response) })
      }
      expect(external("guest")).toMatchObject([[0, "connection.tune", {}]])
      expect(external("other")).toMatchObject([[0, "connection.close", { replyCode: 502 }]])
    })

    it("refuses whom the broker would not let in by password from there", () => {
      const remote = stage.connect(certified)
      remote.bytes(HEADER)
      remote.take()
      expect(remote.ask(0, "connection.start-ok", { mechanism: "EXTERNAL" })).toEqual([])
      expect(remote.outbound.closedFor).toBe("login refused using mechanism EXTERNAL")
    })
  })

  it("refuses EXTERNAL without a verified certificate", () => {
    client.bytes(HEADER)
    client.take()
    expect(client.ask(0, "connection.start-ok", { mechanism: "EXTERNAL" })).toEqual([])
    expect(client.outbound.closedFor).toBe("login refused using mechanism EXTERNAL")
  })

  it("tells a capable client why its login is refused", async () => {
    const seen = client.login({ password: "wrong" })
    await stage.broker.users.settled()
    const refused =
      "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile."
    expect([...seen, ...client.take()]).toEqual(connectionClose(403, refused))
    client.send(0, "connection.close-ok")
    expect(client.outbound.closedFor).toBe(refused)
  })

  it("just closes after a refused login of a client that would not understand", async () => {
    const seen = client.login({ username: "nobody", clientProperties: new Map() })
    await stage.broker.users.settled()
    expect([...seen, ...client.take()]).toEqual([])
    expect(client.outbound.closedFor).toBe("login refused using mechanism PLAIN")
  })

  it("refuses a mechanism it does not know", () => {
    client.bytes(HEADER)
    client.take()
    expect(client.ask(0, "connection.start-ok", { mechanism: "__proto__" })).toEqual(
      connectionClose(503, "COMMAND_INVALID - unknown authentication mechanism '__proto__'", 10, 11),
    )
  })

  it("refuses an answer that is not of its mechanism", () => {
    client.bytes(HEADER)
    client.take()
    const response = Buffer.from("guest")
    expect(client.ask(0, "connection.start-ok", { mechanism: "PLAIN", response })).toMatchObject(
      connectionClose(502, expect.stringContaining("SYNTAX_ERROR - "), 10, 11),
    )
  })

  it.each([
    [{ channelMax: 2048, frameMax: 0 }, "channel_max = 2048 is higher than the maximum allowed value (2047)"],
    [{ channelMax: 0, frameMax: 131_073 }, "frame_max = 131073 is higher than the maximum allowed value (131072)"],
    [{ channelMax: 0, frameMax: 8191 }, "frame_max = 8191 is lower than the minimum allowed value (8192)"],
  ])("refuses limits that were not offered: %o", (limits, words) => {
    client.login()
    expect(client.ask(0, "connection.tune-ok", { ...limits, heartbeat: 0 })).toEqual(
      connectionClose(530, `NOT_ALLOWED - negotiated ${words}`, 10, 31),
    )
  })

  it("refuses an unknown vhost with 530", () => {
    client.login()
    client.send(0, "connection.tune-ok", {})
    expect(client.ask(0, "connection.open", { virtualHost: "nowhere" })).toEqual(
      connectionClose(530, "NOT_ALLOWED - vhost 'nowhere' not found", 10, 40),
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
