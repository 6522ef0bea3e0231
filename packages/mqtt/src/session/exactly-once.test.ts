import { type ManualTurn, manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import type { Packet } from "../codec/packets.ts"
import { type ScriptedPeer, textOf } from "../testing/scripted-peer.ts"
import { type ConnectWords, Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
})

const LEVELS: readonly ProtocolLevel[] = [4, 5]
/** DUP and QoS 2. */
const AGAIN = 0x0c

const packet = (type: string, packetId: number, reasonCode = 0) => ({
  type,
  flags: type === "pubrel" ? 2 : 0,
  packetId,
  reasonCode,
  properties: {},
})

/** How a client connects whose session outlives its connection. */
function lasting(level: ProtocolLevel, clientId: string, cleanStart = false): ConnectWords {
  return { clientId, cleanStart, properties: level === 5 ? { "session-expiry-interval": 100 } : {} }
}

/** Connects and returns what is heard behind CONNACK, too. */
function connected(level: ProtocolLevel, words: ConnectWords): readonly [ScriptedPeer, readonly Packet[]] {
  const peer = stage.peer(level)
  peer.connect(words)
  const [connack, ...packets] = peer.take()
  expect(connack).toMatchObject({ type: "connack", reasonCode: 0 })
  return [peer, packets]
}

/** A subscriber of everything with QoS 2, whose session outlives it and so is stored. */
function subscriber(level: ProtocolLevel = 5, words: ConnectWords = {}): ScriptedPeer {
  const [peer] = connected(level, { ...lasting(level, "s"), ...words })
  peer.subscribe("#", 2)
  stage.endTurn()
  peer.take()
  return peer
}

const texts = (peer: ScriptedPeer): readonly string[] => peer.takeAll("publish").map(textOf)

describe.each(LEVELS)("a publish of QoS 2 by a client of level %i", (level) => {
  const publisher = (cleanStart = false) => connected(level, lasting(level, "p", cleanStart))[0]

  it("takes four packets and is published once (4.3.3)", () => {
    const witness = subscriber()
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5 })
    expect(client.take()).toEqual([])
    stage.endTurn()
    expect(client.take()).toEqual([packet("pubrec", 5)])
    client.publish("a", "once", { qos: 2, packetId: 5, flags: AGAIN })
    stage.endTurn()
    expect(client.take()).toEqual([packet("pubrec", 5)])
    client.acknowledge("pubrel", 5)
    expect(client.take()).toEqual([packet("pubcomp", 5)])
    client.publish("a", "again", { qos: 2, packetId: 5 })
    expect(texts(witness)).toEqual(["once", "again"])
  })

  it("does not publish a repeated packet that overtakes the store", () => {
    const witness = subscriber()
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5 })
    client.publish("a", "once", { qos: 2, packetId: 5, flags: AGAIN })
    expect(client.take()).toEqual([])
    stage.endTurn()
    expect(client.take()).toEqual([packet("pubrec", 5), packet("pubrec", 5)])
    expect(texts(witness)).toEqual(["once"])
  })

  it("that comes again on the next connection is not published again, and acknowledged when the first one is stored", () => {
    const witness = subscriber()
    publisher().publish("a", "once", { qos: 2, packetId: 5 })
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5, flags: AGAIN })
    expect(client.take()).toEqual([])
    stage.endTurn()
    expect(client.take()).toEqual([packet("pubrec", 5)])
    client.acknowledge("pubrel", 5)
    expect(client.take()).toEqual([packet("pubcomp", 5)])
    expect(texts(witness)).toEqual(["once"])
  })

  it("is completed on the next connection", () => {
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5 })
    client.drop()
    const next = publisher()
    next.acknowledge("pubrel", 5)
    expect(next.take()).toEqual([packet("pubcomp", 5)])
  })

  it("is forgotten with its session", () => {
    const witness = subscriber()
    publisher().publish("a", "one", { qos: 2, packetId: 5 })
    publisher(true).publish("a", "two", { qos: 2, packetId: 5 })
    const third = publisher()
    third.drop()
    stage.tick(200_000_000)
    publisher().publish("a", "three", { qos: 2, packetId: 5 })
    expect(texts(witness)).toEqual(["one", "two", "three"])
  })

  it("is acknowledged in the order of publishes, and completed behind that (4.6)", () => {
    subscriber()
    const client = publisher()
    client.publish("a", "x", { qos: 2, packetId: 1 })
    stage.endTurn()
    client.take()
    client.publish("a", "x", { qos: 2, packetId: 3 })
    client.publish("a", "x", { qos: 1, packetId: 2 })
    client.acknowledge("pubrel", 1)
    stage.endTurn()
    expect(client.take()).toEqual([packet("pubrec", 3), packet("puback", 2), packet("pubcomp", 1)])
  })

  it("is kept for later subscribers with RETAIN (3.3.1.3)", () => {
    publisher().publish("a", "kept", { qos: 2, retain: true })
    const late = stage.client(5, { clientId: "late" })
    late.subscribe("a", 2)
    expect(late.takeAll("publish")).toEqual([expect.objectContaining({ flags: 5, payload: Buffer.from("kept") })])
  })
})

describe("a PUBREL for something unknown", () => {
  it("is answered, with reason 0x92 to clients of MQTT 5.0 [MQTT-4.3.3-11]", () => {
    const older = stage.client(4, { clientId: "o" })
    older.acknowledge("pubrel", 77)
    expect(older.take()).toEqual([packet("pubcomp", 77)])
    const newer = stage.client(5, { clientId: "n" })
    newer.acknowledge("pubrel", 77)
    expect(newer.take()).toEqual([packet("pubcomp", 77, 0x92)])
  })
})

describe("a PUBREL that comes again because its PUBCOMP was lost", () => {
  it.each(LEVELS)("is answered as the first one, to a client of level %i (2.4)", (level) => {
    const words = lasting(level, "p")
    const [first] = connected(level, words)
    first.publish("a", "x", { qos: 2, packetId: 5 })
    first.acknowledge("pubrel", 5)
    first.drop()
    const [next] = connected(level, words)
    next.acknowledge("pubrel", 5)
    expect(next.take()).toEqual([packet("pubcomp", 5)])
  })
})

describe("a PUBREC", () => {
  it("says that nobody wants the message, and awaits its PUBREL", () => {
    const client = stage.client(5, { clientId: "p" })
    client.publish("a", "x", { qos: 2 })
    expect(client.take()).toEqual([packet("pubrec", 1, 0x10)])
    client.acknowledge("pubrel", 1)
    expect(client.take()).toEqual([packet("pubcomp", 1)])
  })

  it("that refuses frees the identifier at once (4.3.3)", () => {
    const witness = subscriber()
    const client = stage.client(5, { clientId: "p" })
    client.publish("$SYS/a", "x", { qos: 2 })
    expect(client.take()).toEqual([packet("pubrec", 1, 0x87)])
    client.acknowledge("pubrel", 1)
    expect(client.take()).toEqual([packet("pubcomp", 1, 0x92)])
    client.publish("a", "y", { qos: 2 })
    expect(texts(witness)).toEqual(["y"])
  })

  it("learns the topic alias of a publish that came again", () => {
    const witness = subscriber()
    const words = lasting(5, "p")
    connected(5, words)[0].publish("a", "one", { qos: 2 })
    const [client] = connected(5, words)
    client.publish("a", "one", { qos: 2, flags: AGAIN, properties: { "topic-alias": 1 } })
    client.publish("", "two", { properties: { "topic-alias": 1 } })
    expect(texts(witness)).toEqual(["one", "two"])
  })
})

describe("Receive Maximum of the server", () => {
  beforeEach(() => {
    stage = new Stage(turn, { limits: { receiveMaximum: 2 } })
  })

  it("is used by a publish of QoS 2 until PUBCOMP is sent (4.9)", () => {
    const client = stage.client(5, { clientId: "p" })
    for (const packetId of [1, 2]) client.publish("a", "x", { qos: 2, packetId })
    client.acknowledge("pubrel", 1)
    client.publish("a", "x", { qos: 1, packetId: 3 })
    expect(client.take()).toEqual([
      packet("pubrec", 1, 0x10),
      packet("pubrec", 2, 0x10),
      packet("pubcomp", 1),
      packet("puback", 3, 0x10),
    ])
    client.publish("a", "x", { qos: 2, packetId: 4 })
    expect(client.take()).toEqual([packet("pubrec", 4, 0x10)])
    client.publish("a", "x", { qos: 2, packetId: 5 })
    expect(client.take()).toEqual([expect.objectContaining({ type: "disconnect", reasonCode: 0x93 })])
  })

  it("is not used by a publish that was refused", () => {
    const client = stage.client(5, { clientId: "p" })
    for (const packetId of [1, 2, 3, 4]) client.publish("$SYS/a", "x", { qos: 2, packetId })
    expect(client.take()).toHaveLength(4)
  })

  it("begins anew with every connection, and what is completed there does not raise it (4.9)", () => {
    const words = lasting(5, "p")
    const [first] = connected(5, words)
    for (const packetId of [1, 2]) first.publish("a", "x", { qos: 2, packetId })
    first.drop()
    const [client] = connected(5, words)
    for (const packetId of [1, 2]) client.acknowledge("pubrel", packetId)
    for (const packetId of [3, 4]) client.publish("a", "x", { qos: 2, packetId })
    expect(client.take().map(({ type }) => type)).toEqual(["pubcomp", "pubcomp", "pubrec", "pubrec"])
    client.publish("a", "x", { qos: 2, packetId: 5 })
    expect(client.takeAll("disconnect")).toEqual([expect.objectContaining({ reasonCode: 0x93 })])
  })

  it("bounds what a client repeats", () => {
    subscriber()
    const client = stage.client(5, { clientId: "p" })
    for (const flags of [4, AGAIN, AGAIN]) client.publish("a", "x", { qos: 2, flags })
    expect(client.takeAll("disconnect")).toEqual([expect.objectContaining({ reasonCode: 0x93 })])
  })
})

describe("a client that releases and releases while the store is behind", () => {
  it.each(LEVELS)("is not read for a while, at level %i", (level) => {
    stage = new Stage(turn, { limits: { receiveMaximum: 10 } })
    subscriber()
    const client = stage.client(level, { clientId: "p" })
    client.publish("a", "x", { qos: 1 })
    for (let packetId = 1; packetId <= 20; packetId++) client.acknowledge("pubrel", packetId)
    expect([client.outbound.isReadingPaused, client.take()]).toEqual([true, []])
    stage.endTurn()
    expect([client.outbound.isReadingPaused, client.take().length]).toEqual([false, 21])
  })
})

describe.each(LEVELS)("a delivery of QoS 2 to a client of level %i", (level) => {
  let publisher: ScriptedPeer
  let lastId: number
  beforeEach(() => {
    publisher = stage.client(4, { clientId: "p" })
    lastId = 0
  })

  function publish(...payloads: readonly string[]): void {
    for (const payload of payloads) publisher.publish("t", payload, { qos: 2, packetId: ++lastId })
    stage.endTurn()
  }

  const resumed = () => connected(level, lasting(level, "s"))
  const told = (packets: readonly Packet[]): readonly string[] =>
    packets.map((one) =>
      one.type === "publish"
        ? `publish ${one.packetId} ${textOf(one)}${one.flags === AGAIN ? " again" : ""}`
        : `${one.type} ${"packetId" in one ? one.packetId : ""}`,
    )

  it("takes four packets (4.3.3)", () => {
    const peer = subscriber(level)
    publish("a")
    expect(told(peer.take())).toEqual(["publish 1 a"])
    peer.acknowledge("pubrec", 1)
    expect(peer.take()).toEqual([packet("pubrel", 1)])
    peer.acknowledge("pubcomp", 1)
    expect([peer.take(), peer.outbound.closedFor]).toEqual([[], undefined])
  })

  it("lets go of its message when the client has it", () => {
    const empty = stage.broker.heldBytes
    const peer = subscriber(level)
    publish("x".repeat(10_000))
    expect(stage.broker.heldBytes).toBeGreaterThan(10_000)
    peer.acknowledge("pubrec", 1)
    expect(stage.broker.heldBytes).toBeLessThan(1000)
    peer.acknowledge("pubcomp", 1)
    expect(stage.broker.heldBytes).toBe(empty)
  })

  it("releases again what is received again [MQTT-4.3.3-4]", () => {
    const peer = subscriber(level)
    publish("a")
    peer.take()
    for (let count = 0; count < 2; count++) peer.acknowledge("pubrec", 1)
    expect(peer.take()).toEqual([packet("pubrel", 1), packet("pubrel", 1)])
  })

  it("goes on where it was on the next connection: nothing is delivered twice, and in order [MQTT-4.4.0-1], [MQTT-4.6.0-1]", () => {
    const peer = subscriber(level)
    publish("a", "b", "c", "d")
    for (const packetId of [3, 1]) peer.acknowledge("pubrec", packetId)
    peer.drop()
    publish("e")
    const [next, packets] = resumed()
    expect(told(packets)).toEqual(["pubrel 3", "pubrel 1", "publish 2 b again", "publish 4 d again", "publish 5 e"])
    for (const packetId of [1, 3]) next.acknowledge("pubcomp", packetId)
    for (const packetId of [2, 4, 5]) next.acknowledge("pubrec", packetId)
    expect(told(next.take())).toEqual(["pubrel 2", "pubrel 4", "pubrel 5"])
    next.drop()
    expect(told(resumed()[1])).toEqual(["pubrel 2", "pubrel 4", "pubrel 5"])
  })

  it("goes on where it was when its client is taken over [MQTT-3.1.4-3]", () => {
    const peer = subscriber(level)
    publish("a", "b")
    peer.acknowledge("pubrec", 1)
    const [, packets] = resumed()
    expect(peer.outbound.closedFor).toContain("connected again")
    expect(told(packets)).toEqual(["pubrel 1", "publish 2 b again"])
  })

  it("ends with its session and leaves nothing behind", () => {
    const empty = stage.broker.heldBytes
    const peer = subscriber(level)
    publish("a", "b", "c")
    peer.acknowledge("pubrec", 2)
    peer.drop()
    stage.tick(200_000_000)
    expect(stage.broker.heldBytes).toBe(empty)
    const again = subscriber(level)
    publish("d", "e")
    again.acknowledge("pubrec", 1)
    const [, packets] = connected(level, lasting(level, "s", true))
    expect([packets, stage.broker.heldBytes]).toEqual([[], empty])
  })

  it("is sent again even when its time is over, once it was sent (4.4)", () => {
    publisher = stage.client(5, { clientId: "p" })
    const peer = subscriber(level)
    const properties = { "message-expiry-interval": 1 }
    publisher.publish("t", "sent", { qos: 2, packetId: 1, properties })
    peer.drop()
    publisher.publish("t", "not sent", { qos: 2, packetId: 2, properties })
    stage.tick(2000)
    expect(told(resumed()[1])).toEqual(["publish 1 sent again"])
  })

  it("is released to a client that received something unknown", () => {
    const peer = subscriber(level)
    peer.acknowledge("pubrec", 9)
    peer.acknowledge("pubcomp", 9)
    expect(peer.take()).toEqual([packet("pubrel", 9, level === 5 ? 0x92 : 0)])
  })

  it.each([
    ["PUBACK for QoS 2", 2, ["puback"]],
    ["PUBCOMP before PUBREC", 2, ["pubcomp"]],
    ["PUBACK after PUBREC", 2, ["pubrec", "puback"]],
    ["PUBREC for QoS 1", 1, ["pubrec"]],
    ["PUBCOMP for QoS 1", 1, ["pubcomp"]],
  ] as const)("ends the connection of a client that answers with %s", (_title, qos, steps) => {
    const peer = subscriber(level)
    publisher.publish("t", "x", { qos, packetId: 100 })
    peer.take()
    for (const step of steps) peer.acknowledge(step, 1)
    expect(peer.outbound.closedFor).toMatch(/4\.3\.[23]/)
    const goodbye = level === 5 ? [expect.objectContaining({ reasonCode: 0x82 })] : []
    expect(peer.takeAll("disconnect")).toEqual(goodbye)
  })
})

describe("a delivery of QoS 2 to a client of MQTT 5.0", () => {
  let publisher: ScriptedPeer
  beforeEach(() => {
    publisher = stage.client(4, { clientId: "p" })
  })

  it("keeps its identifier until it is completed, whatever else is sent [MQTT-2.2.1-4]", () => {
    const peer = subscriber(5)
    for (const packetId of [1, 2]) publisher.publish("t", "x", { qos: 2, packetId })
    peer.acknowledge("pubrec", 1)
    peer.take()
    const used = new Set<number>()
    for (let packetId = 0; !used.has(packetId); peer.acknowledge("puback", packetId)) {
      used.add(packetId)
      publisher.publish("t", "x", { qos: 1 })
      packetId = peer.takeAll("publish")[0]?.packetId ?? 0
    }
    expect([used.size > 50_000, used.has(1), used.has(2)]).toEqual([true, false, false])
  })

  it("ends with a PUBREC that refuses it, without PUBREL (4.3.3)", () => {
    const words = lasting(5, "s")
    const peer = subscriber(5)
    publisher.publish("t", "a", { qos: 2 })
    peer.take()
    peer.acknowledge("pubrec", 1, 0x83)
    expect(peer.take()).toEqual([])
    peer.drop()
    expect(connected(5, words)[1]).toEqual([])
  })

  it("ends with a PUBREC that refuses what was received before", () => {
    const empty = stage.broker.heldBytes
    const peer = subscriber(5)
    publisher.publish("t", "a", { qos: 2 })
    peer.acknowledge("pubrec", 1)
    peer.acknowledge("pubrec", 1, 0x83)
    expect(stage.broker.heldBytes).toBe(empty)
    peer.drop()
    expect(connected(5, lasting(5, "s"))[1]).toEqual([])
  })

  it("is over when the client knows nothing of it any more", () => {
    const peer = subscriber(5)
    publisher.publish("t", "a", { qos: 2 })
    peer.acknowledge("pubrec", 1)
    peer.drop()
    const [next] = connected(5, lasting(5, "s"))
    next.acknowledge("pubcomp", 1, 0x92)
    next.drop()
    expect(connected(5, lasting(5, "s"))[1]).toEqual([])
  })

  it("uses Receive Maximum of the client until it is completed [MQTT-3.3.4-9]", () => {
    const peer = subscriber(5, { properties: { "session-expiry-interval": 100, "receive-maximum": 1 } })
    for (const packetId of [1, 2]) publisher.publish("t", `${packetId}`, { qos: 2, packetId })
    expect(texts(peer)).toEqual(["1"])
    peer.acknowledge("pubrec", 1)
    expect(texts(peer)).toEqual([])
    peer.acknowledge("pubcomp", 1)
    expect(texts(peer)).toEqual(["2"])
  })

  it("that cannot be sent for its size is dropped", () => {
    const peer = subscriber(5, { properties: { "session-expiry-interval": 100, "maximum-packet-size": 100 } })
    publisher.publish("t", "x".repeat(100), { qos: 2, packetId: 1 })
    publisher.publish("t", "short", { qos: 2, packetId: 2 })
    expect(texts(peer)).toEqual(["short"])
  })
})
