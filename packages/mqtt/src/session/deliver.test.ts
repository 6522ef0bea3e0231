import { LOOPBACK, type ManualTurn, manualTurn, publishedMessage, SilentSession } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import { heard, type ScriptedPeer, textOf } from "../testing/scripted-peer.ts"
import { type ConnectWords, Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
let publisher: ScriptedPeer
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
  publisher = stage.client(5, { clientId: "publisher" })
})

/** A client with a subscription of everything that it may see. */
function subscriber(words: ConnectWords = {}, level: ProtocolLevel = 5, options = 1): ScriptedPeer {
  const peer = stage.client(level, { clientId: "s", ...words })
  peer.subscribe("#", options)
  stage.endTurn()
  peer.take()
  return peer
}

/** Publishes with QoS 1, one packet for each payload. */
function publish(...payloads: readonly string[]): void {
  for (const payload of payloads) publisher.publish("t", payload, { qos: 1 })
  stage.endTurn()
}

/** Publishes as an AMQP 0.9.1 client does, without a topic of its own. */
function publishFromElsewhere(routingKey: string, body: string, durable = false): void {
  const { broker } = stage
  const connection = broker.connect(new SilentSession(), LOOPBACK, "amqp")
  // Flags and content-type.
  const head = Buffer.from("8000 0a 746578742f706c61696e".replaceAll(" ", ""), "hex")
  const facts = { exchange: "amq.topic", routingKey, durable, head, headEnd: head.length }
  broker.access(connection, { name: "guest", tags: [] }, "/").publish(publishedMessage(body, facts))
}

describe("a delivery", () => {
  it("has the lower QoS of publish and subscription [MQTT-3.8.4-8]", () => {
    const flags = (granted: number): readonly number[] => {
      const peer = subscriber({ clientId: `q${granted}` }, 5, granted)
      for (const qos of [0, 1, 2] as const) publisher.publish("t", "x", { qos, packetId: 10 * granted + qos })
      stage.endTurn()
      return peer.takeAll("publish").map((packet) => packet.flags)
    }
    expect([flags(0), flags(1), flags(2)]).toEqual([
      [0, 0, 0],
      [0, 2, 2],
      [0, 2, 4],
    ])
  })

  it("with QoS 1 has a packet identifier until it is acknowledged [MQTT-2.2.1-4]", () => {
    const peer = subscriber()
    publish("a", "b")
    expect(heard(peer)).toEqual(["1:a", "2:b"])
    peer.acknowledge("puback", 1)
    publish("c")
    expect(heard(peer)).toEqual(["3:c"])
  })

  it("waits while Receive Maximum are under way, and QoS 0 does not [MQTT-3.3.4-9]", () => {
    const peer = subscriber({ properties: { "receive-maximum": 2 } })
    publish("a", "b", "c", "d")
    expect(heard(peer)).toEqual(["1:a", "2:b"])
    publisher.publish("t", "zero")
    expect(heard(peer)).toEqual(["-:zero"])
    peer.acknowledge("puback", 2)
    expect(heard(peer)).toEqual(["3:c"])
    peer.acknowledge("puback", 1)
    peer.acknowledge("puback", 3)
    expect(heard(peer)).toEqual(["4:d"])
  })

  it("waits while the limit of the server is under way", () => {
    stage = new Stage(turn, { limits: { maxInflight: 1 } })
    publisher = stage.client(5, { clientId: "publisher" })
    const peer = subscriber({}, 4)
    publish("a", "b")
    expect(heard(peer)).toEqual(["1:a"])
    peer.acknowledge("puback", 1)
    expect(heard(peer)).toEqual(["2:b"])
  })

  it("is sent again on the next connection with DUP and its identifier, before anything new [MQTT-4.4.0-1]", () => {
    const words = { cleanStart: false, properties: { "session-expiry-interval": 100 } }
    const peer = subscriber(words)
    publish("a", "b", "c")
    peer.acknowledge("puback", 2)
    expect(heard(peer)).toEqual(["1:a", "2:b", "3:c"])
    peer.drop()
    publish("d")
    const again = stage.connect(5)
    again.connect({ clientId: "s", ...words })
    const [connack, ...deliveries] = again.take()
    expect(connack).toMatchObject({ type: "connack", acknowledgeFlags: 1 })
    expect(deliveries).toEqual([
      expect.objectContaining({ packetId: 1, flags: 0x0a }),
      expect.objectContaining({ packetId: 3, flags: 0x0a }),
      expect.objectContaining({ flags: 0x02, payload: Buffer.from("d") }),
    ])
    expect(new Set(deliveries.map((packet) => (packet as { readonly packetId?: number }).packetId)).size).toBe(3)
  })

  it("is not sent again when the client could do nothing with it [MQTT-4.4.0-2]", () => {
    const words = { cleanStart: false, properties: { "session-expiry-interval": 100 } }
    const peer = subscriber(words)
    publish("a")
    peer.acknowledge("puback", 1, 0x83)
    peer.drop()
    const again = stage.client(5, { clientId: "s", ...words })
    expect(heard(again)).toEqual([])
  })

  it("is not bothered by acknowledgements of something unknown", () => {
    const peer = subscriber()
    publish("a")
    peer.acknowledge("puback", 9)
    peer.acknowledge("pubcomp", 9)
    expect(heard(peer)).toEqual(["1:a"])
    peer.acknowledge("pubrec", 9)
    expect(peer.take()).toEqual([{ type: "pubrel", flags: 2, packetId: 9, reasonCode: 0x92, properties: {} }])
    peer.acknowledge("pubrec", 1)
    expect(peer.take()).toEqual([expect.objectContaining({ type: "disconnect", reasonCode: 0x82 })])
  })

  it("does not reach a client that takes no packets of its size, and others do not notice [MQTT-3.1.2-24], [MQTT-3.1.2-25]", () => {
    const small = subscriber({ clientId: "small", properties: { "maximum-packet-size": 100 } })
    const large = subscriber({ clientId: "large" })
    publish("x".repeat(100), "short", "y".repeat(5000))
    expect(heard(small)).toEqual(["2:short"])
    expect(heard(large)).toHaveLength(3)
    stage.tick(1000)
    expect(stage.log.of("mqtt deliveries dropped")).toEqual([expect.objectContaining({ level: "warn" })])
    small.drop()
    expect(small.outbound.closedFor).toBe("dropped")
  })

  it("counts the message expiry interval down in whole seconds [MQTT-3.3.2-6]", () => {
    const words = { cleanStart: false, properties: { "session-expiry-interval": 100 } }
    const now = subscriber({ clientId: "now" })
    subscriber(words).drop()
    publisher.publish("t", "x", { qos: 1, properties: { "message-expiry-interval": 60, "content-type": "c" } })
    expect(now.takeAll("publish")[0]?.properties).toEqual({ "message-expiry-interval": 60, "content-type": "c" })
    stage.tick(10_500)
    const again = stage.connect(5)
    again.connect({ clientId: "s", ...words })
    expect(again.takeAll("publish")[0]?.properties).toEqual({ "message-expiry-interval": 50, "content-type": "c" })
  })

  it("large enough leaves its payload by reference, byte by byte the same", () => {
    const [one, other] = [subscriber({ clientId: "one" }), subscriber({ clientId: "other" }, 4)]
    const payload = Array.from({ length: 3000 }, (_, index) => String.fromCharCode(97 + (index % 26))).join("")
    publish(payload)
    expect(heard(one)).toEqual([`1:${payload}`])
    expect(heard(other)).toEqual([`1:${payload}`])
    expect([one.outbound.sharedBytes, other.outbound.sharedBytes]).toEqual([3000, 3000])
  })

  it("to many is the same for all but packet identifier and version", () => {
    const peers = [5, 4, 5, 3, 5, 4].map((level, index) =>
      subscriber({ clientId: `m${index}` }, level as ProtocolLevel),
    )
    publish("first")
    for (const peer of [peers[0], peers[3]]) peer?.acknowledge("puback", 1)
    publish("second", "third")
    for (const peer of peers) expect(heard(peer)).toEqual(["1:first", "2:second", "3:third"])
    publisher.publish("t", "fourth", { properties: { "content-type": "c" } })
    for (const peer of peers) {
      expect(peer.take()).toEqual([
        {
          type: "publish",
          flags: 0,
          topicName: "t",
          packetId: undefined,
          properties: peer.level === 5 ? { "content-type": "c" } : {},
          payload: Buffer.from("fourth"),
        },
      ])
    }
  })
})

describe("topic aliases of the server", () => {
  it("come with the first message of a topic, as far as the client allows [MQTT-3.1.2-26], [MQTT-3.1.2-27]", () => {
    const peer = subscriber({ properties: { "topic-alias-maximum": 1 } }, 5, 0)
    const plain = subscriber({ clientId: "plain" }, 5, 0)
    for (const topic of ["a", "a", "a", "b", "b", "b", "a"])
      publisher.publish(topic, "x", { properties: { "content-type": "y".repeat(123) } })
    const seen = peer.takeAll("publish").map(({ topicName, properties }) => [topicName, properties["topic-alias"]])
    expect(seen).toEqual([
      ["a", 1],
      ["", 1],
      ["", 1],
      ["b", undefined],
      ["b", undefined],
      ["b", undefined],
      ["", 1],
    ])
    expect(
      plain
        .takeAll("publish")
        .map(({ topicName }) => topicName)
        .join(""),
    ).toBe("aaabbba")
  })

  it("come with identifiers, expiry and packet identifier in place", () => {
    const peer = stage.client(5, { clientId: "s", properties: { "topic-alias-maximum": 5 } })
    peer.subscribe("#", 1, { properties: { "subscription-identifier": [7] } })
    peer.take()
    for (let count = 0; count < 2; count++)
      publisher.publish("t", "x", { qos: 1, properties: { "message-expiry-interval": 5 } })
    expect(peer.takeAll("publish")).toEqual([
      {
        type: "publish",
        flags: 2,
        topicName: "t",
        packetId: 1,
        properties: { "topic-alias": 1, "message-expiry-interval": 5, "subscription-identifier": [7] },
        payload: Buffer.from("x"),
      },
      {
        type: "publish",
        flags: 2,
        topicName: "",
        packetId: 2,
        properties: { "topic-alias": 1, "message-expiry-interval": 5, "subscription-identifier": [7] },
        payload: Buffer.from("x"),
      },
    ])
  })
})

describe("a message from another protocol", () => {
  it("is converted, and its routing key becomes the topic", () => {
    const [newer, older] = [subscriber({ clientId: "n" }), subscriber({ clientId: "o" }, 4)]
    publishFromElsewhere("shop.orders.17", "body", true)
    const expected = {
      type: "publish",
      flags: 2,
      topicName: "shop/orders/17",
      packetId: 1,
      payload: Buffer.from("body"),
    }
    expect(newer.take()).toEqual([{ ...expected, properties: { "content-type": "text/plain" } }])
    expect(older.take()).toEqual([{ ...expected, properties: {} }])
  })

  it("has QoS 0 unless it is durable", () => {
    const peer = subscriber()
    publishFromElsewhere("a", "transient")
    expect(heard(peer)).toEqual(["-:transient"])
  })

  it("never has wildcards in its topic, which would be a malformed packet [MQTT-3.3.2-2]", () => {
    const peer = subscriber()
    publishFromElsewhere("a.#.+", "x")
    expect(peer.takeAll("publish")[0]?.topicName).toBe("a/%23/%2B")
  })

  it("is dropped when no topic can be made of its key [MQTT-4.7.3-1]", () => {
    const peer = subscriber()
    publishFromElsewhere("", "x", true)
    publishFromElsewhere("a", "y", true)
    expect(peer.takeAll("publish").map(textOf)).toEqual(["y"])
    expect(peer.outbound.closedFor).toBeUndefined()
  })
})

describe("a slow reader", () => {
  it("is fed again once its socket has drained", () => {
    const peer = subscriber({}, 5, 0)
    peer.outbound.pendingBytes = stage.broker.limits.slowReaderBytes
    publisher.publish("t", "a")
    publisher.publish("t", "b")
    expect(heard(peer)).toEqual([])
    peer.outbound.pendingBytes = 0
    peer.session.writable()
    expect(heard(peer)).toEqual(["-:a", "-:b"])
  })

  it("gets what was kept of QoS 0 even while its Receive Maximum are under way", () => {
    const peer = subscriber({ properties: { "receive-maximum": 1 } })
    publish("one", "two")
    peer.outbound.pendingBytes = stage.broker.limits.slowReaderBytes
    publisher.publish("t", "zero")
    expect(heard(peer)).toEqual(["1:one"])
    peer.outbound.pendingBytes = 0
    peer.session.writable()
    expect(heard(peer)).toEqual(["-:zero"])
    peer.acknowledge("puback", 1)
    expect(heard(peer)).toEqual(["2:two"])
  })

  it("does not slow the others down", () => {
    const [slow, quick] = [subscriber({ clientId: "slow" }, 5, 0), subscriber({ clientId: "quick" }, 5, 0)]
    slow.outbound.pendingBytes = Number.MAX_SAFE_INTEGER
    publisher.publish("t", "a")
    expect(heard(quick)).toEqual(["-:a"])
  })
})
