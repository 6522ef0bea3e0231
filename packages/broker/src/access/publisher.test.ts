import {
  LOOPBACK,
  manualTurn,
  publishedMessage,
  publishedToTopic,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { ExchangeType } from "../api/topology.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"

let broker: BrokerCore
let access: Access

beforeEach(() => {
  broker = createBrokerCore({ turn: manualTurn() })
  access = broker.access(broker.connect(new SilentSession(), LOOPBACK, "test"), { name: "guest", tags: [] }, "/")
})

function exchange(name: string, type: ExchangeType, more: { alternate?: string; autoDelete?: boolean } = {}): void {
  const { alternate, autoDelete = false } = more
  const exchangeArguments = alternate === undefined ? NO_ARGUMENTS : new Map([["alternate-exchange", alternate]])
  access.declareExchange({ name, type, durable: false, autoDelete, internal: false, arguments: exchangeArguments })
}

function queue(name: string): void {
  access.declareQueue({ name, durable: false, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
}

function bindQueue(source: string, name: string, key: string): void {
  if (!hasQueue(name)) queue(name)
  access.bind({ source, destination: { kind: "queue", name }, key, arguments: NO_ARGUMENTS })
}

function bindExchange(source: string, name: string, key: string): void {
  access.bind({ source, destination: { kind: "exchange", name }, key, arguments: NO_ARGUMENTS })
}

function hasQueue(name: string): boolean {
  try {
    access.checkQueue(name)
    return true
  } catch {
    return false
  }
}

function send(exchangeName: string, routingKey: string, moreKeys?: readonly string[]): string {
  return access.publish(publishedMessage("m", { exchange: exchangeName, routingKey, moreKeys })).result
}

/** Messages in each queue. */
function counts(...names: string[]): number[] {
  return names.map((name) => access.checkQueue(name).messages)
}

describe("publishing", () => {
  it("leads through the default exchange to the queue of that name", () => {
    queue("q")
    expect(send("", "q")).toBe("routed")
    expect(send("", "none")).toBe("unroutable")
    expect(counts("q")).toEqual([1])
  })

  it("leads through a direct exchange by equal keys", () => {
    bindQueue("amq.direct", "q", "k")
    expect(send("amq.direct", "k")).toBe("routed")
    expect(send("amq.direct", "other")).toBe("unroutable")
  })

  it("leads through a fanout exchange to everything bound", () => {
    bindQueue("amq.fanout", "a", "x")
    bindQueue("amq.fanout", "b", "")
    send("amq.fanout", "whatever")
    expect(counts("a", "b")).toEqual([1, 1])
  })

  it("gives a queue one copy, however many bindings and keys lead there", () => {
    bindQueue("amq.topic", "q", "a.#")
    bindQueue("amq.topic", "q", "*.b")
    bindQueue("amq.topic", "q", "c")
    send("amq.topic", "a.b", ["c", "a.x"])
    expect(counts("q")).toEqual([1])
  })

  it("uses the further keys of CC and BCC on the default exchange too", () => {
    queue("a")
    queue("b")
    send("", "a", ["b", "b", "none"])
    expect(counts("a", "b")).toEqual([1, 1])
  })

  it("follows bindings between exchanges, round trips once", () => {
    exchange("x", "fanout")
    exchange("y", "direct")
    bindExchange("x", "y", "")
    bindExchange("y", "x", "k")
    bindQueue("x", "a", "")
    bindQueue("y", "b", "k")
    send("x", "k")
    expect(counts("a", "b")).toEqual([1, 1])
  })

  it("notices changes further down the way", () => {
    exchange("x", "fanout")
    exchange("y", "fanout")
    bindExchange("x", "y", "")
    expect(send("x", "k")).toBe("unroutable")
    bindQueue("y", "q", "")
    expect(send("x", "k")).toBe("routed")
    access.unbind({ source: "y", destination: { kind: "queue", name: "q" }, key: "", arguments: NO_ARGUMENTS })
    expect(send("x", "k")).toBe("unroutable")
    bindQueue("y", "q", "")
    expect(send("x", "k")).toBe("routed")
    access.deleteExchange("y", { ifUnused: false })
    expect(send("x", "k")).toBe("unroutable")
  })

  it("takes the alternate exchange when nothing else matches, and notices when it comes and goes", () => {
    exchange("x", "direct", { alternate: "rest" })
    bindQueue("x", "q", "k")
    expect(send("x", "other")).toBe("unroutable")
    exchange("rest", "fanout")
    bindQueue("rest", "r", "")
    expect(send("x", "other")).toBe("routed")
    send("x", "k")
    expect(counts("q", "r")).toEqual([1, 1])
    access.deleteExchange("rest", { ifUnused: false })
    expect(send("x", "other")).toBe("unroutable")
  })

  it("does not keep routes of exchanges that decide by headers", () => {
    exchange("x", "fanout")
    bindExchange("x", "amq.headers", "")
    bindQueue("amq.headers", "q", "")
    expect(send("x", "k")).toBe("routed")
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    expect(send("x", "k")).toBe("unroutable")
  })

  it("keeps apart topics that become the same key", () => {
    const { session } = access.openSession({
      clientId: "c",
      cleanStart: true,
      expirySeconds: 0,
      consumer: new RecordingConsumer(),
    })
    const options = {
      qos: 0,
      noLocal: false,
      retainAsPublished: false,
      retainHandling: 0,
      identifier: undefined,
    } as const
    session.subscribe("a.b/c", options)
    expect(access.publish(publishedToTopic("a.b/c", "1")).result).toBe("routed")
    expect(access.publish(publishedToTopic("a/b/c", "2")).result).toBe("unroutable")
    expect(access.publish(publishedToTopic("a.b/c", "3")).result).toBe("routed")
  })

  it("deletes an auto-delete exchange with its last binding", () => {
    exchange("x", "fanout", { autoDelete: true })
    bindQueue("x", "q", "")
    access.deleteQueue("q", { ifUnused: false, ifEmpty: false })
    expect(() => send("x", "")).toThrow("no exchange 'x' in vhost '/'")
  })

  it("leads by keys of any number of words", () => {
    queue("q")
    bindQueue("amq.topic", "q", "l.#.end")
    const routingKey = `${"l.".repeat(30_000)}end`
    expect(access.publish(publishedMessage("", { exchange: "amq.topic", routingKey })).result).toBe("routed")
  })

  it("refuses an exchange that is not there or not for clients", () => {
    expect(() => send("none", "k")).toThrow("no exchange 'none' in vhost '/'")
    access.declareExchange({
      name: "inner",
      type: "fanout",
      durable: false,
      autoDelete: false,
      internal: true,
      arguments: NO_ARGUMENTS,
    })
    expect(() => send("inner", "k")).toThrow("cannot publish to internal exchange 'inner' in vhost '/'")
  })

  it("acknowledges a durable message for durable queues by a ticket, others at once", () => {
    access.declareQueue({ name: "d", durable: true, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
    queue("t")
    const publish = (routingKey: string, durable: boolean | undefined) =>
      access.publish(publishedMessage("m", { routingKey, durable })).waitFor
    expect(publish("d", true)).toBeGreaterThan(0)
    expect(publish("d", undefined)).toBe(0)
    expect(publish("t", true)).toBe(0)
    expect(publish("none", true)).toBe(0)
  })
})

describe("the holders of a message", () => {
  it("are counted before the first delivery, so that a conversion is kept only for several", () => {
    const seen: number[] = []
    const consumer = new RecordingConsumer({ settlesOnDelivery: true })
    consumer.deliver = (_holder, { message }) => void seen.push(message.holders)
    queue("a")
    access.consume("a", consumer, NO_ARGUMENTS)
    send("", "a")
    expect(seen).toEqual([1])
    bindQueue("amq.fanout", "a", "")
    bindQueue("amq.fanout", "b", "")
    send("amq.fanout", "")
    expect(seen).toEqual([1, 2])
  })

  it("do not lose count of a queue that is deleted while the message is on its way", () => {
    const turn = manualTurn()
    broker = createBrokerCore({ turn })
    access = broker.access(broker.connect(new SilentSession(), LOOPBACK, "test"), { name: "guest", tags: [] }, "/")
    bindQueue("amq.fanout", "a", "")
    bindQueue("amq.fanout", "b", "")
    const consumer = new RecordingConsumer({ settlesOnDelivery: true })
    consumer.deliver = () => void access.deleteQueue("b", { ifUnused: false, ifEmpty: false })
    access.consume("a", consumer, NO_ARGUMENTS)
    const message = publishedMessage("m", { exchange: "amq.fanout" })
    access.publish(message)
    turn.endTurn()
    expect([message.holders, broker.heldBytes]).toEqual([0, 0])
  })
})

describe("a default-exchange key that reads as an address", () => {
  it.each([
    ["/queue/q 1", "q 1"],
    ["/queues/q%201", "q 1"],
    ["/amq/queue/q 1", "q 1"],
    ["/topic/a.b", "t"],
    ["/exchange/amq.direct/k/1", "d"],
    ["/exchanges/amq.direct/k%2F1", "d"],
  ])("%j leads to queue %j", (address, name) => {
    queue("q 1")
    bindQueue("amq.topic", "t", "a.*")
    bindQueue("amq.direct", "d", "k/1")
    expect(send("", address)).toBe("routed")
    expect(counts(name)).toEqual([1])
  })

  it("names the exchange and key to consumers", () => {
    bindQueue("amq.topic", "t", "a.b")
    send("", "/topic/a.b")
    const message = access.get("t", true)?.entry.message
    expect([message?.exchange, message?.routingKey]).toEqual(["amq.topic", "a.b"])
  })

  it.each([
    "/queues/%",
    "/queues/none",
    "/exchanges/none/k",
    "/exchanges//k",
    "/exchanges/a/b/c",
    "/constructor/x",
    "/",
    "//",
  ])("%j leads nowhere and is left as it is", (address) => {
    const message = publishedMessage("m", { routingKey: address })
    expect(access.publish(message).result).toBe("unroutable")
    expect([message.exchange, message.routingKey]).toEqual(["", address])
  })

  it("prefers a queue that really has this name", () => {
    queue("/queue/q")
    queue("q")
    send("", "/queue/q")
    expect(counts("/queue/q", "q")).toEqual([1, 0])
  })
})
