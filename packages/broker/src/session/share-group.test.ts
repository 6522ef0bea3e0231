import { type OpenedSession, PLAIN_SUBSCRIPTION, SessionStage } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { MemoryStore } from "../store/memory-store.ts"

const KEPT = { will: "discard", expirySeconds: 100 } as const
const GONE = { will: "discard", expirySeconds: 0 } as const
const EXACTLY_ONCE = { ...PLAIN_SUBSCRIPTION, qos: 2 } as const

let stage: SessionStage
let connection: number

beforeEach(() => {
  stage = new SessionStage({ limits: { maxSessionBacklog: 4, maxSessionQos0Backlog: 2, maxTopicLevels: 3 } })
  connection = 0
})

/** A client that shares "a" with the others of the group "g". */
function member(clientId: string, credit?: number, options = PLAIN_SUBSCRIPTION): OpenedSession {
  const given = credit === undefined ? {} : { credit }
  const opened = stage.open({ clientId, connection: ++connection, ...given })
  if (!opened.present) opened.session.subscribe("$share/g/a", options)
  return opened
}

function publish(...bodies: readonly string[]): void {
  for (const body of bodies) stage.publish("a", body)
}

function acceptAll({ session, consumer }: OpenedSession): void {
  for (const entry of consumer.entries) session.settle(entry, "accepted")
}

function grant({ session, consumer }: OpenedSession, credit: number): void {
  consumer.credit = credit
  session.wake(consumer)
}

const bodiesOf = (members: readonly OpenedSession[]) => members.map(({ consumer }) => consumer.bodies)

describe("a share group", () => {
  it("gives every message to one member, in turn", () => {
    const members = ["one", "two", "three"].map((clientId) => member(clientId))
    publish("1", "2", "3", "4", "5", "6", "7")
    expect(bodiesOf(members)).toEqual([
      ["1", "4", "7"],
      ["2", "5"],
      ["3", "6"],
    ])
  })

  it("gives to those that have credit first", () => {
    const members = [member("one", 0), member("two", 3), member("three", 1)]
    publish("1", "2", "3", "4")
    expect(bodiesOf(members)).toEqual([[], ["1", "3", "4"], ["2"]])
  })

  it("keeps what nobody has credit for, for whoever has some first", () => {
    const [one, two] = [member("one", 0), member("two", 0)]
    publish("1", "2", "3")
    grant(two, 2)
    expect(bodiesOf([one, two])).toEqual([[], ["1", "2"]])
    grant(one, 5)
    publish("4")
    expect(bodiesOf([one, two])).toEqual([
      ["3", "4"],
      ["1", "2"],
    ])
  })

  it("keeps messages for absent members, and gives them to the first that comes back", () => {
    const [one, two] = [member("one"), member("two")]
    for (const { session, consumer } of [one, two]) session.release(consumer, KEPT)
    publish("1", "2")
    stage.publish("a", "zero", 0)
    expect(member("two").consumer.bodies).toEqual(["1", "2"])
  })

  it("passes over absent members", () => {
    const [one, two] = [member("one"), member("two")]
    one.session.release(one.consumer, KEPT)
    publish("1", "2")
    stage.publish("a", "zero", 0)
    expect(two.consumer.bodies).toEqual(["1", "2", "zero"])
  })

  it("is apart from other groups, other filters and subscriptions of one's own", () => {
    const [one, two] = [member("one"), member("two")]
    two.session.subscribe("$share/other/a", PLAIN_SUBSCRIPTION)
    one.session.subscribe("$share/g/+", PLAIN_SUBSCRIPTION)
    one.session.subscribe("a", { ...PLAIN_SUBSCRIPTION, identifier: 9 })
    publish("1")
    publish("2")
    expect(one.consumer.bodies.toSorted()).toEqual(["1", "1", "1", "2", "2"])
    expect(two.consumer.bodies.toSorted()).toEqual(["1", "2", "2"])
    expect(one.consumer.entries.filter(({ match }) => match?.identifiers.includes(9))).toHaveLength(2)
  })

  it("delivers as each member has subscribed", () => {
    const one = member("one", undefined, { ...EXACTLY_ONCE, identifier: 5, retainAsPublished: true })
    const two = member("two", undefined, { ...PLAIN_SUBSCRIPTION, qos: 0 })
    publish("1", "2")
    expect(one.consumer.entry(0).match).toEqual({
      qos: 2,
      identifiers: [5],
      retainAsPublished: true,
      isRetained: false,
    })
    expect(two.consumer.entry(0).match).toMatchObject({ qos: 0, identifiers: [] })
    two.session.subscribe("$share/g/a", { ...PLAIN_SUBSCRIPTION, identifier: 6 })
    publish("3", "4")
    expect(two.consumer.entry(1).match).toMatchObject({ qos: 1, identifiers: [6] })
  })

  it("says whether a subscription is new, and was there", () => {
    const { session } = member("one")
    expect(session.subscribe("$share/g/a", PLAIN_SUBSCRIPTION)).toBe(false)
    expect(session.subscribe("$share/g/b", PLAIN_SUBSCRIPTION)).toBe(true)
    expect(session.unsubscribe("$share/g/b")).toBe(true)
    expect(session.unsubscribe("$share/g/b")).toBe(false)
    expect(session.unsubscribe("b")).toBe(false)
  })

  it("counts the levels of its filter without the share name", () => {
    const { session } = member("one")
    expect(session.subscribe("$share/g/1/2/3", PLAIN_SUBSCRIPTION)).toBe(true)
    expect(() => session.subscribe("$share/g/1/2/3/4", PLAIN_SUBSCRIPTION)).toThrow("topic of 4 levels")
  })

  it("gets nothing retained (4.8.2)", () => {
    stage.retain("a", "kept")
    const { session, consumer } = member("one")
    session.sendRetained("$share/g/a", PLAIN_SUBSCRIPTION, true)
    stage.turn.endTurn()
    expect(consumer.bodies).toEqual([])
  })

  it("shares what is born in other protocols, too", () => {
    const members = [member("one"), member("two")]
    for (const body of ["1", "2"]) stage.publish("a", body, 1, { topic: undefined as never })
    expect(bodiesOf(members)).toEqual([["1"], ["2"]])
  })
})

describe("messages of QoS 0 of a share group", () => {
  it("need no credit, only a member that is connected", () => {
    const members = [member("one", 0), member("two", 0)]
    for (const body of ["1", "2", "3"]) stage.publish("a", body, 0)
    expect(bodiesOf(members)).toEqual([["1", "3"], ["2"]])
  })

  it("wait for slow sockets, and are dropped when there are too many", () => {
    const members = [member("one"), member("two")]
    for (const { consumer } of members) consumer.isKeepingUp = false
    for (const body of ["1", "2", "3", "4", "5", "6"]) stage.publish("a", body, 0)
    for (const opened of members) {
      opened.consumer.isKeepingUp = true
      opened.session.wake(opened.consumer)
    }
    expect(bodiesOf(members)).toEqual([
      ["1", "3"],
      ["2", "4"],
    ])
    expect(stage.broker.counters.droppedQos0).toBe(2)
  })

  it("are dropped while nobody is connected", () => {
    const one = member("one")
    one.session.release(one.consumer, KEPT)
    expect(stage.publish("a", "x", 0).holders).toBe(0)
  })
})

describe("a member that leaves", () => {
  it("hands what it has not acknowledged to others, as new and before what is newer (4.8.2)", () => {
    const [one, two] = [member("one", 3), member("two", 0)]
    publish("1", "2", "3", "4")
    one.consumer.entry(0).tag = 17
    one.session.settle(one.consumer.entry(1), "accepted")
    one.session.release(one.consumer, KEPT)
    grant(two, 10)
    stage.turn.endTurn()
    expect(two.consumer.bodies).toEqual(["1", "3", "4"])
    expect(two.consumer.entries.map(({ redelivered, tag }) => [redelivered, tag])).toEqual(Array(3).fill([false, 0]))
  })

  it("hands it to a member that has had credit all the time", () => {
    const [one, two] = [member("one"), member("two")]
    publish("1", "2")
    one.session.release(one.consumer, GONE)
    stage.turn.endTurn()
    expect(two.consumer.bodies).toEqual(["2", "1"])
  })

  it("gets it again when it is the only one and comes back [MQTT-4.4.0-1]", () => {
    const one = member("one")
    publish("1", "2")
    one.consumer.entry(0).tag = 17
    one.session.release(one.consumer, KEPT)
    const { consumer } = member("one")
    stage.turn.endTurn()
    expect(consumer.bodies).toEqual(["1", "2"])
    expect(consumer.entry(0)).toMatchObject({ redelivered: true, tag: 17 })
  })

  it("keeps what is under way with QoS 2, and nobody else gets it [MQTT-4.8.2-4]", () => {
    const [one, two] = [member("one", undefined, EXACTLY_ONCE), member("two", 0, EXACTLY_ONCE)]
    stage.publish("a", "1", 2)
    stage.publish("a", "2", 1)
    one.session.release(one.consumer, KEPT)
    grant(two, 10)
    stage.turn.endTurn()
    expect(two.consumer.bodies).toEqual(["2"])
    const { consumer } = member("one")
    expect(consumer.bodies).toEqual(["1"])
    expect(consumer.entry(0).redelivered).toBe(true)
  })

  it("takes it along when its session ends [MQTT-4.8.2-5]", () => {
    const [one, two] = [member("one", undefined, EXACTLY_ONCE), member("two", 0, EXACTLY_ONCE)]
    stage.publish("a", "1", 2)
    one.session.release(one.consumer, GONE)
    grant(two, 10)
    stage.turn.endTurn()
    expect([two.consumer.bodies, stage.broker.heldBytes]).toEqual([[], 0])
  })

  it("has nobody else get what it refuses [MQTT-4.8.2-6]", () => {
    const [one, two] = [member("one"), member("two")]
    publish("1")
    one.session.settle(one.consumer.entry(0), "rejected")
    one.session.release(one.consumer, GONE)
    stage.turn.endTurn()
    expect(two.consumer.bodies).toEqual([])
  })

  it("by unsubscribing completes what it has, on the next connection, too [MQTT-3.10.4-3]", () => {
    const one = member("one", 1)
    publish("1", "2")
    one.session.unsubscribe("$share/g/a")
    one.session.release(one.consumer, KEPT)
    const again = stage.open({ clientId: "one" })
    expect(again.consumer.bodies).toEqual(["1"])
    acceptAll(again)
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("last leaves nothing behind", () => {
    const members = [member("one", 1), member("two", 1)]
    publish("1", "2", "3", "4", "5")
    for (const { session, consumer } of members) {
      session.unsubscribe("$share/g/a")
      session.release(consumer, GONE)
    }
    stage.turn.endTurn()
    expect(stage.broker.heldBytes).toBe(0)
    publish("6")
    expect(stage.broker.counters.unroutable).toBe(1)
  })
})

describe("what waits for a share group", () => {
  it("is bounded", () => {
    const one = member("one", 0)
    publish("1", "2", "3", "4", "5")
    grant(one, 10)
    expect([one.consumer.bodies, stage.broker.counters.droppedBacklog]).toEqual([["1", "2", "3", "4"], 1])
  })

  it("ends when its time is over", () => {
    const one = member("one", 0)
    const message = stage.publish("a", "1", 1, { ttlMs: 2000 })
    publish("2")
    stage.passSeconds(2)
    expect([message.holders, stage.broker.counters.expired]).toEqual([0, 1])
    grant(one, 10)
    expect(one.consumer.bodies).toEqual(["2"])
  })

  it("goes to who joins", () => {
    member("one", 0)
    publish("1", "2")
    const two = member("two")
    expect(two.consumer.bodies).toEqual([])
    stage.turn.endTurn()
    expect(two.consumer.bodies).toEqual(["1", "2"])
  })

  it("reaches the groups of one session in turn", () => {
    const one = stage.open({ credit: 0 })
    for (const topic of ["a", "b", "c"]) {
      one.session.subscribe(`$share/g/${topic}`, PLAIN_SUBSCRIPTION)
      for (const number of [1, 2]) stage.publish(topic, `${topic}${number}`)
    }
    for (let count = 0; count < 6; count++) grant(one, 1)
    expect(one.consumer.bodies).toEqual(["a1", "b1", "c1", "a2", "b2", "c2"])
  })

  it("goes out behind what waits for its member alone", () => {
    const one = member("one", 0)
    one.session.subscribe("own", PLAIN_SUBSCRIPTION)
    publish("shared")
    stage.publish("own", "own")
    grant(one, 5)
    expect(one.consumer.bodies).toEqual(["own", "shared"])
  })

  it("is stored once until one member has acknowledged it", async () => {
    const store = new MemoryStore(stage.turn)
    const bodies = async () => {
      stage.turn.endTurn()
      const logs = [...(await store.open()).logs].map(({ unsettled }) => [...unsettled].length)
      return logs.filter((count) => count > 0)
    }
    stage = new SessionStage({ store })
    await stage.broker.open()
    const [one, two] = [member("one", undefined, EXACTLY_ONCE), member("two")]
    for (const body of ["1", "2", "3"]) stage.publish("a", body, 2)
    await expect(bodies()).resolves.toEqual([3])
    one.session.receive(one.consumer.entry(0))
    two.session.settle(two.consumer.entry(0), "accepted")
    await expect(bodies()).resolves.toEqual([1])
    acceptAll(one)
    await expect(bodies()).resolves.toEqual([])
  })
})

it("a share group of ten thousand members gives quickly", () => {
  const members = Array.from({ length: 10_000 }, (_, index) => member(`m${index}`, index % 100 === 0 ? 1 : 0))
  const before = process.cpuUsage().user
  for (let index = 0; index < 10_000; index++) stage.publish("a", "x", index % 2 === 0 ? 0 : 1)
  expect((process.cpuUsage().user - before) / 1000).toBeLessThan(1000)
  expect(members.reduce((sum, { consumer }) => sum + consumer.entries.length, 0)).toBeGreaterThan(5000)
})
