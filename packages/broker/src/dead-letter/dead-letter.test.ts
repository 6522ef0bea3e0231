import { createMessage, publishedAmqp091 } from "@polymq/message"
import { LOOPBACK, manualTurn, publishedToTopic, RecordingLog, SilentSession } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { Entry } from "../api/entry.ts"
import { createBrokerCore } from "../broker-core.ts"
import { MemoryStore } from "../store/memory-store.ts"
import { type Declared, QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage
let log: RecordingLog

beforeEach(() => {
  log = new RecordingLog()
  stage = new QueueStage({ log })
})

/** Arguments that send dead letters through the default exchange to a queue. */
function to(queue: string, more: Declared = {}): Declared {
  return { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": queue, ...more }
}

function bind(source: string, name: string, key: string): void {
  stage.access.bind({ source, destination: { kind: "queue", name }, key, arguments: NO_ARGUMENTS })
}

/** The only message of a queue, taken out. */
function taken(queue: string): Entry {
  const found = stage.access.get(queue, true)
  if (found === undefined || found.remaining > 0) throw new RangeError(`queue '${queue}' has not one message`)
  return found.entry
}

describe("a dead letter", () => {
  beforeEach(() => stage.declare("dead"))

  it("is what a consumer rejects", () => {
    stage.declare("q", to("dead"))
    stage.publish("q", "m", { durable: true, priority: 3 })
    stage.get("q").settle("rejected")
    stage.endTurn()
    expect(stage.ready("q")).toEqual([])
    const { message, redelivered } = taken("dead")
    expect(message).toMatchObject({ exchange: "", routingKey: "dead", durable: true, priority: 3 })
    expect(message.deaths?.deaths).toEqual([
      {
        queue: "q",
        reason: "rejected",
        count: 1,
        exchange: "",
        routingKeys: ["q"],
        ttlMs: undefined,
        firstAtMs: stage.turn.nowMs(),
        lastAtMs: stage.turn.nowMs(),
      },
    ])
    expect(redelivered).toBe(true)
    expect(stage.broker.counters.deadLettered).toBe(1)
  })

  it("is what expires; its own time to live ends with it and stays known", () => {
    stage.declare("q", to("dead", { "x-message-ttl": 100 }))
    stage.publish("q", "own", { ttlMs: 50 })
    stage.pass(50)
    const { message, redelivered, expiresAtMs } = taken("dead")
    expect(message.ttlMs).toBeUndefined()
    expect(message.deaths).toMatchObject({ deaths: [{ reason: "expired", ttlMs: 50 }] })
    expect([redelivered, expiresAtMs]).toEqual([false, Number.POSITIVE_INFINITY])
    stage.publish("q", "queue's")
    stage.pass(100)
    expect(taken("dead").message.deaths).toMatchObject({ deaths: [{ reason: "expired", ttlMs: undefined }] })
  })

  it("is what a full queue drops", () => {
    stage.declare("q", to("dead", { "x-max-length": 1 }))
    stage.publish("q", "1")
    stage.publish("q", "2")
    stage.endTurn()
    expect([stage.ready("q"), stage.ready("dead")]).toEqual([["2"], ["1"]])
    expect(taken("dead").message.deaths?.last).toEqual({ queue: "q", reason: "maxlen", exchange: "" })
  })

  it("is what a full queue refuses, where that is asked for", () => {
    stage.declare("q", to("dead", { "x-max-length": 1, "x-overflow": "reject-publish-dlx" }))
    expect(stage.publish("q", "1")).toBe("routed")
    expect(stage.publish("q", "2")).toBe("refused")
    stage.endTurn()
    expect([stage.ready("q"), stage.ready("dead")]).toEqual([["1"], ["2"]])
    expect(taken("dead").message.deaths?.last.reason).toBe("maxlen")
    stage.access.purgeQueue("q")
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("is nothing that is purged, or deleted with its queue", () => {
    stage.declare("q", to("dead"))
    stage.publish("q", "1")
    stage.access.purgeQueue("q")
    stage.publish("q", "2")
    stage.access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    stage.endTurn()
    expect(stage.ready("dead")).toEqual([])
  })

  it("arrives in the order in which the messages died", () => {
    stage.declare("q", to("dead"))
    const bodies = Array.from({ length: 300 }, (_, index) => String(index))
    for (const body of bodies) stage.publish("q", body)
    for (const _ of bodies) stage.get("q").settle("rejected")
    stage.endTurn()
    expect(stage.ready("dead")).toEqual(bodies)
  })

  it("leaves nothing behind in memory once it is taken", () => {
    stage.declare("q", to("dead"))
    stage.publish("q", "m")
    stage.get("q").settle("rejected")
    stage.endTurn()
    expect(stage.broker.heldBytes).toBeGreaterThan(0)
    taken("dead")
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("costs more memory than what it was made of: its history", () => {
    stage.declare("q", to("dead"))
    stage.publish("q", "m")
    const before = stage.broker.heldBytes
    stage.get("q").settle("rejected")
    stage.endTurn()
    expect(stage.broker.heldBytes - before).toBe(300)
  })

  it("keeps a broker from being idle until it has arrived", async () => {
    stage.declare("q", to("dead"))
    stage.publish("q", "m")
    const message = stage.get("q")
    let isIdle = false
    message.settle("rejected")
    const idle = stage.broker.whenIdle().then(() => {
      isIdle = true
    })
    expect(isIdle).toBe(false)
    stage.endTurn()
    await idle
    expect(stage.ready("dead")).toEqual(["m"])
  })
})

describe("where a dead letter goes", () => {
  it("is found at its death: the exchange may be declared later, and until then it is dropped", () => {
    stage.declare("dead")
    stage.declare("q", { "x-dead-letter-exchange": "late" })
    stage.publish("q", "1")
    stage.get("q").settle("rejected")
    stage.endTurn()
    const late = { name: "late", durable: false, autoDelete: false, internal: true, arguments: NO_ARGUMENTS } as const
    stage.access.declareExchange({ ...late, type: "direct" })
    bind("late", "dead", "q")
    stage.publish("q", "2")
    stage.get("q").settle("rejected")
    stage.endTurn()
    expect(stage.ready("dead")).toEqual(["2"])
    expect(stage.broker.heldBytes).toBeGreaterThan(0)
  })

  it("is by the keys of its publisher, of which BCC stays secret", () => {
    for (const key of ["cc", "bcc"]) {
      stage.declare(`by-${key}`)
      bind("amq.direct", `by-${key}`, key)
    }
    stage.declare("q", { "x-dead-letter-exchange": "amq.direct" })
    // headers: CC = ["cc"], as it is kept; BCC is not.
    const head = Buffer.from("20000000000f02434341000000075300000002", "hex")
    const { message } = publishedAmqp091(Buffer.concat([head, Buffer.from("cc")]), Buffer.from("m"), 0)
    const draft = Object.assign(message, { routingKey: "q", moreKeys: ["cc", "bcc"] })
    stage.access.publish(draft)
    stage.get("q").settle("rejected")
    stage.endTurn()
    const letter = taken("by-bcc").message
    expect(letter).toMatchObject({ routingKey: "q", moreKeys: ["cc", "bcc"], exchange: "amq.direct" })
    expect(letter.deaths?.deaths[0]?.routingKeys).toEqual(["q", "cc"])
    expect(stage.ready("by-cc")).toEqual(["m"])
  })

  it("is by its queue's own key alone where there is one", () => {
    for (const key of ["own", "cc"]) {
      stage.declare(`by-${key}`)
      bind("amq.direct", `by-${key}`, key)
    }
    stage.declare("q", { "x-dead-letter-exchange": "amq.direct", "x-dead-letter-routing-key": "own" })
    const message = createMessage("amqp10", 0)
    stage.access.publish(Object.assign(message, { routingKey: "q", moreKeys: ["cc"] }))
    stage.get("q").settle("rejected")
    stage.endTurn()
    expect(stage.ready("by-cc")).toEqual([])
    const letter = taken("by-own").message
    expect([letter.routingKey, letter.moreKeys]).toEqual(["own", undefined])
    expect(letter.deaths?.deaths[0]?.routingKeys).toEqual(["q", "cc"])
  })

  it.each([
    ["keeps", {}, { topic: "a/b.c", routingKey: "a.b.c" }],
    [
      "has a new one by the key of its queue instead of",
      { "x-dead-letter-routing-key": "n" },
      { topic: undefined, routingKey: "n" },
    ],
  ])("%s the exact topic that an MQTT client published it to", (_, more, expected) => {
    stage.declare("q", { "x-dead-letter-exchange": "amq.fanout", ...more })
    stage.declare("dead")
    bind("amq.topic", "q", "#")
    bind("amq.fanout", "dead", "")
    stage.access.publish(publishedToTopic("a/b.c", "m", { routingKey: "a.b.c", publisher: stage.access.connection }))
    stage.get("q").settle("rejected")
    stage.endTurn()
    expect(taken("dead").message).toMatchObject({ ...expected, exchange: "amq.fanout", publisher: undefined })
  })

  it("must be writable for whoever declares the queue", () => {
    stage.broker.users.set({
      name: "app",
      tags: [],
      credential: { kind: "password", password: "x" },
      loopbackOnly: true,
    })
    stage.broker.users.permit("app", "/", { configure: ".*", read: ".*", write: "mine" })
    const connection = stage.broker.connect(new SilentSession(), LOOPBACK, "test")
    const app = stage.broker.access(connection, { name: "app", tags: [] }, "/")
    const settings = { name: "q", durable: false, exclusive: false, autoDelete: false }
    const declare = (exchange: string) =>
      app.declareQueue({ ...settings, arguments: new Map([["x-dead-letter-exchange", exchange]]) })
    expect(() => declare("theirs")).toThrow("write access to exchange 'theirs' in vhost '/' refused for user 'app'")
    expect(declare("mine").name).toBe("q")
  })
})

describe("dead letters that go round", () => {
  it("are dropped where nobody but the broker keeps them going, and that is said once", () => {
    stage.declare("a", to("b", { "x-message-ttl": 10 }))
    stage.declare("b", to("a", { "x-message-ttl": 10 }))
    for (const body of ["1", "2"]) stage.publish("a", body)
    for (let step = 0; step < 4; step++) stage.pass(10)
    expect([stage.ready("a"), stage.ready("b")]).toEqual([[], []])
    expect(stage.broker.counters.deadLettered).toBe(4)
    expect(log.of("dead-letter-cycle").map(({ fields }) => fields)).toEqual([{ queue: "b", queues: "b, a" }])
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("go on while a consumer rejects them, and are counted", () => {
    stage.declare("work", to("wait"))
    stage.declare("wait", to("work", { "x-message-ttl": 10 }))
    stage.publish("work", "m")
    for (let attempt = 1; attempt <= 3; attempt++) {
      stage.get("work").settle("rejected")
      stage.endTurn()
      stage.pass(10)
    }
    const { message, redelivered } = taken("work")
    expect(message.deaths?.deaths.map(({ queue, reason, count }) => [queue, reason, count])).toEqual([
      ["wait", "expired", 3],
      ["work", "rejected", 3],
    ])
    expect(message.deaths?.first).toEqual({ queue: "work", reason: "rejected", exchange: "" })
    expect(redelivered).toBe(true)
  })

  it("still reach the queues of a route that they have not died in", () => {
    stage.declare("q", { "x-dead-letter-exchange": "amq.fanout", "x-message-ttl": 10 })
    stage.declare("new")
    for (const name of ["q", "new"]) bind("amq.fanout", name, "")
    stage.publish("q", "m")
    stage.pass(10)
    expect([stage.ready("q"), stage.ready("new")]).toEqual([[], ["m"]])
  })
})

describe("many dead letters", () => {
  it("pass through a long chain of queues without growing the stack", () => {
    const depth = 2000
    for (let at = 0; at < depth; at++) stage.declare(`q${at}`, to(`q${at + 1}`, { "x-max-length": 0 }))
    stage.declare(`q${depth}`)
    stage.publish("q0", "m")
    stage.endTurn()
    const { message } = taken(`q${depth}`)
    expect(message.deaths?.deaths).toHaveLength(depth)
    expect(message.deaths?.first.queue).toBe("q0")
  })

  it("that beget others take turns with the other work of a turn", () => {
    const names = ["a", "b", "c", "d", "e", "f"]
    for (const name of names) {
      stage.declare(name, { "x-dead-letter-exchange": "amq.fanout", "x-max-length": 0 })
      bind("amq.fanout", name, "")
    }
    stage.publish("a", "m")
    const perRound: number[] = []
    const watch = {
      runAtTurnEnd() {
        perRound.push(stage.broker.counters.deadLettered - perRound.reduce((sum, count) => sum + count, 0))
        if (perRound.at(-1) !== 0) stage.turn.defer(watch)
      },
    }
    stage.turn.defer(watch)
    stage.endTurn()
    // Every order in which some of the other five queues can be visited, and the first death.
    const paths = 1 + 5 + 5 * 4 + 5 * 4 * 3 + 5 * 4 * 3 * 2 + 5 * 4 * 3 * 2
    expect(stage.broker.counters.deadLettered).toBe(paths)
    expect(Math.max(...perRound)).toBeLessThanOrEqual(128)
    expect(stage.broker.heldBytes).toBe(0)
  })
})

describe("a durable dead letter", () => {
  it("is stored before its message is settled where it died, also when that queue is deleted meanwhile", async () => {
    const turn = manualTurn()
    const store = new MemoryStore(turn)
    const operations: string[] = []
    const { append, settle, drop } = store
    store.append = (message, logs) => {
      operations.push(`append ${logs.join()}`)
      return append.call(store, message, logs)
    }
    store.settle = (of, from, until) => {
      operations.push(`settle ${of} ${from}-${until}`)
      return settle.call(store, of, from, until)
    }
    store.drop = (of) => {
      operations.push(`drop ${of}`)
      return drop.call(store, of)
    }
    const broker = createBrokerCore({ turn, store })
    await broker.open()
    const access = broker.access(
      broker.connect(new SilentSession(), LOOPBACK, "test"),
      { name: "guest", tags: [] },
      "/",
    )
    const durable = { durable: true, exclusive: false, autoDelete: false }
    access.declareQueue({ name: "dead", ...durable, arguments: NO_ARGUMENTS })
    access.declareQueue({ name: "q", ...durable, arguments: new Map(Object.entries(to("dead"))) })
    for (const body of ["1", "2"]) {
      const message = Object.assign(createMessage("amqp10", 0), { routingKey: "q", durable: true })
      access.publish(Object.assign(message, { body: Buffer.from(body), bodyEnd: 1 }))
    }
    const reject = () => {
      const found = access.get("q", false)
      found?.holder.settle(found.entry, "rejected")
    }
    reject()
    turn.endTurn()
    reject()
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    turn.endTurn()
    expect(operations).toEqual(["append 2", "append 2", "append 1", "settle 2 0-0", "append 1", "drop 2"])
  })
})
