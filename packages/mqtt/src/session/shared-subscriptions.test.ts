import { type ManualTurn, manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { ProtocolLevel } from "../codec/constants.ts"
import { heard, type ScriptedPeer } from "../testing/scripted-peer.ts"
import { type ConnectWords, Stage } from "../testing/stage.ts"

const SHARED = "$share/g/jobs/+"

let turn: ManualTurn
let stage: Stage
let publisher: ScriptedPeer
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
  publisher = stage.client(5, { clientId: "publisher" })
})

/** A client that shares the jobs, with QoS 2 at most. */
function worker(clientId: string, level: ProtocolLevel = 5, words: ConnectWords = {}): ScriptedPeer {
  const peer = stage.client(level, { clientId, ...words })
  peer.subscribe(SHARED, 2)
  peer.take()
  return peer
}

function publish(qos: 0 | 1 | 2, ...payloads: readonly string[]): void {
  for (const payload of payloads) {
    publisher.publish("jobs/x", payload, { qos, packetId: ++lastId })
    if (qos === 2) publisher.acknowledge("pubrel", lastId)
  }
  stage.endTurn()
}
let lastId = 0

describe("a shared subscription", () => {
  it.each([3, 4, 5] as const)("is granted to clients of level %i, whose messages go to one of them each", (level) => {
    const [one, two] = [worker("one", level), worker("two", level)]
    publish(0, "a", "b", "c")
    publish(1, "d")
    publish(2, "e")
    expect(heard(one)).toEqual(["-:a", "-:c", "1:e"])
    expect(heard(two)).toEqual(["-:b", "1:d"])
  })

  it("keeps its identifier and its QoS", () => {
    const peer = stage.client(5, { clientId: "w" })
    peer.subscribe(SHARED, 1, { properties: { "subscription-identifier": [7] } })
    peer.take()
    publish(2, "a")
    expect(peer.takeAll("publish")).toEqual([
      expect.objectContaining({ flags: 2, properties: { "subscription-identifier": [7] } }),
    ])
  })

  it("brings nothing retained (4.8.2)", () => {
    publisher.publish("jobs/x", "kept", { retain: true })
    const peer = stage.client(5, { clientId: "w" })
    peer.subscribe(SHARED, 1)
    stage.endTurn()
    expect(peer.take().map(({ type }) => type)).toEqual(["suback"])
  })

  it("with a malformed name or filter is refused, others of the packet are made [MQTT-4.8.2-1], [MQTT-4.8.2-2]", () => {
    const filters = ["$share", "$share/g", "$share//jobs", "$share/+/jobs", "$share/g#/jobs", "$share/g/jobs#", SHARED]
    const subscriptions = filters.map((filter) => ({ filter, options: 1 }))
    for (const [level, refused] of [
      [5, 0x8f],
      [4, 0x80],
    ] as const) {
      const peer = stage.client(level, { clientId: `w${level}` })
      peer.subscribe("", 0, { subscriptions })
      expect(peer.takeAll("suback")[0]?.codes).toEqual([...Array(6).fill(refused), 1])
      expect(peer.outbound.closedFor).toBeUndefined()
    }
  })

  it("with a filter of too many levels is refused", () => {
    const peer = stage.client(5, { clientId: "w" })
    peer.subscribe(`$share/g/${"a/".repeat(200)}`, 1)
    expect(peer.takeAll("suback")[0]?.codes).toEqual([0x97])
  })

  it("of a user who may not read is refused", () => {
    stage.broker.users.permit("guest", "/", { configure: ".*", write: ".*", read: "^$" })
    const peer = stage.client(5, { clientId: "w" })
    peer.subscribe(SHARED, 1)
    expect(peer.takeAll("suback")[0]?.codes).toEqual([0x87])
  })

  it("ends by unsubscribing", () => {
    const [one, two] = [worker("one"), worker("two")]
    one.unsubscribe(SHARED, SHARED, "$share/other/jobs/+", "$share//jobs", "jobs/+")
    expect(one.takeAll("unsuback")[0]?.codes).toEqual([0, 0x11, 0x11, 0x8f, 0x11])
    publish(0, "a", "b")
    expect([heard(one), heard(two)]).toEqual([[], ["-:a", "-:b"]])
  })

  it("does not keep other subscriptions of the same client from getting the message, too", () => {
    const one = worker("one")
    one.subscribe("#", 0)
    one.take()
    publish(1, "a")
    expect(heard(one).toSorted()).toEqual(["-:a", "1:a"])
  })
})

describe("a client that shares", () => {
  it("gets no more than its Receive Maximum, the others get the rest", () => {
    const slow = worker("slow", 5, { properties: { "receive-maximum": 1 } })
    const quick = worker("quick", 5, { properties: { "receive-maximum": 2 } })
    publish(1, "a", "b", "c", "d", "e")
    expect([heard(slow), heard(quick)]).toEqual([["1:a"], ["1:b", "2:c"]])
    quick.acknowledge("puback", 2)
    expect(heard(quick)).toEqual(["3:d"])
    slow.acknowledge("puback", 1)
    expect(heard(slow)).toEqual(["2:e"])
  })

  it("and goes away has its QoS 1 deliveries done by others, under identifiers of theirs and without DUP", () => {
    const [one, two] = [worker("one"), worker("two")]
    publish(1, "a", "b", "c", "d")
    one.acknowledge("puback", 1)
    one.drop()
    stage.endTurn()
    expect(heard(two)).toEqual(["1:b", "2:d", "3:c"])
  })

  it("and comes back completes its QoS 2 deliveries itself [MQTT-4.8.2-4]", () => {
    const words = { cleanStart: false, properties: { "session-expiry-interval": 100 } }
    const [one, two] = [worker("one", 5, words), worker("two")]
    publish(2, "a", "b", "c")
    one.acknowledge("pubrec", 1)
    one.drop()
    stage.endTurn()
    expect(heard(two)).toEqual(["1:b"])
    const back = stage.connect(5)
    back.connect({ clientId: "one", ...words })
    expect(back.take().slice(1)).toEqual([
      expect.objectContaining({ type: "pubrel", packetId: 1 }),
      expect.objectContaining({ type: "publish", packetId: 2, flags: 0x0c, payload: Buffer.from("c") }),
    ])
  })

  it("is served after its login, not before", () => {
    const words = { cleanStart: false, properties: { "session-expiry-interval": 100 } }
    worker("one", 5, words).drop()
    publish(1, "a", "b")
    const back = stage.connect(5)
    back.connect({ clientId: "one", ...words })
    expect(back.take().map(({ type }) => type)).toEqual(["connack", "publish", "publish"])
  })

  it("and refuses a message has nobody else get it [MQTT-4.8.2-6]", () => {
    const [one, two] = [worker("one"), worker("two")]
    publish(2, "a")
    one.acknowledge("pubrec", 1, 0x83)
    publish(1, "b", "c")
    one.drop()
    stage.endTurn()
    expect(heard(two)).toEqual(["1:b", "2:c"])
  })
})
