import {
  LOOPBACK,
  type ManualTurn,
  manualTurn,
  publishedMessage,
  publishedToTopic,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { SubscriptionOptions } from "../api/client-session.ts"
import { createBrokerCore } from "../broker-core.ts"
import { MemoryStore } from "./memory-store.ts"

const PLAIN: SubscriptionOptions = {
  qos: 1,
  noLocal: false,
  retainAsPublished: false,
  retainHandling: 0,
  identifier: undefined,
}

let turn: ManualTurn
let store: MemoryStore
let access: Access

beforeEach(async () => {
  turn = manualTurn()
  store = new MemoryStore(turn)
  const broker = createBrokerCore({ turn, store })
  await broker.open()
  access = broker.access(broker.connect(new SilentSession(), LOOPBACK, "test"), { name: "guest", tags: [] }, "/")
})

function declare(name: string, durable: boolean): void {
  access.declareQueue({ name, durable, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
}

function send(routingKey: string, body: string, durable = true): void {
  access.publish(publishedMessage(body, { routingKey, durable }))
}

/** Bodies that the store still has, by log. */
async function stored(): Promise<readonly (readonly string[])[]> {
  turn.endTurn()
  const { logs } = await store.open()
  return [...logs].map(({ unsettled }) => [...unsettled].map(({ message }) => new TextDecoder().decode(message.body)))
}

describe("a durable queue", () => {
  it("stores durable messages only, until they are settled", async () => {
    declare("q", true)
    send("q", "1")
    send("q", "transient", false)
    send("q", "2")
    send("q", "3")
    expect(await stored()).toEqual([["1", "2", "3"]])
    access.get("q", true)
    const transient = access.get("q", false)
    const second = access.get("q", false)
    if (second !== undefined) second.holder.settle(second.entry, "rejected")
    if (transient !== undefined) transient.holder.settle(transient.entry, "accepted")
    expect(await stored()).toEqual([["3"]])
  })

  it("settles what it purges and what expires", async () => {
    declare("q", true)
    send("q", "1")
    access.purgeQueue("q")
    access.publish(publishedMessage("2", { routingKey: "q", durable: true, ttlMs: 0 }))
    send("q", "3")
    expect(await stored()).toEqual([["3"]])
  })

  it("shares one record with the others of a route", async () => {
    declare("a", true)
    declare("b", true)
    declare("c", false)
    access.publish(publishedMessage("1", { routingKey: "a", moreKeys: ["b", "c"], durable: true }))
    expect(await stored()).toEqual([["1"], ["1"]])
    access.get("a", true)
    expect(await stored()).toEqual([[], ["1"]])
  })

  it("takes its log with it", async () => {
    declare("q", true)
    send("q", "1")
    const got = access.get("q", false)
    send("q", "2")
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    if (got !== undefined) got.holder.settle(got.entry, "accepted")
    expect(await stored()).toEqual([])
  })
})

describe("a session that outlives its connection", () => {
  function subscribed(expirySeconds: number, options: SubscriptionOptions) {
    const consumer = new RecordingConsumer()
    const { session } = access.openSession({ clientId: "c", cleanStart: false, expirySeconds, consumer })
    session.subscribe("t", options)
    return { session, consumer }
  }

  function publish(body: string, qos: 0 | 1): void {
    access.publish(publishedToTopic("t", body, { qos, durable: qos > 0 }))
  }

  it("stores messages of QoS 1 until they are settled", async () => {
    const { session, consumer } = subscribed(100, PLAIN)
    publish("1", 1)
    publish("zero", 0)
    publish("2", 1)
    expect(await stored()).toEqual([["1", "2"]])
    session.settle(consumer.entry(0), "accepted")
    expect(await stored()).toEqual([["2"]])
    session.release(consumer, { will: "discard", expirySeconds: 0 })
    expect(await stored()).toEqual([])
  })

  it("stores nothing for a subscription of QoS 0, whoever else does", async () => {
    declare("q", true)
    access.bind({ source: "amq.topic", destination: { kind: "queue", name: "q" }, key: "t", arguments: NO_ARGUMENTS })
    const { session } = subscribed(100, { ...PLAIN, qos: 0 })
    publish("1", 1)
    expect(await stored()).toEqual([["1"]])
    session.subscribe("t", PLAIN)
    publish("2", 1)
    expect(await stored()).toEqual([["1", "2"], ["2"]])
  })

  it("stores the retained messages it was sent", async () => {
    access.retain(publishedToTopic("t", "kept", { qos: 1, durable: true, retain: true }))
    const { session, consumer } = subscribed(100, PLAIN)
    session.sendRetained("t", PLAIN, true)
    expect(await stored()).toEqual([["kept"]])
    session.settle(consumer.entry(0), "accepted")
    expect(await stored()).toEqual([[]])
  })

  it("is not needed for one that ends with its connection", async () => {
    subscribed(0, PLAIN)
    publish("1", 1)
    expect(await stored()).toEqual([])
  })
})
