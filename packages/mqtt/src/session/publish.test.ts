import { type ManualTurn, manualTurn } from "@polymq/testkit"
import { encodeUtf8 } from "@polymq/wire"
import { beforeEach, describe, expect, it } from "vitest"
import type { Packet } from "../codec/packets.ts"
import type { ScriptedPeer } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
})

/** A subscriber of everything whose session outlives it, so that what it is sent is stored. */
function keeper(filter = "#"): ScriptedPeer {
  const peer = stage.client(5, { clientId: "keeper", properties: { "session-expiry-interval": 1000 } })
  peer.subscribe(filter, 1)
  stage.endTurn()
  peer.take()
  return peer
}

const puback = (packetId: number, reasonCode = 0) => ({
  type: "puback",
  flags: 0,
  packetId,
  reasonCode,
  properties: {},
})

/** The only DISCONNECT that the peer heard: its reason. */
function disconnected(peer: ScriptedPeer): number | undefined {
  const packets = peer.take()
  expect(packets.map(({ type }) => type)).toEqual(["disconnect"])
  expect(peer.outbound.closedFor).toBeDefined()
  return (packets[0] as Packet & { readonly reasonCode: number }).reasonCode
}

describe("a publish", () => {
  it("arrives with its topic, payload and properties as they were sent [MQTT-3.3.2-15] to [MQTT-3.3.2-20]", () => {
    const subscriber = keeper()
    const publisher = stage.client(5, { clientId: "p" })
    const properties = {
      "payload-format-indicator": 1,
      "message-expiry-interval": 60,
      "content-type": "text/plain",
      "response-topic": "answers/1",
      "correlation-data": Uint8Array.of(1, 2),
      "user-property": [
        ["b", "1"],
        ["a", "2"],
        ["b", "3"],
      ],
    } as const
    publisher.publish("blå/dots.and*stars//x", "hello", { properties })
    expect(subscriber.take()).toEqual([
      {
        type: "publish",
        flags: 0,
        topicName: "blå/dots.and*stars//x",
        packetId: undefined,
        properties,
        payload: Buffer.from("hello"),
      },
    ])
  })

  it("of QoS 0 is not acknowledged", () => {
    const publisher = stage.client(5)
    publisher.publish("a", "x")
    stage.endTurn()
    expect(publisher.take()).toEqual([])
  })

  it("of QoS 1 is acknowledged when it is stored, not before", () => {
    keeper()
    const publisher = stage.client(4, { clientId: "p" })
    publisher.publish("a", "x", { qos: 1, packetId: 9 })
    expect(publisher.take()).toEqual([])
    stage.endTurn()
    expect(publisher.take()).toEqual([puback(9)])
  })

  it("of QoS 1 is acknowledged behind those before it [MQTT-4.6.0-2]", () => {
    keeper("stored")
    const publisher = stage.client(5, { clientId: "p" })
    publisher.publish("stored", "x", { qos: 1, packetId: 3 })
    publisher.publish("nobody", "x", { qos: 1, packetId: 2 })
    publisher.publish("stored", "x", { qos: 1, packetId: 1 })
    expect(publisher.take()).toEqual([])
    stage.endTurn()
    expect(publisher.take()).toEqual([puback(3), puback(2, 0x10), puback(1)])
  })

  it("that nobody wants is acknowledged at once, to clients of MQTT 5.0 with reason 0x10 (3.4.2.1)", () => {
    const [newer, older] = [stage.client(5, { clientId: "n" }), stage.client(4, { clientId: "o" })]
    newer.publish("a", "x", { qos: 1 })
    older.publish("a", "x", { qos: 1 })
    expect(newer.take()).toEqual([puback(1, 0x10)])
    expect(older.take()).toEqual([puback(1)])
  })

  it("arrives whatever the chunks are that bring it", () => {
    const subscriber = keeper()
    const publisher = stage.client(5, { clientId: "p" })
    const bytes = Buffer.concat([
      publisher.encode({
        type: "publish",
        flags: 2,
        topicName: "a/b",
        packetId: 1,
        properties: { "content-type": "c" },
        payload: encodeUtf8("one"),
      }),
      publisher.encode({ type: "pingreq", flags: 0 }),
      publisher.encode({
        type: "publish",
        flags: 0,
        topicName: "a/b",
        packetId: undefined,
        properties: {},
        payload: Buffer.alloc(200, "x"),
      }),
    ])
    for (let at = 1; at < bytes.length; at++) {
      publisher.bytes(bytes.subarray(0, at))
      publisher.bytes(bytes.subarray(at))
      stage.endTurn()
      expect(subscriber.takeAll("publish").map(({ payload }) => payload.length)).toEqual([3, 200])
      expect(publisher.take().map(({ type }) => type)).toEqual(["pingresp", "puback"])
      subscriber.acknowledge("puback", at)
    }
    for (const byte of bytes) publisher.bytes(Uint8Array.of(byte))
    expect(subscriber.takeAll("publish")).toHaveLength(2)
  })

  it("keeps apart topics that differ in one byte, and notices when one repeats", () => {
    const subscriber = keeper()
    const publisher = stage.client(4, { clientId: "p" })
    const topics = ["a/1", "a/2", "a/2", "b/2", "a/2", "a/22", "a/2"]
    for (const topic of topics) publisher.publish(topic, "x")
    expect(subscriber.takeAll("publish").map(({ topicName }) => topicName)).toEqual(topics)
  })

  it("has a topic whose key no AMQP client could name", () => {
    const subscriber = keeper()
    const topic = "l/".repeat(1000)
    const publisher = stage.client(4, { clientId: "p" })
    publisher.publish(topic, "x")
    expect(subscriber.takeAll("publish")[0]?.topicName).toBe(topic)
  })
})

describe("a publish that is not accepted", () => {
  it("to a topic of the server is refused (4.7.2)", () => {
    const newer = stage.client(5, { clientId: "n" })
    newer.publish("$SYS/x", "x", { qos: 1 })
    expect(newer.take()).toEqual([puback(1, 0x87)])
    const silent = stage.client(5, { clientId: "s" })
    silent.publish("$SYS/x", "x")
    expect(disconnected(silent)).toBe(0x87)
    const older = stage.client(4, { clientId: "o" })
    older.publish("$SYS/x", "x", { qos: 1 })
    expect([older.take(), older.outbound.closedFor]).toEqual([[], expect.stringContaining("$SYS/x")])
  })

  it("for want of permission is refused, or closes the connection [MQTT-3.3.5-2]", () => {
    stage.broker.users.permit("guest", "/", { configure: ".*", write: "^$", read: ".*" })
    const newer = stage.client(5, { clientId: "n" })
    newer.publish("a", "x", { qos: 1 })
    expect(newer.take()).toEqual([puback(1, 0x87)])
    const older = stage.client(4, { clientId: "o" })
    older.publish("a", "x", { qos: 1 })
    expect(older.take()).toEqual([])
    expect(older.outbound.closedFor).toMatch(/refused/)
  })

  it("because the exchange is not there is refused with reason 0x83", () => {
    stage = new Stage(turn, {}, { exchange: "nowhere" })
    const newer = stage.client(5, { clientId: "n" })
    newer.publish("a", "x", { qos: 1 })
    expect(newer.take()).toEqual([puback(1, 0x83)])
    const older = stage.client(4, { clientId: "o" })
    older.publish("a", "x", { qos: 1 })
    stage.endTurn()
    expect([older.take(), older.outbound.closedFor]).toEqual([[], undefined])
  })

  it("by a holder is refused with reason 0x97, and not acknowledged before MQTT 5.0", () => {
    refuseAll()
    const [newer, older] = [stage.client(5, { clientId: "n" }), stage.client(4, { clientId: "o" })]
    newer.publish("a", "x", { qos: 1 })
    older.publish("a", "x", { qos: 1 })
    older.publish("a", "x", { qos: 2, packetId: 2 })
    stage.endTurn()
    expect(newer.take()).toEqual([puback(1, 0x97)])
    expect([older.take(), older.outbound.closedFor]).toEqual([[], undefined])
  })

  /** Puts something into every route that admits no message. */
  function refuseAll(): void {
    const { broker } = stage
    const access = broker.access.bind(broker)
    broker.access = (...parameters) =>
      Object.assign(access(...parameters), { publish: () => ({ result: "refused", waitFor: 0 }) })
  }

  it("because nothing more can be retained is acknowledged with reason 0x97", () => {
    stage = new Stage(turn, { limits: { maxRetainedMessages: 1 } })
    const publisher = stage.client(5, { clientId: "p" })
    publisher.publish("a", "x", { qos: 1, retain: true })
    publisher.publish("b", "x", { qos: 1, retain: true })
    expect(publisher.take()).toEqual([puback(1, 0x10), puback(1, 0x97)])
    const older = stage.client(4, { clientId: "o" })
    older.publish("c", "x", { qos: 1, retain: true })
    expect(older.take()).toEqual([puback(1)])
  })
})

describe("a publish that has not arrived whole", () => {
  it("ends its connection where all together hold too much of such", () => {
    stage = new Stage(turn, { memoryMarkBytes: 4000 })
    const peers = [stage.client(5, { clientId: "one" }), stage.client(5, { clientId: "other" })]
    const [first, second] = peers.map((peer) => {
      const packet = peer.encode({
        type: "publish",
        flags: 0,
        topicName: "t",
        packetId: 0,
        properties: {},
        payload: new Uint8Array(600),
      })
      peer.bytes(packet.subarray(0, -1))
      return packet
    })
    expect(peers.map((peer) => peer.outbound.closedFor !== undefined)).toEqual([false, true])
    expect(disconnected(peers[1] as ScriptedPeer)).toBe(0x97)
    expect(stage.broker.heldBytes).toBe((first?.length ?? 0) - 1)
    peers[0]?.bytes((second ?? new Uint8Array(1)).subarray(-1))
    expect([peers[0]?.outbound.closedFor, stage.broker.heldBytes]).toEqual([undefined, 0])
  })
})

describe("a forbidden publish", () => {
  it.each([
    ["QoS 3 [MQTT-3.3.1-4]", "36 06 0001 61 0001 00", 0x81],
    ["DUP and QoS 0 [MQTT-3.3.1-2]", "38 04 0001 61 00", 0x81],
    ["packet identifier 0 [MQTT-2.2.1-3]", "32 06 0001 61 0000 00", 0x81],
    ["a topic of ill-formed UTF-8 [MQTT-1.5.4-1]", "30 04 0001 ff 00", 0x81],
    ["U+0000 in the topic [MQTT-4.7.3-2]", "30 04 0001 00 00", 0x81],
    ["a wildcard in the topic [MQTT-3.3.2-2]", "30 04 0001 23 00", 0x90],
    ["neither topic nor alias (3.3.2.1)", "30 03 0000 00", 0x82],
    ["properties beyond the packet", "30 04 0001 61 05", 0x81],
    ["an unknown property", "30 06 0001 61 02 7f 00", 0x81],
    ["a subscription identifier [MQTT-3.3.4-6]", "30 06 0001 61 02 0b 01", 0x82],
    ["a response topic with wildcards [MQTT-3.3.2-14]", "30 08 0001 61 04 08 0001 23", 0x82],
    ["a property twice", "30 08 0001 61 04 01 01 01 00", 0x82],
    ["topic alias 0 [MQTT-3.3.2-8]", "30 07 0001 61 03 23 0000", 0x94],
    ["a topic alias above the maximum [MQTT-3.3.2-9]", "30 07 0001 61 03 23 0011", 0x94],
    ["a topic alias that was never set (3.3.2.3.4)", "30 06 0000 03 23 0001", 0x82],
  ])("with %s ends the connection", (_title, hex, reason) => {
    const peer = stage.client(5)
    peer.bytes(hex)
    expect(disconnected(peer)).toBe(reason)
  })

  it("ends a connection of MQTT 3.1.1 without words [MQTT-4.8.0-1]", () => {
    const peer = stage.client(4)
    peer.bytes("30 03 0001 23")
    expect([peer.take(), peer.outbound.closedFor]).toEqual([[], expect.stringContaining("wildcards")])
  })

  it("is one above Receive Maximum [MQTT-3.3.4-7]", () => {
    stage = new Stage(turn, { limits: { receiveMaximum: 3 } })
    keeper()
    const peer = stage.client(5, { clientId: "p" })
    for (const packetId of [1, 2, 3]) peer.publish("a", "x", { qos: 1, packetId })
    stage.endTurn()
    expect(peer.take()).toHaveLength(3)
    for (const packetId of [4, 5, 6]) peer.publish("a", "x", { qos: 1, packetId })
    expect(peer.take()).toEqual([])
    peer.publish("a", "x", { qos: 1, packetId: 7 })
    expect(disconnected(peer)).toBe(0x93)
  })

  it("is one above the largest packet (3.2.2.3.6)", () => {
    stage = new Stage(turn, { limits: { maxMessageBytes: 1000 } })
    const peer = stage.client(5)
    peer.bytes("30 e6 07")
    expect(disconnected(peer)).toBe(0x95)
  })
})

describe("a topic alias", () => {
  it("stands for its topic until it stands for another (3.3.2.3.4)", () => {
    const subscriber = keeper()
    const publisher = stage.client(5, { clientId: "p" })
    const alias = (number: number, topic = "") =>
      publisher.publish(topic, "x", { properties: { "topic-alias": number } })
    alias(1, "one")
    alias(16, "two")
    alias(1)
    alias(16)
    alias(1, "three")
    alias(1)
    expect(subscriber.takeAll("publish").map(({ topicName }) => topicName)).toEqual([
      "one",
      "two",
      "one",
      "two",
      "three",
      "three",
    ])
  })

  it("ends with its connection, and does not reach subscribers [MQTT-3.3.2-7]", () => {
    const subscriber = keeper()
    const publisher = stage.client(5, { clientId: "p" })
    publisher.publish("one", "x", { properties: { "topic-alias": 1, "content-type": "c" } })
    expect(subscriber.takeAll("publish")[0]?.properties).toEqual({ "content-type": "c" })
    publisher.drop()
    const again = stage.client(5, { clientId: "p" })
    again.publish("", "x", { properties: { "topic-alias": 1 } })
    expect(disconnected(again)).toBe(0x82)
  })
})
