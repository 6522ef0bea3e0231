import { type ManualTurn, manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { type ScriptedPeer, textOf } from "../testing/scripted-peer.ts"
import { type ConnectWords, Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
let watcher: ScriptedPeer
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
  watcher = stage.client(5, { clientId: "watcher", keepAliveSeconds: 0 })
  watcher.subscribe("will/#", 1)
  watcher.take()
})

const WILL: ConnectWords = { clientId: "w", will: { topic: "will/w", payload: "gone" } }

/** Payloads of the wills that the watcher has heard. */
function wills(): readonly string[] {
  stage.endTurn()
  return watcher.takeAll("publish").map(textOf)
}

function delayed(seconds: number, words: ConnectWords = {}): ConnectWords {
  const properties = Uint8Array.of(0x18, 0, 0, 0, seconds)
  return {
    ...WILL,
    will: { topic: "will/w", payload: "gone", properties },
    properties: { "session-expiry-interval": 100 },
    ...words,
  }
}

/** A tick that notices what has come so far, and one after nothing came for a while. */
function silence(ms: number): void {
  stage.tick(0)
  stage.tick(ms)
}

const disconnect = (reasonCode: number) => expect.objectContaining({ type: "disconnect", reasonCode })

describe("a will", () => {
  it.each([
    ["the network is lost", (peer: ScriptedPeer) => peer.drop()],
    ["the client breaks the protocol", (peer: ScriptedPeer) => peer.bytes("00 00")],
    ["the client asks for it with DISCONNECT 0x04", (peer: ScriptedPeer) => peer.disconnect(4)],
    ["the client disconnects with another reason", (peer: ScriptedPeer) => peer.disconnect(0x80)],
    ["nothing comes within the keep-alive", () => silence(100_000)],
    ["the client connects again", () => stage.client(5, { clientId: "w" })],
    ["the server stops", (peer: ScriptedPeer) => peer.session.shutdown("stopping")],
  ] as const)("is published when %s [MQTT-3.1.2-8]", (_title, end) => {
    const peer = stage.client(5, WILL)
    expect(wills()).toEqual([])
    end(peer)
    expect(wills()).toEqual(["gone"])
  })

  it("is discarded by a normal DISCONNECT [MQTT-3.14.4-3]", () => {
    for (const level of [4, 5] as const) {
      const peer = stage.client(level, WILL)
      peer.disconnect()
      expect(wills()).toEqual([])
    }
  })

  it("is published before MQTT 5.0 as well", () => {
    stage.client(4, WILL).drop()
    expect(wills()).toEqual(["gone"])
  })

  it("has its QoS, RETAIN and properties [MQTT-3.1.2-14], [MQTT-3.1.2-15], (3.1.3.2)", () => {
    const properties = Buffer.from(
      "18 00000000 01 01 02 0000003c 03 0001 63 26 0001 61 0001 62 08 0001 72".replaceAll(" ", ""),
      "hex",
    )
    const peer = stage.client(5, { clientId: "w", will: { topic: "will/w", payload: "gone", flags: 0x28, properties } })
    stage.tick(5_000)
    peer.drop()
    stage.endTurn()
    const [live] = watcher.takeAll("publish")
    expect(live).toMatchObject({
      flags: 2,
      properties: {
        "payload-format-indicator": 1,
        "message-expiry-interval": 60,
        "content-type": "c",
        "response-topic": "r",
        "user-property": [["a", "b"]],
      },
    })
    watcher.subscribe("will/w", 1)
    expect(watcher.takeAll("publish").map(({ flags }) => flags)).toEqual([3])
  })

  it("of QoS 2 is delivered with it", () => {
    watcher.subscribe("will/+", 2)
    for (const level of [4, 5] as const) {
      const will = { topic: `will/${level}`, payload: "gone", flags: 0x10 }
      stage.client(level, { clientId: "w", will }).drop()
      stage.endTurn()
      expect(watcher.takeAll("publish")).toEqual([expect.objectContaining({ topicName: `will/${level}`, flags: 4 })])
    }
  })

  it("waits for its delay, and for the session's end at most [MQTT-3.1.3-9], (3.1.3.2.2)", () => {
    stage.client(5, delayed(10)).drop()
    stage.tick(9_000)
    expect(wills()).toEqual([])
    stage.tick(1_000)
    expect(wills()).toEqual(["gone"])
    stage.client(5, delayed(50, { properties: { "session-expiry-interval": 5 } })).drop()
    stage.tick(5_000)
    expect(wills()).toEqual(["gone"])
    stage.client(5, delayed(50, { properties: {} })).drop()
    expect(wills()).toEqual(["gone"])
  })

  it("is not published when the client is back before its delay is over [MQTT-3.1.3-9]", () => {
    stage.client(5, delayed(10)).drop()
    stage.tick(5_000)
    const back = stage.client(5, { clientId: "w", cleanStart: false })
    stage.tick(20_000)
    expect(wills()).toEqual([])
    back.drop()
    expect(wills()).toEqual([])
  })

  it("to a topic that its client may not write to is not published", () => {
    const peer = stage.client(5, WILL)
    stage.broker.users.permit("guest", "/", { configure: ".*", write: "^$", read: ".*" })
    peer.drop()
    expect(wills()).toEqual([])
  })
})

describe("the keep-alive", () => {
  it("ends a client that is silent for one and a half times as long [MQTT-3.1.2-22]", () => {
    for (const level of [4, 5] as const) {
      const peer = stage.client(level, { clientId: `k${level}`, keepAliveSeconds: 10 })
      silence(15_000)
      expect(peer.outbound.closedFor).toBeUndefined()
      stage.tick(1)
      expect(peer.outbound.closedFor).toMatch(/keep-alive/)
      expect(peer.take()).toEqual(level === 5 ? [disconnect(0x8d)] : [])
    }
  })

  it("is content with any packet, and PINGREQ is answered [MQTT-3.12.4-1]", () => {
    const peer = stage.client(4, { clientId: "k", keepAliveSeconds: 10 })
    for (let count = 0; count < 5; count++) {
      stage.tick(10_000)
      peer.bytes("c000")
      expect(Buffer.from(peer.outbound.take()).toString("hex")).toBe("d000")
    }
    stage.tick(10_000)
    expect(peer.outbound.closedFor).toBeUndefined()
  })

  it("of 0 is none (3.1.2.10)", () => {
    const peer = stage.client(4, { clientId: "k", keepAliveSeconds: 0 })
    stage.tick(100_000_000)
    expect(peer.outbound.closedFor).toBeUndefined()
  })

  it("is the server's when it has lowered it [MQTT-3.1.2-21]", () => {
    stage = new Stage(turn, {}, { maxKeepAliveSeconds: 4 })
    const peer = stage.client(5, { keepAliveSeconds: 0 })
    silence(6_001)
    expect(peer.outbound.closedFor).toMatch(/keep-alive/)
  })
})

describe("DISCONNECT", () => {
  it("ends the connection without an answer [MQTT-3.14.4-1], [MQTT-3.14.4-2]", () => {
    const peer = stage.client(5)
    peer.disconnect()
    peer.bytes("c000")
    expect(peer.take()).toEqual([])
    expect(peer.outbound.closedFor).toBe("client 'c': the client disconnected")
  })

  it("may shorten or prolong the session (3.14.2.2.2)", () => {
    const back = (): boolean => {
      const peer = stage.connect(5)
      peer.connect({ clientId: "s", cleanStart: false, properties: { "session-expiry-interval": 10 } })
      const isPresent = peer.takeAll("connack")[0]?.acknowledgeFlags === 1
      peer.disconnect(0, { properties: { "session-expiry-interval": isPresent ? 0 : 60 } })
      stage.endTurn()
      return isPresent
    }
    expect(back()).toBe(false)
    stage.tick(50_000)
    expect(back()).toBe(true)
    expect(back()).toBe(false)
  })

  it("must not prolong a session of expiry 0 (3.14.2.2.2)", () => {
    const peer = stage.client(5, WILL)
    peer.disconnect(0, { properties: { "session-expiry-interval": 1 } })
    expect(peer.take()).toEqual([disconnect(0x82)])
    expect(wills()).toEqual(["gone"])
  })

  it("must not have its reserved bits set [MQTT-3.14.1-1]", () => {
    const peer = stage.client(5)
    peer.bytes("e1 00")
    expect(peer.take()).toEqual([disconnect(0x81)])
  })
})

describe("the end of a connection", () => {
  it("by the same client elsewhere is said to the earlier one [MQTT-3.1.4-3]", () => {
    const [newer, older] = [stage.client(5, { clientId: "a" }), stage.client(4, { clientId: "b" })]
    stage.client(5, { clientId: "a" })
    stage.client(4, { clientId: "b" })
    expect(newer.take()).toEqual([disconnect(0x8e)])
    expect(older.take()).toEqual([])
    expect([newer.outbound.closedFor, older.outbound.closedFor]).toEqual([
      expect.stringContaining("again"),
      expect.stringContaining("again"),
    ])
  })

  it("does not end the session that another connection has taken over", () => {
    const first = stage.client(5, { clientId: "a", properties: { "session-expiry-interval": 60 } })
    first.subscribe("t", 1)
    const second = stage.client(5, { clientId: "a", cleanStart: false, properties: { "session-expiry-interval": 60 } })
    stage.endTurn()
    second.publish("t", "x")
    expect(second.takeAll("publish").map(textOf)).toEqual(["x"])
    expect(first.takeAll("publish")).toEqual([])
  })

  it("because the server stops is said to clients of MQTT 5.0", () => {
    const [newer, older] = [stage.client(5, { clientId: "a" }), stage.client(4, { clientId: "b" })]
    newer.session.shutdown("the broker stops")
    older.session.shutdown("the broker stops")
    expect(newer.take()).toEqual([
      { type: "disconnect", flags: 0, reasonCode: 0x8b, properties: { "reason-string": "the broker stops" } },
    ])
    expect(older.take()).toEqual([])
    expect([newer.outbound.closedFor, older.outbound.closedFor]).toEqual([
      "client 'a': the broker stops",
      "client 'b': the broker stops",
    ])
    stage.broker.authenticate = () => {}
    const knocking = stage.connect(4)
    knocking.connect()
    knocking.session.shutdown("the broker stops")
    expect(knocking.takeAll("connack")[0]?.reasonCode).toBe(3)
    const waiting = stage.connect(5)
    waiting.session.shutdown("the broker stops")
    expect([waiting.take(), waiting.outbound.closedFor]).toEqual([[], "the broker stops"])
  })

  it.each([
    ["a second CONNECT [MQTT-3.1.0-2]", "10 0e 0004 4d515454 05 02 0000 00 0001 61", 0x82],
    ["AUTH without a method (4.12)", "f0 00", 0x82],
    ["a packet for clients", "d0 00", 0x82],
    ["a CONNACK", "20 03 00 00 00", 0x82],
    ["a reserved packet type (2.1.2)", "00 00", 0x81],
    ["a remaining length of five bytes [MQTT-1.5.5-1]", "c0 ffffffff01", 0x81],
    ["a padded remaining length [MQTT-1.5.5-1]", "c0 8000", 0x81],
  ])("follows %s [MQTT-4.13.1-1]", (_title, hex, reason) => {
    const newer = stage.client(5, { clientId: "a" })
    newer.bytes(hex)
    expect(newer.take()).toEqual([disconnect(reason)])
    const older = stage.client(4, { clientId: "b" })
    older.bytes(hex)
    expect([older.take(), older.outbound.closedFor === undefined]).toEqual([[], false])
  })

  it("leaves out the reason in words where the client takes no packet of that size [MQTT-3.14.2-3]", () => {
    const peer = stage.client(5, { properties: { "maximum-packet-size": 50 } })
    peer.session.shutdown("a".repeat(60))
    expect(peer.take()).toEqual([{ type: "disconnect", flags: 0, reasonCode: 0x8b, properties: {} }])
  })

  it("is only one: nothing is written, and nothing read, behind it", () => {
    const peer = stage.client(5, WILL)
    peer.bytes("0000 c000")
    expect(peer.take()).toEqual([disconnect(0x81)])
    peer.session.shutdown("again")
    peer.session.lost()
    peer.session.stored(1)
    peer.session.writable()
    peer.session.blocked("memory")
    peer.session.tick(turn.nowMs())
    expect(peer.take()).toEqual([])
    expect(wills()).toEqual(["gone"])
  })

  it("by a defect of the server is told and logged, and the others do not notice", () => {
    const peer = stage.client(5, { clientId: "a" })
    const access = stage.broker.access.bind(stage.broker)
    stage.broker.access = (...parameters) =>
      Object.assign(access(...parameters), {
        publish() {
          throw new TypeError("a defect")
        },
      })
    const unlucky = stage.client(5, { clientId: "b" })
    unlucky.publish("a", "x", { qos: 1 })
    expect(unlucky.take()).toEqual([disconnect(0x80)])
    expect(stage.log.of("session failed")).toEqual([expect.objectContaining({ level: "error" })])
    peer.publish("a", "x", { qos: 1 })
    expect(peer.takeAll("puback")).toHaveLength(1)
  })
})

describe("reading", () => {
  it("of who publishes pauses while the broker takes nothing", () => {
    const [publisher, consumer] = [stage.client(5, { clientId: "p" }), stage.client(5, { clientId: "q" })]
    publisher.publish("t", "x")
    for (const peer of [publisher, consumer]) peer.session.blocked("memory")
    expect([publisher.outbound.isReadingPaused, consumer.outbound.isReadingPaused]).toEqual([true, false])
    consumer.publish("t", "x")
    expect(consumer.outbound.isReadingPaused).toBe(true)
    for (const peer of [publisher, consumer]) peer.session.blocked(undefined)
    expect([publisher.outbound.isReadingPaused, consumer.outbound.isReadingPaused]).toEqual([false, false])
  })

  it("is not asked of who we do not read: no keep-alive ends them", () => {
    const peer = stage.client(5, { clientId: "p", keepAliveSeconds: 1 })
    peer.publish("t", "x")
    peer.session.blocked("memory")
    stage.tick(60_000)
    expect(peer.outbound.closedFor).toBeUndefined()
    peer.session.blocked(undefined)
    stage.tick(1_501)
    expect(peer.outbound.closedFor).toMatch(/keep-alive/)
  })

  it("is not asked of who the transport does not read either", () => {
    const peer = stage.client(5, { clientId: "p", keepAliveSeconds: 1 })
    peer.outbound.hasUnreadAnswers = true
    stage.tick(60_000)
    peer.outbound.hasUnreadAnswers = false
    stage.tick(1_500)
    expect(peer.outbound.closedFor).toBeUndefined()
    stage.tick(1)
    expect(peer.outbound.closedFor).toMatch(/keep-alive/)
  })

  it("of MQTT 3 publishers pauses while too many publishes wait for the store", () => {
    stage = new Stage(turn, { limits: { receiveMaximum: 4 } })
    const keeper = stage.client(5, { clientId: "keeper", properties: { "session-expiry-interval": 60 } })
    keeper.subscribe("#", 1)
    const peer = stage.client(4, { clientId: "p" })
    for (let packetId = 1; packetId <= 5; packetId++) peer.publish("t", "x", { qos: 1, packetId })
    expect(peer.outbound.isReadingPaused).toBe(true)
    stage.endTurn()
    expect(peer.outbound.isReadingPaused).toBe(false)
    expect(peer.takeAll("puback")).toHaveLength(5)
  })

  it("gives no heed to chunks of no bytes", () => {
    const peer = stage.connect(5)
    peer.bytes("")
    expect(peer.outbound.closedFor).toBeUndefined()
  })

  it("that is paused when the connection begins is so for its first publish", () => {
    Object.defineProperty(stage.broker, "blockedReason", { value: "memory" })
    const peer = stage.client(5, { clientId: "p" })
    expect(peer.outbound.isReadingPaused).toBe(false)
    peer.publish("t", "x")
    expect(peer.outbound.isReadingPaused).toBe(true)
  })
})
