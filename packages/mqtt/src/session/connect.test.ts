import { LOOPBACK, type ManualTurn, manualTurn, REMOTE } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import { Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
})

/** Sends a CONNECT given in hexadecimal to a new connection and returns what it heard, in hexadecimal. */
function answer(hex: string): { readonly heard: string; readonly closedFor: string | undefined } {
  const peer = stage.connect(5)
  peer.bytes(hex)
  return { heard: Buffer.from(peer.outbound.take()).toString("hex"), closedFor: peer.outbound.closedFor }
}

describe("a login", () => {
  it("is accepted with what the server grants and what it does not have (3.2.2.3)", () => {
    const peer = stage.connect(5)
    peer.connect({ clientId: "c" })
    expect(peer.take()).toEqual([
      {
        type: "connack",
        flags: 0,
        acknowledgeFlags: 0,
        reasonCode: 0,
        properties: {
          "receive-maximum": 1000,
          "topic-alias-maximum": 16,
          "retain-available": 1,
          "maximum-packet-size": 16_777_216,
          "wildcard-subscription-available": 1,
          "subscription-identifier-available": 1,
          "shared-subscription-available": 1,
        },
      },
    ])
  })

  it.each([3, 4] as const)("of protocol level %i is accepted without properties", (level) => {
    const peer = stage.connect(level)
    peer.connect({ clientId: "c" })
    expect(Buffer.from(peer.outbound.take()).toString("hex")).toBe("20020000")
  })

  it("gets an identifier from the server when it has none [MQTT-3.1.3-6], [MQTT-3.1.3-7]", () => {
    for (const cleanStart of [true, false]) {
      const peer = stage.connect(5)
      peer.connect({ clientId: "", cleanStart })
      const [connack] = peer.takeAll("connack")
      expect(connack?.properties["assigned-client-identifier"]).toBe(cleanStart ? "assigned-1" : "assigned-2")
    }
    expect(stage.client(4, { clientId: "" }).outbound.closedFor).toBeUndefined()
  })

  it("may name its vhost before the user", () => {
    stage.broker.addVhost("a:b")
    stage.broker.users.permit("guest", "a:b", { configure: ".*", write: ".*", read: ".*" })
    const here = stage.client(5, { clientId: "here" })
    here.subscribe("#")
    const there = stage.client(5, { clientId: "there", username: "a:b:guest", password: "guest" })
    there.subscribe("#")
    there.take()
    there.publish("t", "x")
    expect(there.takeAll("publish")).toHaveLength(1)
    expect(here.takeAll("publish")).toHaveLength(0)
  })

  it("is told a shorter session expiry than it asked for, and no other (3.2.2.3.2)", () => {
    const expiry = (asked: number): number | undefined => {
      const peer = stage.connect(5)
      peer.connect({ clientId: `e${asked}`, properties: { "session-expiry-interval": asked } })
      return peer.takeAll("connack")[0]?.properties["session-expiry-interval"]
    }
    expect([expiry(0), expiry(86_400), expiry(86_401), expiry(0xffff_ffff)]).toEqual([
      undefined,
      undefined,
      86_400,
      86_400,
    ])
  })

  it("is told a shorter keep-alive than it asked for [MQTT-3.1.2-21]", () => {
    stage = new Stage(turn, {}, { maxKeepAliveSeconds: 120 })
    const keepAlive = (asked: number): number | undefined => {
      const peer = stage.connect(5)
      peer.connect({ clientId: `k${asked}`, keepAliveSeconds: asked })
      return peer.takeAll("connack")[0]?.properties["server-keep-alive"]
    }
    expect([keepAlive(0), keepAlive(60), keepAlive(121)]).toEqual([120, undefined, 120])
  })

  it("holds what the client sends while its password is checked, and takes it in order", () => {
    const decide = decideLater()
    const peer = stage.connect(4)
    peer.connect({ username: "guest", password: "guest" })
    peer.subscribe("a")
    const publish = peer.encode({
      type: "publish",
      flags: 0,
      topicName: "a",
      packetId: undefined,
      properties: {},
      payload: Buffer.alloc(100_000),
    })
    peer.bytes(publish.subarray(0, 50_000))
    expect(peer.outbound.take().length).toBe(0)
    expect(peer.outbound.isReadingPaused).toBe(true)
    decide(true)
    expect(peer.outbound.isReadingPaused).toBe(false)
    peer.bytes(publish.subarray(50_000))
    expect(peer.take().map(({ type }) => type)).toEqual(["connack", "suback", "publish"])
  })

  it("holds no more than a bound while its password is checked", () => {
    decideLater()
    const pings = Buffer.alloc(140_000, "c000", "hex")
    const halfPublish = Buffer.concat([Buffer.from("30ffff3f", "hex"), Buffer.alloc(140_000)])
    for (const bytes of [pings, halfPublish]) {
      const peer = stage.connect(4)
      peer.connect({ username: "guest", password: "guest" })
      peer.bytes(bytes)
      expect(peer.take()).toEqual([])
      expect(peer.outbound.closedFor).toMatch(/before the login is over/)
    }
  })

  it("that is decided when its connection is gone comes to nothing", () => {
    const decide = decideLater()
    const peer = stage.connect(5)
    peer.connect({ username: "guest", password: "guest" })
    peer.drop()
    decide(true)
    expect(peer.outbound.take().length).toBe(0)
  })
})

/** Lets passwords be judged when the result is called, as for those whose check takes its time. */
function decideLater(): (isRight: boolean) => void {
  let decide: (isRight: boolean) => void = () => {}
  stage.broker.authenticate = (_credentials, _peer, done) => {
    decide = (isRight) => done(isRight ? { name: "guest", tags: [] } : undefined)
  }
  return (isRight) => decide(isRight)
}

describe("a refused login", () => {
  it.each([
    ["a later version, in its words (3.1.2.2)", "100c 0004 4d515454 06 02 0000 0000", "84", "level 6"],
    ["MQTT with level 3 [MQTT-3.1.2-2]", "100c 0004 4d515454 03 02 0000 0000", "20020001", "level 3"],
    ["the level of a bridge [MQTT-3.1.2-2]", "100c 0004 4d515454 84 02 0000 0000", "20020001", "level 132"],
    ["MQIsdp with level 4", "100e 0006 4d5149736470 04 02 0000 0000", "20020001", "level 4"],
  ])("is that of %s", (_title, hex, expected, reason) => {
    const { heard, closedFor } = answer(hex)
    expect(heard).toContain(expected)
    expect(closedFor).toContain(reason)
  })

  it.each([
    ["another protocol's name [MQTT-3.1.2-1]", "100c 0004 4d515455 04 02 0000 0000"],
    ["a name like a method of objects", "1013 000b 636f6e7374727563746f72 04 02 0000 0000"],
    ["another first packet [MQTT-3.1.0-1]", "c000"],
    ["another protocol", "474554202f20485454502f312e310d0a"],
    ["a remaining length of five bytes", "10ffffffffff"],
    ["a reserved connect flag in MQTT 3.1.1 [MQTT-3.1.2-3]", "100d 0004 4d515454 04 03 0000 0001 61"],
    ["will flags without a will [MQTT-3.1.2-11]", "100d 0004 4d515454 04 22 0000 0001 61"],
    ["a password without a user name [MQTT-3.1.2-22]", "1010 0004 4d515454 04 42 0000 0001 61 0001 61"],
    ["fields missing that its flags announce", "100d 0004 4d515454 04 82 0000 0001 61"],
  ])("is not answered for %s", (_title, hex) => {
    const { heard, closedFor } = answer(hex)
    expect(heard).toBe("")
    expect(closedFor).toBeDefined()
  })

  it.each([
    ["a reserved connect flag [MQTT-3.1.2-3]", "100e 0004 4d515454 05 03 0000 00 0001 61", 0x81],
    ["a will with QoS 3 [MQTT-3.1.2-12]", "1014 0004 4d515454 05 1e 0000 00 0001 61 00 0001 61 0000", 0x81],
    ["a will without topic [MQTT-4.7.3-1]", "1013 0004 4d515454 05 06 0000 00 0001 61 00 0000 0000", 0x90],
    ["a will topic with wildcards [MQTT-3.3.2-2]", "1014 0004 4d515454 05 06 0000 00 0001 61 00 0001 23 0000", 0x90],
    ["a property twice", "1018 0004 4d515454 05 02 0000 0a 11 00000001 11 00000002 0001 61", 0x82],
    ["Receive Maximum 0 (3.1.2.11.3)", "1011 0004 4d515454 05 02 0000 03 21 0000 0001 61", 0x82],
    ["Maximum Packet Size 0 (3.1.2.11.4)", "1013 0004 4d515454 05 02 0000 05 27 00000000 0001 61", 0x82],
    ["enhanced authentication (4.12)", "1012 0004 4d515454 05 02 0000 04 15 0001 78 0001 61", 0x8c],
    ["authentication data without a method (3.1.2.11.10)", "1012 0004 4d515454 05 02 0000 04 16 0001 78 0001 61", 0x82],
    ["a client identifier of ill-formed UTF-8 [MQTT-3.1.3-4]", "100e 0004 4d515454 05 02 0000 00 0001 ff", 0x81],
    ["a password without a user name", "1011 0004 4d515454 05 42 0000 00 0001 61 0001 61", 0x86],
  ])("has the reason of MQTT 5.0 for %s", (_title, hex, reason) => {
    const peer = stage.connect(5)
    peer.bytes(hex)
    expect(peer.take()).toEqual([expect.objectContaining({ type: "connack", acknowledgeFlags: 0, reasonCode: reason })])
    expect(peer.outbound.closedFor).toMatch(/^refused: /)
  })

  it("is one of an empty identifier that a session should be kept for [MQTT-3.1.3-8]", () => {
    const peer = stage.connect(4)
    peer.connect({ clientId: "", cleanStart: false })
    expect(peer.takeAll("connack")[0]?.reasonCode).toBe(2)
    const older = stage.connect(3)
    older.connect({ clientId: "" })
    expect(older.takeAll("connack")[0]?.reasonCode).toBe(2)
  })

  it.each([
    [5, 0x86],
    [4, 4],
    [3, 4],
  ] as const)("of protocol level %i says that user name or password are wrong", async (level, reason) => {
    const peer = stage.connect(level)
    peer.connect({ username: "guest", password: "wrong" })
    await expect.poll(() => peer.outbound.closedFor).toBeDefined()
    expect(peer.takeAll("connack")[0]?.reasonCode).toBe(reason)
  })

  it.each([
    [5, 0x87],
    [4, 5],
  ] as const)("of protocol level %i says that strangers from elsewhere are not let in", (level, reason) => {
    const peer = stage.connect(level, REMOTE)
    peer.connect()
    expect(peer.takeAll("connack")[0]?.reasonCode).toBe(reason)
    expect(peer.outbound.closedFor).toMatch(/anonymous/)
  })

  it("takes a verified certificate for the user name when there is none", () => {
    stage.broker.importDefinitions({
      users: [{ name: "plant", password_hash: "", tags: "" }],
      permissions: [{ user: "plant", vhost: "/", configure: ".*", write: ".*", read: ".*" }],
    })
    const certified = (name: string) => stage.connect(5, { ...REMOTE, certificateName: name })
    const [plant, nobody] = [certified("plant"), certified("nobody")]
    plant.connect()
    expect(plant.takeAll("connack")[0]?.reasonCode).toBe(0)
    nobody.connect()
    expect(nobody.takeAll("connack")[0]?.reasonCode).toBe(0x87)
    expect(nobody.outbound.closedFor).toBe("refused: user 'nobody' of the certificate is unknown")
  })

  it("takes a user name for what it is, whatever the certificate says", () => {
    const peer = stage.connect(5, { ...LOOPBACK, certificateName: "nobody" })
    peer.connect({ username: "guest", password: "guest" })
    expect(peer.takeAll("connack")[0]?.reasonCode).toBe(0)
  })

  it("is that of a vhost which is not there, or not for this user", () => {
    stage.broker.addVhost("secret")
    for (const vhost of ["nowhere", "secret"]) {
      const [newer, older] = [stage.connect(5), stage.connect(4)]
      for (const peer of [newer, older]) peer.connect({ username: `${vhost}:guest`, password: "guest" })
      expect([newer.takeAll("connack")[0]?.reasonCode, older.takeAll("connack")[0]?.reasonCode]).toEqual([0x87, 5])
      expect(newer.outbound.closedFor).toContain(`'${vhost}'`)
    }
  })

  it("is that of a limit of connections", () => {
    stage.broker.administer("/").setLimits({ maxConnections: 1, maxQueues: 0 })
    const first = stage.client(5, { clientId: "first" })
    const [newer, older] = [stage.connect(5), stage.connect(4)]
    for (const peer of [newer, older]) peer.connect()
    expect([newer.takeAll("connack")[0]?.reasonCode, older.takeAll("connack")[0]?.reasonCode]).toEqual([0x97, 5])
    expect(newer.outbound.closedFor).toContain("connection limit (1) is reached")
    first.session.lost()
    stage.client(4, { clientId: "second" })
  })

  it("is that of a client that does not take CONNACK for its size [MQTT-3.1.2-24]", () => {
    const peer = stage.connect(5)
    peer.connect({ properties: { "maximum-packet-size": 20 } })
    expect(peer.outbound.take().length).toBe(0)
    expect(peer.outbound.closedFor).toMatch(/Maximum Packet Size/)
  })

  it("is that of a packet above 65 536 bytes before the login", () => {
    const peer = stage.connect(5)
    peer.bytes("10 81 80 04")
    expect(peer.outbound.closedFor).toMatch(/limit is 65536/)
  })

  it("comes after the time for it", () => {
    const silent = stage.connect(5)
    const slow = stage.connect(5)
    slow.bytes("10")
    stage.tick(9_999)
    expect([silent.outbound.closedFor, slow.outbound.closedFor]).toEqual([undefined, undefined])
    stage.tick(1)
    expect([silent.outbound.closedFor, slow.outbound.closedFor]).toEqual(["no CONNECT in time", "no CONNECT in time"])
  })
})

describe("a session", () => {
  const present = (level: ProtocolLevel, cleanStart: boolean, expirySeconds = 100): boolean => {
    const properties = level === 5 ? { "session-expiry-interval": expirySeconds } : {}
    const peer = stage.connect(level)
    peer.connect({ clientId: "s", cleanStart, properties })
    stage.endTurn()
    const [connack] = peer.takeAll("connack")
    peer.disconnect()
    stage.endTurn()
    return connack?.acknowledgeFlags === 1
  }

  it("goes on for a client that asks for it, and is said to [MQTT-3.2.2-3]", () => {
    expect([present(5, true), present(5, false), present(5, true), present(5, false, 0), present(5, false)]).toEqual([
      false,
      true,
      false,
      true,
      false,
    ])
  })

  it("of MQTT 3.1.1 goes on without clean session [MQTT-3.2.2-2]", () => {
    expect([present(4, false), present(4, false), present(4, true), present(4, false)]).toEqual([
      false,
      true,
      false,
      false,
    ])
  })

  it("of MQTT 3.1 goes on, but is not said to", () => {
    expect([present(3, false), present(3, false), present(4, false)]).toEqual([false, false, true])
  })

  it("ends when its time is over", () => {
    present(5, true, 100)
    stage.tick(99_000)
    expect(present(5, false, 100)).toBe(true)
    stage.tick(101_000)
    expect(present(5, false, 100)).toBe(false)
  })
})
