import {
  FailingStore,
  LOOPBACK,
  type ManualTurn,
  manualTurn,
  PLAIN_SUBSCRIPTION,
  publishedMessage,
  publishedToTopic,
  RecordingConsumer,
  RecordingLog,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"

const CAUSE = new Error("EIO: i/o error, fdatasync")

let turn: ManualTurn
let store: FailingStore
let log: RecordingLog
let broker: BrokerCore
let session: SilentSession
let access: Access

beforeEach(async () => {
  turn = manualTurn()
  store = new FailingStore(turn)
  log = new RecordingLog()
  broker = createBrokerCore({ turn, store, log, memoryMarkBytes: 10_000 })
  await broker.open()
  session = new SilentSession()
  access = broker.access(broker.connect(session, LOOPBACK, "test"), { name: "guest", tags: [] }, "/")
  for (const durable of [true, false]) {
    const name = durable ? "durable" : "transient"
    access.declareQueue({ name, durable, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
  }
})

function publish(routingKey: string, durable: boolean): string {
  return access.publish(publishedMessage("m", { routingKey, durable })).result
}

describe("a store that has failed", () => {
  it("refuses durable messages for durable holders, and takes all others", () => {
    store.fail(CAUSE)
    expect(publish("durable", true)).toBe("refused")
    expect(publish("durable", false)).toBe("routed")
    expect(publish("transient", true)).toBe("routed")
    expect(broker.inspect("/", "durable")).toHaveLength(1)
    expect(broker.counters.refused).toBe(1)
  })

  it("is logged once and pauses publishers for good", () => {
    store.fail(CAUSE)
    store.fail(CAUSE)
    expect(broker.blockedReason).toBe("store")
    expect(session.blockings).toEqual(["store"])
    expect(log.of("store-failed").map(({ level, fields }) => [level, fields["reason"]])).toEqual([
      ["error", "EIO: i/o error, fdatasync"],
    ])
  })

  it("stays the reason while memory runs short and recovers", () => {
    store.fail(CAUSE)
    for (let count = 0; count < 50; count++) publish("transient", false)
    turn.endTurn()
    access.purgeQueue("transient")
    turn.endTurn()
    expect(broker.blockedReason).toBe("store")
    expect(session.blockings).toEqual(["store"])
  })

  it("becomes the reason when memory was short before", () => {
    for (let count = 0; count < 50; count++) publish("transient", false)
    turn.endTurn()
    store.fail(CAUSE)
    access.purgeQueue("transient")
    turn.endTurn()
    expect(session.blockings).toEqual(["memory", "store"])
  })

  it("never acknowledges what was not durable yet", () => {
    publish("durable", true)
    broker.awaitStored(session)
    store.fail(CAUSE)
    turn.endTurn()
    broker.awaitStored(session)
    turn.endTurn()
    expect(session.watermarks).toEqual([])
  })

  it("is asked for nothing any more while the queues go on", () => {
    publish("durable", true)
    turn.endTurn()
    store.fail(CAUSE)
    expect(access.get("durable", true)).toBeDefined()
    access.deleteQueue("durable", { ifUnused: false, ifEmpty: false })
    turn.endTurn()
    expect(store.lateOperations).toEqual([])
  })

  it("does not keep anybody waiting who waits for the broker to be idle", async () => {
    publish("durable", true)
    store.fail(CAUSE)
    const idle = broker.whenIdle()
    turn.endTurn()
    await expect(idle).resolves.toBeUndefined()
  })

  it("refuses messages of QoS 1 for sessions that outlive their connection, and sends retained ones unstored", () => {
    const consumer = new RecordingConsumer()
    const { session: client } = access.openSession({ clientId: "c", cleanStart: true, expirySeconds: 9, consumer })
    client.subscribe("a", PLAIN_SUBSCRIPTION)
    access.retain(publishedToTopic("a", "kept", { qos: 1, durable: true, retain: true }))
    store.fail(CAUSE)
    expect(access.publish(publishedToTopic("a", "new", { qos: 1, durable: true })).result).toBe("refused")
    client.sendRetained("a", PLAIN_SUBSCRIPTION, true)
    expect(consumer.bodies).toEqual(["kept"])
    expect(consumer.entry(0).ticket).toBe(0)
    expect(store.lateOperations).toEqual([])
  })

  it("lets a will that cannot be stored be seen in the log", () => {
    access.bind({
      source: "amq.topic",
      destination: { kind: "queue", name: "durable" },
      key: "will",
      arguments: NO_ARGUMENTS,
    })
    const consumer = new RecordingConsumer()
    const { session: client } = access.openSession({ clientId: "c", cleanStart: true, expirySeconds: 0, consumer })
    client.setWill({ message: publishedToTopic("will", "gone", { qos: 1, durable: true }), delaySeconds: 0 })
    store.fail(CAUSE)
    client.release(consumer, { will: "publish", expirySeconds: 0 })
    expect(log.of("will-refused").map(({ fields }) => fields["topic"])).toEqual(["will"])
  })
})
