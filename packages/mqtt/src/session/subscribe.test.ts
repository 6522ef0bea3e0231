import { type ManualTurn, manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { type ScriptedPeer, textOf } from "../testing/scripted-peer.ts"
import { Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
})

const suback = (...codes: readonly number[]) => expect.objectContaining({ type: "suback", packetId: 1, codes })
const topicsOf = (peer: ScriptedPeer): readonly string[] => peer.takeAll("publish").map(({ topicName }) => topicName)

describe("a subscription", () => {
  it("is granted with the QoS it asks for, one code for each filter in order [MQTT-3.8.4-5], [MQTT-3.8.4-6]", () => {
    const subscriptions = [0, 1, 2].map((options) => ({ filter: `f/${options}`, options }))
    for (const level of [3, 4, 5] as const) {
      const peer = stage.client(level, { clientId: `c${level}` })
      peer.subscribe("", 0, { subscriptions })
      expect(peer.take()).toEqual([{ type: "suback", flags: 0, packetId: 1, properties: {}, codes: [0, 1, 2] }])
    }
  })

  it("is refused for a filter that is none, and the others are made", () => {
    const subscriptions = ["a/#/b", "good", "", "a+"].map((filter) => ({ filter, options: 0 }))
    const newer = stage.client(5, { clientId: "n" })
    newer.subscribe("", 0, { subscriptions })
    expect(newer.take()).toEqual([suback(0x8f, 0, 0x8f, 0x8f)])
    const older = stage.client(4, { clientId: "o" })
    older.subscribe("", 0, { subscriptions })
    expect(older.take()).toEqual([suback(0x80, 0, 0x80, 0x80)])
    older.publish("good", "x")
    expect(topicsOf(newer)).toEqual(["good"])
  })

  it("is refused to who may not read", () => {
    stage.broker.users.permit("guest", "/", { configure: ".*", write: ".*", read: "^$" })
    const newer = stage.client(5, { clientId: "n" })
    newer.subscribe("a")
    expect(newer.take()).toEqual([suback(0x87)])
    const older = stage.client(4, { clientId: "o" })
    older.subscribe("a")
    expect(older.take()).toEqual([suback(0x80)])
  })

  it("is refused with the reason in words, unless the client wants none (3.1.2.11.7)", () => {
    const curious = stage.client(5, { clientId: "curious" })
    curious.subscribe("a#")
    expect(curious.takeAll("suback")[0]?.properties["reason-string"]).toMatch(/^'a#' is no topic filter/)
    curious.subscribe(`a#${"x".repeat(60_000)}`)
    expect(curious.takeAll("suback")[0]?.properties["reason-string"]).toHaveLength(256)
    const terse = stage.client(5, { clientId: "terse", properties: { "request-problem-information": 0 } })
    terse.subscribe("a#")
    expect(terse.takeAll("suback")[0]?.properties).toEqual({})
    const small = stage.client(5, { clientId: "small", properties: { "maximum-packet-size": 40 } })
    small.subscribe("a#")
    expect(small.takeAll("suback")[0]?.properties).toEqual({})
  })

  it("is refused with more levels than the limit", () => {
    stage = new Stage(manualTurn(), { limits: { maxTopicLevels: 3 } })
    const peer = stage.client(5)
    peer.subscribe("a/b/c/d")
    expect(peer.take()).toEqual([suback(0x97)])
  })

  it("does not match topics that begin with $ by a wildcard [MQTT-4.7.2-1]", () => {
    const peer = stage.client(5)
    peer.subscribe("", 0, { subscriptions: ["#", "+/x"].map((filter) => ({ filter, options: 0 })) })
    peer.take()
    peer.publish("$data/x", "no")
    peer.publish("data/x", "yes")
    expect(topicsOf(peer)).toEqual(["data/x"])
    peer.subscribe("$data/#")
    peer.take()
    peer.publish("$data/x", "yes")
    expect(topicsOf(peer)).toEqual(["$data/x"])
  })

  it("matches by its levels, dots and stars included", () => {
    const peer = stage.client(5)
    peer.subscribe("a.b/+")
    peer.take()
    for (const topic of ["a.b/c.d", "a/b/c", "a.b/c/d", "a.b/*", "a.b/", "a.b"]) peer.publish(topic, "x")
    expect(topicsOf(peer)).toEqual(["a.b/c.d", "a.b/*", "a.b/"])
  })

  it("is replaced by one of the same filter [MQTT-3.8.4-3]", () => {
    const peer = stage.client(5)
    peer.subscribe("a", 0, { properties: { "subscription-identifier": [3] } })
    peer.subscribe("a", 1, { properties: { "subscription-identifier": [4] } })
    peer.take()
    peer.publish("a", "x", { qos: 1 })
    expect(peer.takeAll("publish")).toEqual([
      expect.objectContaining({ flags: 2, properties: { "subscription-identifier": [4] } }),
    ])
  })

  it("adds its identifier to what it matches, with those of others that match [MQTT-3.3.4-3], [MQTT-3.3.4-4]", () => {
    const peer = stage.client(5)
    peer.subscribe("a/+", 0, { properties: { "subscription-identifier": [268_435_455] } })
    peer.subscribe("a/b", 0, { properties: { "subscription-identifier": [1] } })
    peer.subscribe("#", 0)
    peer.take()
    peer.publish("a/b", "x")
    const [packet, ...others] = peer.takeAll("publish")
    expect(others).toEqual([])
    expect([...(packet?.properties["subscription-identifier"] ?? [])].sort()).toEqual([1, 268_435_455])
  })

  it("with no local does not bring back what its own connection publishes [MQTT-3.8.3-3]", () => {
    const [one, other] = [stage.client(5, { clientId: "one" }), stage.client(5, { clientId: "other" })]
    one.subscribe("a", 0x04)
    one.take()
    one.publish("a", "own")
    other.publish("a", "foreign")
    expect(one.takeAll("publish").map(textOf)).toEqual(["foreign"])
  })

  it("with retain as published keeps RETAIN, others clear it [MQTT-3.3.1-12], [MQTT-3.3.1-13]", () => {
    const [as, plain, older] = [
      stage.client(5, { clientId: "as" }),
      stage.client(5, { clientId: "plain" }),
      stage.client(4, { clientId: "older" }),
    ]
    as.subscribe("a", 0x08)
    plain.subscribe("a")
    older.subscribe("a")
    for (const peer of [as, plain, older]) peer.take()
    older.publish("a", "x", { retain: true })
    older.publish("a", "x")
    expect([as, plain, older].map((peer) => peer.takeAll("publish").map(({ flags }) => flags))).toEqual([
      [1, 0],
      [0, 0],
      [0, 0],
    ])
  })
})

describe("a retained message", () => {
  function retain(topic: string, payload: string, qos: 0 | 1 = 0): void {
    const peer = stage.client(5, { clientId: "retainer" })
    peer.publish(topic, payload, { qos, retain: true })
    stage.endTurn()
    peer.disconnect()
    stage.endTurn()
  }

  it("comes after the SUBACK with RETAIN 1, by wildcards too [MQTT-3.3.1-9], (3.3.1.3)", () => {
    retain("a/b", "kept", 1)
    retain("a/c", "also")
    for (const level of [4, 5] as const) {
      const peer = stage.client(level, { clientId: `c${level}` })
      peer.subscribe("a/#", 1)
      const packets = peer.take()
      expect(packets.map(({ type }) => type)).toEqual(["suback", "publish", "publish"])
      expect(packets.slice(1)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ topicName: "a/b", flags: 3, payload: Buffer.from("kept") }),
          expect.objectContaining({ topicName: "a/c", flags: 1, payload: Buffer.from("also") }),
        ]),
      )
    }
  })

  it("is replaced by the next and removed by an empty one [MQTT-3.3.1-5], [MQTT-3.3.1-6]", () => {
    retain("a", "first")
    retain("a", "second")
    const peer = stage.client(4)
    peer.subscribe("a")
    expect(peer.takeAll("publish").map(textOf)).toEqual(["second"])
    retain("a", "")
    peer.take()
    peer.subscribe("a")
    expect(peer.takeAll("publish")).toEqual([])
  })

  it("comes again on subscribing again, as the retain handling says [MQTT-3.3.1-9] to [MQTT-3.3.1-11]", () => {
    retain("a", "kept")
    const peer = stage.client(5)
    const heard = (retainHandling: number): number => {
      peer.subscribe("a", retainHandling << 4)
      return peer.takeAll("publish").length
    }
    expect([heard(2), heard(1), heard(0), heard(0)]).toEqual([0, 0, 1, 1])
    peer.unsubscribe("a")
    expect([heard(1), heard(1)]).toEqual([1, 0])
  })

  it("is looked up in portions, so that others are answered however many filters one client asks for", () => {
    const [publisher, other, peer] = ["p", "o", "c"].map((clientId) => stage.client(5, { clientId })) as [
      ScriptedPeer,
      ScriptedPeer,
      ScriptedPeer,
    ]
    for (let index = 0; index < 10_000; index++)
      publisher.publish(`${Math.floor(index / 100)}/${index % 100}`, "kept", { retain: true })
    // Each filter but the last looks at 100 branches in vain: 102 steps, 4 999 times, in portions of 1 024.
    const filters = Array.from({ length: 4999 }, (_, index) => `+/none/${index}`)
    peer.subscribe("", 0, { subscriptions: [...filters, "7/7"].map((filter) => ({ filter, options: 0 })) })
    expect(peer.take().map(({ type }) => type)).toEqual(["suback"])
    let answers = 0
    let found: readonly string[] = []
    const ping = {
      runAtTurnEnd: () => {
        other.bytes("c0 00")
        answers += other.takeAll("pingresp").length
        found = topicsOf(peer)
        if (found.length === 0) turn.defer(ping)
      },
    }
    turn.defer(ping)
    stage.endTurn()
    expect(found).toEqual(["7/7"])
    expect(answers).toBe(Math.floor((4999 * 102) / 1024))
  })

  it("has the identifier of the subscription that brings it", () => {
    retain("a", "kept")
    const peer = stage.client(5)
    peer.subscribe("a", 0, { properties: { "subscription-identifier": [9] } })
    expect(peer.takeAll("publish")[0]?.properties).toEqual({ "subscription-identifier": [9] })
  })
})

describe("unsubscribing", () => {
  it("ends a subscription, and says which filters had none [MQTT-3.10.4-1], [MQTT-3.11.3-2]", () => {
    const peer = stage.client(5)
    peer.subscribe("a")
    peer.take()
    peer.unsubscribe("a", "b", "a/#/b", "a")
    expect(peer.take()).toEqual([
      { type: "unsuback", flags: 0, packetId: 2, properties: {}, codes: [0, 0x11, 0x8f, 0x11] },
    ])
    peer.publish("a", "x")
    expect(peer.take()).toEqual([])
  })

  it("has no codes before MQTT 5.0", () => {
    const peer = stage.client(4)
    peer.unsubscribe("a")
    expect(Buffer.from(peer.outbound.take()).toString("hex")).toBe("b0020002")
  })
})

describe("a forbidden request", () => {
  it.each([
    ["SUBSCRIBE without filters [MQTT-3.8.3-2]", "82 03 0001 00", 0x82],
    ["UNSUBSCRIBE without filters [MQTT-3.10.3-2]", "a2 03 0001 00", 0x82],
    ["reserved subscription options [MQTT-3.8.3-5]", "82 07 0001 00 0001 61 40", 0x81],
    ["a subscription with QoS 3 (3.8.3.1)", "82 07 0001 00 0001 61 03", 0x81],
    ["retain handling 3 (3.8.3.1)", "82 07 0001 00 0001 61 30", 0x82],
    ["no local on a shared subscription [MQTT-3.8.3-4]", "82 10 0001 00 000a 2473686172652f672f61 04", 0x82],
    ["subscription identifier 0 (3.8.2.1.2)", "82 09 0001 02 0b00 0001 61 00", 0x82],
    ["two subscription identifiers (3.8.2.1.2)", "82 0b 0001 04 0b01 0b02 0001 61 00", 0x82],
    ["packet identifier 0 [MQTT-2.2.1-3]", "82 07 0000 00 0001 61 00", 0x81],
  ])("with %s ends the connection", (_title, hex, reason) => {
    const peer = stage.client(5)
    peer.bytes(hex)
    expect(peer.take()).toEqual([expect.objectContaining({ type: "disconnect", reasonCode: reason })])
    expect(peer.outbound.closedFor).toBeDefined()
  })

  it("makes none of its subscriptions when one has forbidden options", () => {
    const peer = stage.client(4, { clientId: "w", cleanStart: false })
    peer.bytes("82 0a 0001 0001 61 00 0001 62 04")
    expect([peer.take(), peer.outbound.closedFor]).toEqual([[], expect.stringContaining("reserved")])
    const again = stage.client(4, { clientId: "w", cleanStart: false })
    again.publish("a", "x")
    expect(again.take()).toEqual([])
  })
})
