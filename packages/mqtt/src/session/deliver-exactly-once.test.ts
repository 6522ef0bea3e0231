import { manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Packet } from "../codec/packets.ts"
import { AGAIN, connected, LEVELS, lasting, step, subscriber, texts } from "../testing/exactly-once.ts"
import { type ScriptedPeer, textOf } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

let stage: Stage
beforeEach(() => {
  stage = new Stage(manualTurn())
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

  const resumed = () => connected(stage, level, lasting(level, "s"))
  const told = (packets: readonly Packet[]): readonly string[] =>
    packets.map((one) =>
      one.type === "publish"
        ? `publish ${one.packetId} ${textOf(one)}${one.flags === AGAIN ? " again" : ""}`
        : `${one.type} ${"packetId" in one ? one.packetId : ""}`,
    )

  it("takes four packets (4.3.3)", () => {
    const peer = subscriber(stage, level)
    publish("a")
    expect(told(peer.take())).toEqual(["publish 1 a"])
    peer.acknowledge("pubrec", 1)
    expect(peer.take()).toEqual([step("pubrel", 1)])
    peer.acknowledge("pubcomp", 1)
    expect([peer.take(), peer.outbound.closedFor]).toEqual([[], undefined])
  })

  it("lets go of its message when the client has it", () => {
    const empty = stage.broker.heldBytes
    const peer = subscriber(stage, level)
    publish("x".repeat(10_000))
    expect(stage.broker.heldBytes).toBeGreaterThan(10_000)
    peer.acknowledge("pubrec", 1)
    expect(stage.broker.heldBytes).toBeLessThan(1000)
    peer.acknowledge("pubcomp", 1)
    expect(stage.broker.heldBytes).toBe(empty)
  })

  it("releases again what is received again [MQTT-4.3.3-4]", () => {
    const peer = subscriber(stage, level)
    publish("a")
    peer.take()
    for (let count = 0; count < 2; count++) peer.acknowledge("pubrec", 1)
    expect(peer.take()).toEqual([step("pubrel", 1), step("pubrel", 1)])
  })

  it("goes on where it was on the next connection: nothing is delivered twice, and in order [MQTT-4.4.0-1], [MQTT-4.6.0-1]", () => {
    const peer = subscriber(stage, level)
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
    const peer = subscriber(stage, level)
    publish("a", "b")
    peer.acknowledge("pubrec", 1)
    const [, packets] = resumed()
    expect(peer.outbound.closedFor).toContain("connected again")
    expect(told(packets)).toEqual(["pubrel 1", "publish 2 b again"])
  })

  it("ends with its session and leaves nothing behind", () => {
    const empty = stage.broker.heldBytes
    const peer = subscriber(stage, level)
    publish("a", "b", "c")
    peer.acknowledge("pubrec", 2)
    peer.drop()
    stage.tick(200_000_000)
    expect(stage.broker.heldBytes).toBe(empty)
    const again = subscriber(stage, level)
    publish("d", "e")
    again.acknowledge("pubrec", 1)
    const [, packets] = connected(stage, level, lasting(level, "s", true))
    expect([packets, stage.broker.heldBytes]).toEqual([[], empty])
  })

  it("is sent again even when its time is over, once it was sent (4.4)", () => {
    publisher = stage.client(5, { clientId: "p" })
    const peer = subscriber(stage, level)
    const properties = { "message-expiry-interval": 1 }
    publisher.publish("t", "sent", { qos: 2, packetId: 1, properties })
    peer.drop()
    publisher.publish("t", "not sent", { qos: 2, packetId: 2, properties })
    stage.tick(2000)
    expect(told(resumed()[1])).toEqual(["publish 1 sent again"])
  })

  it("is released to a client that received something unknown", () => {
    const peer = subscriber(stage, level)
    peer.acknowledge("pubrec", 9)
    peer.acknowledge("pubcomp", 9)
    expect(peer.take()).toEqual([step("pubrel", 9, level === 5 ? 0x92 : 0)])
  })

  it.each([
    ["PUBACK for QoS 2", 2, ["puback"]],
    ["PUBCOMP before PUBREC", 2, ["pubcomp"]],
    ["PUBACK after PUBREC", 2, ["pubrec", "puback"]],
    ["PUBREC for QoS 1", 1, ["pubrec"]],
    ["PUBCOMP for QoS 1", 1, ["pubcomp"]],
  ] as const)("ends the connection of a client that answers with %s", (_title, qos, steps) => {
    const peer = subscriber(stage, level)
    publisher.publish("t", "x", { qos, packetId: 100 })
    peer.take()
    for (const answer of steps) peer.acknowledge(answer, 1)
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
    const peer = subscriber(stage, 5)
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
    const peer = subscriber(stage, 5)
    publisher.publish("t", "a", { qos: 2 })
    peer.take()
    peer.acknowledge("pubrec", 1, 0x83)
    expect(peer.take()).toEqual([])
    peer.drop()
    expect(connected(stage, 5, words)[1]).toEqual([])
  })

  it("ends with a PUBREC that refuses what was received before", () => {
    const empty = stage.broker.heldBytes
    const peer = subscriber(stage, 5)
    publisher.publish("t", "a", { qos: 2 })
    peer.acknowledge("pubrec", 1)
    peer.acknowledge("pubrec", 1, 0x83)
    expect(stage.broker.heldBytes).toBe(empty)
    peer.drop()
    expect(connected(stage, 5, lasting(5, "s"))[1]).toEqual([])
  })

  it("is over when the client knows nothing of it any more", () => {
    const peer = subscriber(stage, 5)
    publisher.publish("t", "a", { qos: 2 })
    peer.acknowledge("pubrec", 1)
    peer.drop()
    const [next] = connected(stage, 5, lasting(5, "s"))
    next.acknowledge("pubcomp", 1, 0x92)
    next.drop()
    expect(connected(stage, 5, lasting(5, "s"))[1]).toEqual([])
  })

  it("uses Receive Maximum of the client until it is completed [MQTT-3.3.4-9]", () => {
    const peer = subscriber(stage, 5, { properties: { "session-expiry-interval": 100, "receive-maximum": 1 } })
    for (const packetId of [1, 2]) publisher.publish("t", `${packetId}`, { qos: 2, packetId })
    expect(texts(peer)).toEqual(["1"])
    peer.acknowledge("pubrec", 1)
    expect(texts(peer)).toEqual([])
    peer.acknowledge("pubcomp", 1)
    expect(texts(peer)).toEqual(["2"])
  })

  it("that cannot be sent for its size is dropped", () => {
    const peer = subscriber(stage, 5, { properties: { "session-expiry-interval": 100, "maximum-packet-size": 100 } })
    publisher.publish("t", "x".repeat(100), { qos: 2, packetId: 1 })
    publisher.publish("t", "short", { qos: 2, packetId: 2 })
    expect(texts(peer)).toEqual(["short"])
  })
})
