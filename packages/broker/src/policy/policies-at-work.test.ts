import { publishedMessage } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { ExchangeSettings } from "../api/topology.ts"
import { type Declared, QueueStage } from "../testing/queue-stage.ts"

let stage: QueueStage

beforeEach(() => {
  stage = new QueueStage()
})

const QUORUM = { "x-queue-type": "quorum" }

/** A definition that sends dead letters through the default exchange to a queue. */
function to(queue: string, more: Declared = {}): Declared {
  return { "dead-letter-exchange": "", "dead-letter-routing-key": queue, ...more }
}

function publishAll(queue: string, ...bodies: readonly string[]): string[] {
  return bodies.map((body) => stage.publish(queue, body))
}

function isThere(queue: string): boolean {
  return stage.publish(queue, "x") === "routed"
}

describe("a queue under a policy", () => {
  it("loses at once what exceeds the policy's length, to the dead-letter exchange of that policy", () => {
    stage.declare("dead")
    stage.declare("q")
    publishAll("q", "1", "2", "3", "4")
    stage.setPolicy("q", to("dead", { "max-length": 2 }))
    stage.endTurn()
    expect([stage.ready("q"), stage.ready("dead")]).toEqual([
      ["3", "4"],
      ["1", "2"],
    ])
    expect(stage.access.get("dead", true)?.entry.message.deaths?.last.reason).toBe("maxlen")
  })

  it("counts the bytes that were there before the policy", () => {
    stage.declare("q")
    publishAll("q", "aaaa", "bbbb")
    stage.setPolicy("q", { "max-length-bytes": 10 })
    publishAll("q", "cccc")
    expect(stage.ready("q")).toEqual(["bbbb", "cccc"])
  })

  it("keeps what it has, and refuses more, when the policy asks for that", () => {
    stage.declare("q")
    publishAll("q", "1", "2", "3")
    stage.setPolicy("q", { "max-length": 2, overflow: "reject-publish" })
    expect(publishAll("q", "4")).toEqual(["refused"])
    expect(stage.ready("q")).toEqual(["1", "2", "3"])
    stage.setPolicy("q", { "max-length": 4, overflow: "reject-publish" })
    expect(publishAll("q", "5", "6")).toEqual(["routed", "refused"])
  })

  it("may be of any length again when the policy is gone", () => {
    stage.setPolicy("q", { "max-length": 1 })
    stage.declare("q")
    publishAll("q", "1", "2")
    stage.clearPolicy("q")
    publishAll("q", "3", "4")
    expect(stage.ready("q")).toEqual(["2", "3", "4"])
  })

  it("gives a time to live to what comes from then on", () => {
    stage.declare("q")
    publishAll("q", "before")
    stage.setPolicy("q", { "message-ttl": 100 })
    publishAll("q", "after")
    stage.pass(100)
    expect(stage.ready("q")).toEqual(["before", "after"])
    stage.get("q").settle("accepted")
    expect(stage.ready("q")).toEqual([])
    stage.clearPolicy("q")
    publishAll("q", "later")
    stage.pass(1000)
    expect(stage.ready("q")).toEqual(["later"])
  })

  it("dead-letters what expires by itself after the policy came", () => {
    stage.declare("dead")
    stage.declare("q", { "x-message-ttl": 500 })
    publishAll("q", "1")
    stage.setPolicy("q", to("dead"))
    stage.pass(500)
    expect(stage.ready("dead")).toEqual(["1"])
  })

  it("is deleted when nobody uses it for as long as the policy says, from when it came", () => {
    stage.declare("q")
    stage.pass(1000)
    stage.setPolicy("q", { expires: 500 })
    stage.pass(400)
    expect(isThere("q")).toBe(true)
    stage.pass(100)
    expect(isThere("q")).toBe(false)
  })

  it("stays when such a policy goes in time", () => {
    stage.declare("q")
    stage.setPolicy("q", { expires: 500 })
    stage.pass(400)
    stage.clearPolicy("q")
    stage.pass(1000)
    expect(isThere("q")).toBe(true)
  })

  it("gives up messages by the policy's delivery limit", () => {
    stage.declare("dead")
    stage.declare("q", QUORUM)
    publishAll("q", "m")
    stage.setPolicy("q", to("dead", { "delivery-limit": 1 }))
    for (const _ of [1, 2]) {
      stage.get("q").settle("failed")
      stage.endTurn()
    }
    expect([stage.ready("q"), stage.ready("dead")]).toEqual([[], ["m"]])
  })

  it("sends dead letters where the policy of the moment says, or loses them", () => {
    for (const name of ["q", "dead", "other"]) stage.declare(name)
    const rejectOne = (body: string) => {
      stage.publish("q", body)
      stage.get("q").settle("rejected")
      stage.endTurn()
    }
    rejectOne("0")
    stage.setPolicy("q", to("dead"))
    rejectOne("1")
    stage.setPolicy("q", to("other"))
    rejectOne("2")
    stage.clearPolicy("q")
    rejectOne("3")
    stage.setPolicy("q", to("dead"))
    rejectOne("4")
    expect([stage.ready("dead"), stage.ready("other")]).toEqual([["1", "4"], ["2"]])
    expect(stage.broker.counters.deadLettered).toBe(3)
  })

  it("sends letters that are kept where the policy that comes next says, and lets them go when none comes", () => {
    const SURE = { "dead-letter-strategy": "at-least-once", overflow: "reject-publish" }
    stage.declare("q", QUORUM)
    stage.declare("dead")
    stage.setPolicy("q", to("nobody", SURE))
    publishAll("q", "1")
    stage.get("q").settle("rejected")
    stage.endTurn()
    stage.pass(1000)
    stage.setPolicy("q", to("dead", SURE))
    stage.pass(1000)
    expect(stage.ready("dead")).toEqual(["1"])
    stage.setPolicy("q", to("nobody", SURE))
    publishAll("q", "2")
    stage.get("q").settle("rejected")
    stage.endTurn()
    stage.clearPolicy("q")
    stage.setPolicy("q", to("dead", SURE))
    stage.pass(1000)
    expect(stage.ready("dead")).toEqual(["1"])
    stage.access.purgeQueue("dead")
    expect(stage.broker.heldBytes).toBe(0)
  })

  it("goes on delivering in order while policies come and go", () => {
    stage.declare("q")
    publishAll("q", "1", "2", "3")
    stage.setPolicy("q", { "max-length": 10 })
    const consumer = stage.consume("q", { credit: 2 })
    publishAll("q", "4")
    stage.clearPolicy("q")
    publishAll("q", "5")
    expect(consumer.bodies).toEqual(["1", "2"])
    expect(stage.ready("q")).toEqual(["3", "4", "5"])
  })
})

describe("what a requester of replies consumes", () => {
  it("is under no policy", () => {
    stage.setPolicy("all", { "max-length": 0, "message-ttl": 0 }, { pattern: "" })
    const requester = stage.consume("amq.rabbitmq.reply-to", { settlesOnDelivery: true, credit: 0 })
    stage.access.publish(publishedMessage("reply", { routingKey: requester.holder?.name ?? "" }))
    expect(stage.ready(requester.holder?.name ?? "")).toEqual(["reply"])
  })
})

describe("an exchange under a policy", () => {
  const SETTINGS: Omit<ExchangeSettings, "name"> = {
    type: "direct",
    durable: true,
    autoDelete: false,
    internal: false,
    arguments: NO_ARGUMENTS,
  }

  function bind(source: string, name: string): void {
    stage.access.bind({ source, destination: { kind: "queue", name }, key: "", arguments: NO_ARGUMENTS })
  }

  beforeEach(() => {
    for (const name of ["one", "two"]) {
      stage.declare(name)
      stage.access.declareExchange({ ...SETTINGS, name: `to-${name}`, type: "fanout" })
      bind(`to-${name}`, name)
    }
    stage.access.declareExchange({ ...SETTINGS, name: "x" })
  })

  const publish = (body: string) => stage.publish("nobody", body, { exchange: "x" })

  it("leads what matches nothing to the policy's alternate exchange, as it is at the moment", () => {
    expect(publish("0")).toBe("unroutable")
    stage.setPolicy("x", { "alternate-exchange": "to-one" })
    expect(publish("1")).toBe("routed")
    stage.setPolicy("x", { "alternate-exchange": "to-two" })
    expect(publish("2")).toBe("routed")
    stage.clearPolicy("x")
    expect(publish("3")).toBe("unroutable")
    expect([stage.ready("one"), stage.ready("two")]).toEqual([["1"], ["2"]])
  })

  it("is under a policy that was there before it, and forgets routes when that alternate exchange comes", () => {
    stage.setPolicy("y", { "alternate-exchange": "late" })
    stage.access.declareExchange({ ...SETTINGS, name: "y" })
    expect(stage.publish("nobody", "0", { exchange: "y" })).toBe("unroutable")
    stage.access.declareExchange({ ...SETTINGS, name: "late", type: "fanout" })
    bind("late", "one")
    expect(stage.publish("nobody", "1", { exchange: "y" })).toBe("routed")
    expect(stage.ready("one")).toEqual(["1"])
    stage.access.deleteExchange("y", { ifUnused: false })
  })

  it("keeps the alternate exchange that it was declared with", () => {
    stage.access.declareExchange({ ...SETTINGS, name: "own", arguments: new Map([["alternate-exchange", "to-one"]]) })
    stage.setPolicy("own", { "alternate-exchange": "to-two" })
    stage.publish("nobody", "1", { exchange: "own" })
    expect([stage.ready("one"), stage.ready("two")]).toEqual([["1"], []])
  })

  it("is not under a policy for queues", () => {
    stage.setPolicy("x", { "alternate-exchange": "to-one" }, { applyTo: "queues" })
    expect(publish("1")).toBe("unroutable")
  })

  it("loses nothing when two lead to one alternate and one of them stops", () => {
    stage.access.declareExchange({ ...SETTINGS, name: "xx" })
    stage.setPolicy("x", { "alternate-exchange": "late" })
    stage.setPolicy("xx", { "message-ttl": 1 }, { priority: 1 })
    stage.publish("nobody", "0", { exchange: "xx" })
    expect(publish("0")).toBe("unroutable")
    stage.access.declareExchange({ ...SETTINGS, name: "late", type: "fanout" })
    bind("late", "two")
    expect([publish("1"), stage.publish("nobody", "2", { exchange: "xx" })]).toEqual(["routed", "unroutable"])
  })
})
