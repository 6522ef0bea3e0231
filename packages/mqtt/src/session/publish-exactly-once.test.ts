import { type ManualTurn, manualTurn } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { AGAIN, connected, LEVELS, lasting, step, subscriber, texts } from "../testing/exactly-once.ts"
import { Stage } from "../testing/stage.ts"

let turn: ManualTurn
let stage: Stage
beforeEach(() => {
  turn = manualTurn()
  stage = new Stage(turn)
})

describe.each(LEVELS)("a publish of QoS 2 by a client of level %i", (level) => {
  const publisher = (cleanStart = false) => connected(stage, level, lasting(level, "p", cleanStart))[0]

  it("takes four packets and is published once (4.3.3)", () => {
    const witness = subscriber(stage)
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5 })
    expect(client.take()).toEqual([])
    stage.endTurn()
    expect(client.take()).toEqual([step("pubrec", 5)])
    client.publish("a", "once", { qos: 2, packetId: 5, flags: AGAIN })
    stage.endTurn()
    expect(client.take()).toEqual([step("pubrec", 5)])
    client.acknowledge("pubrel", 5)
    expect(client.take()).toEqual([step("pubcomp", 5)])
    client.publish("a", "again", { qos: 2, packetId: 5 })
    expect(texts(witness)).toEqual(["once", "again"])
  })

  it("does not publish a repeated packet that overtakes the store", () => {
    const witness = subscriber(stage)
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5 })
    client.publish("a", "once", { qos: 2, packetId: 5, flags: AGAIN })
    expect(client.take()).toEqual([])
    stage.endTurn()
    expect(client.take()).toEqual([step("pubrec", 5), step("pubrec", 5)])
    expect(texts(witness)).toEqual(["once"])
  })

  it("that comes again on the next connection is not published again, and acknowledged when the first one is stored", () => {
    const witness = subscriber(stage)
    publisher().publish("a", "once", { qos: 2, packetId: 5 })
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5, flags: AGAIN })
    expect(client.take()).toEqual([])
    stage.endTurn()
    expect(client.take()).toEqual([step("pubrec", 5)])
    client.acknowledge("pubrel", 5)
    expect(client.take()).toEqual([step("pubcomp", 5)])
    expect(texts(witness)).toEqual(["once"])
  })

  it("is completed on the next connection", () => {
    const client = publisher()
    client.publish("a", "once", { qos: 2, packetId: 5 })
    client.drop()
    const next = publisher()
    next.acknowledge("pubrel", 5)
    expect(next.take()).toEqual([step("pubcomp", 5)])
  })

  it("is forgotten with its session", () => {
    const witness = subscriber(stage)
    publisher().publish("a", "one", { qos: 2, packetId: 5 })
    publisher(true).publish("a", "two", { qos: 2, packetId: 5 })
    const third = publisher()
    third.drop()
    stage.tick(200_000_000)
    publisher().publish("a", "three", { qos: 2, packetId: 5 })
    expect(texts(witness)).toEqual(["one", "two", "three"])
  })

  it("is acknowledged in the order of publishes, and completed behind that (4.6)", () => {
    subscriber(stage)
    const client = publisher()
    client.publish("a", "x", { qos: 2, packetId: 1 })
    stage.endTurn()
    client.take()
    client.publish("a", "x", { qos: 2, packetId: 3 })
    client.publish("a", "x", { qos: 1, packetId: 2 })
    client.acknowledge("pubrel", 1)
    stage.endTurn()
    expect(client.take()).toEqual([step("pubrec", 3), step("puback", 2), step("pubcomp", 1)])
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
    expect(older.take()).toEqual([step("pubcomp", 77)])
    const newer = stage.client(5, { clientId: "n" })
    newer.acknowledge("pubrel", 77)
    expect(newer.take()).toEqual([step("pubcomp", 77, 0x92)])
  })
})

describe("a PUBREL that comes again because its PUBCOMP was lost", () => {
  it.each(LEVELS)("is answered as the first one, to a client of level %i (2.4)", (level) => {
    const words = lasting(level, "p")
    const [first] = connected(stage, level, words)
    first.publish("a", "x", { qos: 2, packetId: 5 })
    first.acknowledge("pubrel", 5)
    first.drop()
    const [next] = connected(stage, level, words)
    next.acknowledge("pubrel", 5)
    expect(next.take()).toEqual([step("pubcomp", 5)])
  })
})

describe("a PUBREC", () => {
  it("says that nobody wants the message, and awaits its PUBREL", () => {
    const client = stage.client(5, { clientId: "p" })
    client.publish("a", "x", { qos: 2 })
    expect(client.take()).toEqual([step("pubrec", 1, 0x10)])
    client.acknowledge("pubrel", 1)
    expect(client.take()).toEqual([step("pubcomp", 1)])
  })

  it("that refuses frees the identifier at once (4.3.3)", () => {
    const witness = subscriber(stage)
    const client = stage.client(5, { clientId: "p" })
    client.publish("$SYS/a", "x", { qos: 2 })
    expect(client.take()).toEqual([step("pubrec", 1, 0x87)])
    client.acknowledge("pubrel", 1)
    expect(client.take()).toEqual([step("pubcomp", 1, 0x92)])
    client.publish("a", "y", { qos: 2 })
    expect(texts(witness)).toEqual(["y"])
  })

  it("learns the topic alias of a publish that came again", () => {
    const witness = subscriber(stage)
    const words = lasting(5, "p")
    connected(stage, 5, words)[0].publish("a", "one", { qos: 2 })
    const [client] = connected(stage, 5, words)
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
      step("pubrec", 1, 0x10),
      step("pubrec", 2, 0x10),
      step("pubcomp", 1),
      step("puback", 3, 0x10),
    ])
    client.publish("a", "x", { qos: 2, packetId: 4 })
    expect(client.take()).toEqual([step("pubrec", 4, 0x10)])
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
    const [first] = connected(stage, 5, words)
    for (const packetId of [1, 2]) first.publish("a", "x", { qos: 2, packetId })
    first.drop()
    const [client] = connected(stage, 5, words)
    for (const packetId of [1, 2]) client.acknowledge("pubrel", packetId)
    for (const packetId of [3, 4]) client.publish("a", "x", { qos: 2, packetId })
    expect(client.take().map(({ type }) => type)).toEqual(["pubcomp", "pubcomp", "pubrec", "pubrec"])
    client.publish("a", "x", { qos: 2, packetId: 5 })
    expect(client.takeAll("disconnect")).toEqual([expect.objectContaining({ reasonCode: 0x93 })])
  })

  it("bounds what a client repeats", () => {
    subscriber(stage)
    const client = stage.client(5, { clientId: "p" })
    for (const flags of [4, AGAIN, AGAIN]) client.publish("a", "x", { qos: 2, flags })
    expect(client.takeAll("disconnect")).toEqual([expect.objectContaining({ reasonCode: 0x93 })])
  })
})

describe("a client that releases and releases while the store is behind", () => {
  it.each(LEVELS)("is not read for a while, at level %i", (level) => {
    stage = new Stage(turn, { limits: { receiveMaximum: 10 } })
    subscriber(stage)
    const client = stage.client(level, { clientId: "p" })
    client.publish("a", "x", { qos: 1 })
    for (let packetId = 1; packetId <= 20; packetId++) client.acknowledge("pubrel", packetId)
    expect([client.outbound.isReadingPaused, client.take()]).toEqual([true, []])
    stage.endTurn()
    expect([client.outbound.isReadingPaused, client.take().length]).toEqual([false, 21])
  })
})
