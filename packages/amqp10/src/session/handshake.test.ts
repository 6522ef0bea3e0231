import { ValueMap } from "@polymq/message"
import { manualTurn } from "@polymq/testkit"
import { describe, expect, it } from "vitest"
import { AMQP_HEADER, SASL_HEADER } from "../codec/constants.ts"
import { addUser, loginAnswer } from "../testing/login.ts"
import { tagged } from "../testing/plain.ts"
import { all, only, type ReceivedFrame } from "../testing/received-frame.ts"
import { LOOPBACK, REMOTE } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

function bodies(frames: readonly ReceivedFrame[]): object[] {
  return frames.map((frame) => ("body" in frame ? frame.body : frame))
}

describe("protocol headers", () => {
  it("offers the mechanisms of this machine to a SASL header", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    expect(bodies(peer.take())).toEqual([
      { kind: "header", id: 3 },
      { type: "saslMechanisms", saslServerMechanisms: ["PLAIN", "ANONYMOUS"] },
    ])
  })

  it("does not offer ANONYMOUS to other machines", () => {
    const peer = new Stage(manualTurn()).connect(REMOTE)
    peer.bytes(SASL_HEADER)
    expect(bodies(peer.take())[1]).toEqual({ type: "saslMechanisms", saslServerMechanisms: ["PLAIN"] })
  })

  it.each([
    ["TLS", Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 2, 1, 0, 0)],
    ["another version", Uint8Array.of(0x41, 0x4d, 0x51, 0x50, 0, 1, 0, 1)],
  ])("answers a header for %s with the one it takes, and closes", (_what, header) => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(header)
    expect(peer.take()).toEqual([{ kind: "header", id: 3 }])
    expect(peer.closedFor).toContain("protocol header")
  })

  it("wants SASL from other machines", () => {
    const peer = new Stage(manualTurn()).connect(REMOTE)
    peer.bytes(AMQP_HEADER)
    expect(peer.take()).toEqual([{ kind: "header", id: 3 }])
    expect(peer.closedFor).toBeDefined()
  })

  it("answers anything else with its header, and closes", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"))
    expect(peer.take()).toEqual([{ kind: "header", id: 3 }])
    expect(peer.closedFor).toBeDefined()
  })
})

describe("SASL", () => {
  it("logs in with PLAIN, then opens", async () => {
    const peer = new Stage(manualTurn()).connect()
    peer.login()
    expect(bodies(await loginAnswer(peer))).toContainEqual({
      type: "saslOutcome",
      code: 0,
      additionalData: undefined,
    })
    expect(peer.open().containerId).toBe("polymq")
  })

  it("takes what arrives while the password is checked in its turn", async () => {
    const stage = new Stage(manualTurn())
    addUser(stage, "carol", "secret")
    const peer = stage.connect()
    peer.login("carol", "secret")
    expect(peer.outbound.isReadingPaused).toBe(true)
    peer.bytes(AMQP_HEADER)
    peer.send({ type: "open", containerId: "eager" })
    const frames = await loginAnswer(peer)
    expect(peer.outbound.isReadingPaused).toBe(false)
    expect(only([...frames, ...peer.take()], "open").containerId).toBe("polymq")
  })

  it("holds back no more than 64 KiB", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.login("guest", "not known yet")
    const frame = new Uint8Array(8192)
    frame.set([0, 0, 0x20, 0, 2, 0, 0, 0])
    for (let sent = 0; sent < 9; sent++) peer.bytes(frame)
    expect(peer.closedFor).toContain("before the login was answered")
  })

  it("answers a wrong password with the code auth, and closes", async () => {
    const peer = new Stage(manualTurn()).connect()
    peer.login("guest", "wrong")
    expect(bodies(await loginAnswer(peer))).toContainEqual({
      type: "saslOutcome",
      code: 1,
      additionalData: undefined,
    })
    expect(peer.closedFor).toContain("password")
  })

  it("asks for the response of PLAIN when init brings none", async () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    peer.sasl({ type: "saslInit", mechanism: "PLAIN" })
    expect(bodies(peer.take())).toContainEqual({ type: "saslChallenge", challenge: new Uint8Array(0) })
    peer.sasl({ type: "saslResponse", response: new TextEncoder().encode("\0guest\0guest") })
    expect(bodies(await loginAnswer(peer))).toContainEqual({
      type: "saslOutcome",
      code: 0,
      additionalData: undefined,
    })
  })

  it("takes ANONYMOUS from this machine", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    peer.sasl({ type: "saslInit", mechanism: "ANONYMOUS" })
    expect(bodies(peer.take())).toContainEqual({ type: "saslOutcome", code: 0, additionalData: undefined })
    peer.open()
  })

  it.each([
    ["an unknown mechanism", "SCRAM-SHA-256", "\0guest\0guest"],
    ["a malformed response", "PLAIN", "guest"],
  ])("refuses %s with the code auth", (_what, mechanism, response) => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    peer.sasl({ type: "saslInit", mechanism, initialResponse: new TextEncoder().encode(response) })
    expect(bodies(peer.take())).toContainEqual({ type: "saslOutcome", code: 1, additionalData: undefined })
    expect(peer.closedFor).toBeDefined()
  })

  it("refuses ANONYMOUS from other machines", () => {
    const peer = new Stage(manualTurn()).connect(REMOTE)
    peer.bytes(SASL_HEADER)
    peer.sasl({ type: "saslInit", mechanism: "ANONYMOUS" })
    expect(bodies(peer.take())).toContainEqual({ type: "saslOutcome", code: 1, additionalData: undefined })
  })

  describe("with a verified certificate", () => {
    const CERTIFIED = { ...LOOPBACK, certificateName: "guest" }

    it("prefers EXTERNAL", () => {
      const peer = new Stage(manualTurn()).connect({ ...REMOTE, certificateName: "guest" })
      peer.bytes(SASL_HEADER)
      expect(bodies(peer.take())[1]).toEqual({ type: "saslMechanisms", saslServerMechanisms: ["EXTERNAL", "PLAIN"] })
    })

    it.each([
      ["no response", undefined, 0],
      ["an empty response", "", 0],
      ["its own name", "guest", 0],
      ["another name", "other", 1],
    ])("answers EXTERNAL with %s by its own user or not at all", (_what, name, code) => {
      const peer = new Stage(manualTurn()).connect(CERTIFIED)
      peer.bytes(SASL_HEADER)
      const initialResponse = name === undefined ? undefined : new TextEncoder().encode(name)
      peer.sasl({ type: "saslInit", mechanism: "EXTERNAL", initialResponse })
      expect(bodies(peer.take())).toContainEqual({ type: "saslOutcome", code, additionalData: undefined })
    })

    it("refuses a user who is not known", () => {
      const peer = new Stage(manualTurn()).connect({ ...CERTIFIED, certificateName: "nobody" })
      peer.bytes(SASL_HEADER)
      peer.sasl({ type: "saslInit", mechanism: "EXTERNAL" })
      expect(bodies(peer.take())).toContainEqual({ type: "saslOutcome", code: 1, additionalData: undefined })
    })
  })

  it("refuses EXTERNAL without a verified certificate", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    peer.sasl({ type: "saslInit", mechanism: "EXTERNAL" })
    expect(bodies(peer.take())).toContainEqual({ type: "saslOutcome", code: 1, additionalData: undefined })
  })

  it("closes on a frame that does not belong", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    peer.sasl({ type: "saslResponse", response: new Uint8Array(0) })
    expect(peer.closedFor).toContain("saslResponse")
  })

  it("closes on an AMQP frame in its layer", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(SASL_HEADER)
    peer.send({ type: "open", containerId: "early" })
    expect(peer.closedFor).toBeDefined()
    expect(all(peer.take(), "open")).toEqual([])
  })
})

describe("open", () => {
  it("announces frames, sessions, idle-time-out, capabilities and who we are", () => {
    const open = new Stage(manualTurn()).connect().open()
    expect(open).toMatchObject({ maxFrameSize: 131_072, channelMax: 63, idleTimeOut: 30_000 })
    expect(open.offeredCapabilities).toEqual(["LINK_PAIR_V1_0", "ANONYMOUS-RELAY"])
    expect(JSON.stringify(open.properties)).toContain(
      '{"type":"symbol","value":"product"},{"type":"string","value":"RabbitMQ"}',
    )
    expect(JSON.stringify(open.properties)).toContain(
      '{"type":"symbol","value":"version"},{"type":"string","value":"4.2.0"}',
    )
  })

  it("passes over locales, capabilities and properties of which it knows nothing", () => {
    const properties = { type: "map", value: new ValueMap([[tagged(1), tagged([null, "x"])]]) } as const
    const unknown = {
      incomingLocales: ["qq"],
      outgoingLocales: ["de_AT", "qq"],
      desiredCapabilities: ["sole"],
      properties,
    }
    const open = new Stage(manualTurn()).connect().open({ ...unknown, offeredCapabilities: ["all"] })
    expect(open).toMatchObject({ incomingLocales: [], outgoingLocales: [], desiredCapabilities: [] })
  })

  it("selects a vhost by hostname, and says that there is none of that name", () => {
    const stage = new Stage(manualTurn())
    const peer = stage.connect()
    peer.bytes(AMQP_HEADER)
    peer.send({ type: "open", containerId: "peer", hostname: "vhost:nowhere" })
    const frames = peer.take()
    only(frames, "open")
    expect(only(frames, "close").error).toMatchObject({ condition: "amqp:not-found" })
    stage.connect().open({ hostname: "broker.example" })
    stage.connect().open({ hostname: "vhost:/" })
  })

  it.each([
    ["a max-frame-size below 512", { maxFrameSize: 511 }, "amqp:invalid-field"],
    ["an idle-time-out that cannot be kept", { idleTimeOut: 999 }, "amqp:not-allowed"],
  ])("refuses %s after its own open", (_what, open, condition) => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(AMQP_HEADER)
    peer.send({ type: "open", containerId: "peer", ...open })
    const frames = peer.take()
    only(frames, "open")
    expect(only(frames, "close").error?.condition).toBe(condition)
  })

  it.each([
    ["another performative", Uint8Array.of(0, 0, 0, 12, 2, 0, 0, 0, 0, 0x53, 0x18, 0x45), "amqp:decode-error"],
    ["a frame above 8 KiB", Uint8Array.of(0, 0, 0x20, 1, 2, 0, 0, 0), "amqp:connection:framing-error"],
    ["a second header", AMQP_HEADER, "amqp:connection:framing-error"],
    ["a SASL frame", Uint8Array.of(0, 0, 0, 12, 2, 1, 0, 0, 0, 0x53, 0x44, 0x45), "amqp:connection:framing-error"],
  ])("answers %s instead of it with open and close", (_what, bytes, condition) => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(AMQP_HEADER)
    peer.bytes(bytes)
    const frames = peer.take()
    only(frames, "open")
    expect(only(frames, "close").error?.condition).toBe(condition)
    expect(peer.closedFor).toContain(condition)
  })

  it("passes over empty frames before it", () => {
    const peer = new Stage(manualTurn()).connect()
    peer.bytes(AMQP_HEADER)
    peer.bytes(Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0))
    peer.send({ type: "open", containerId: "peer" })
    only(peer.take(), "open")
  })

  it("is not waited for longer than the handshake may take", () => {
    const stage = new Stage(manualTurn(), { limits: { handshakeTimeoutMs: 10_000 } })
    const peer = stage.connect()
    peer.bytes(AMQP_HEADER)
    stage.tick(9_999)
    expect(peer.closedFor).toBeUndefined()
    peer.bytes(Uint8Array.of(0, 0, 0, 8))
    stage.tick(1)
    expect(peer.closedFor).toContain("handshake")
  })
})
