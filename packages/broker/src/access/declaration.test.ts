import { publishedMessage, RecordingConsumer, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { type Argument, NO_ARGUMENTS } from "../api/arguments.ts"
import type { QueueSettings } from "../api/topology.ts"
import { codeOf, exchange, queue } from "../testing/declarations.ts"
import { QueueStage } from "../testing/queue-stage.ts"

let access: Access

beforeEach(() => {
  access = new QueueStage({ randomId: () => "random" }).access
})

function withArguments(queueArguments: Readonly<Record<string, Argument>>): QueueSettings {
  return queue("q", { arguments: new Map(Object.entries(queueArguments)) })
}

describe("declaring a queue", () => {
  it("answers with the counts of what is there", () => {
    access.declareQueue(queue("q"))
    access.publish(publishedMessage("1", { routingKey: "q" }))
    expect(access.declareQueue(queue("q"))).toEqual({ name: "q", messages: 1, consumers: 0 })
    access.consume("q", new RecordingConsumer(), NO_ARGUMENTS)
    expect(access.checkQueue("q")).toEqual({ name: "q", messages: 0, consumers: 1 })
  })

  it("makes up a name when there is none", () => {
    expect(access.declareQueue(queue("")).name).toBe("amq.gen-random")
    expect(access.declareQueue(queue("amq.gen-random")).name).toBe("amq.gen-random")
  })

  it("refuses other settings than the first ones", () => {
    access.declareQueue(withArguments({ "x-message-ttl": 1000, "x-unknown": "a" }))
    const again = (more: Partial<QueueSettings>) =>
      refusal(() => access.declareQueue({ ...withArguments({ "x-message-ttl": 1000 }), ...more }))
    expect(again({ durable: true })).toBe(
      "PRECONDITION_FAILED: inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'",
    )
    expect(again({ autoDelete: true })).toContain("inequivalent arg 'auto_delete'")
    expect(again({ arguments: NO_ARGUMENTS })).toBe(
      "PRECONDITION_FAILED: inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received none but current is '1000'",
    )
    expect(again({ arguments: new Map([["x-message-ttl", 1000n]]) })).toBe("allowed")
    expect(
      again({
        arguments: new Map<string, Argument>([
          ["x-message-ttl", 1000],
          ["x-queue-type", "classic"],
        ]),
      }),
    ).toBe("allowed")
  })

  it.each([
    [
      { "x-message-ttl": -1 },
      "PRECONDITION_FAILED: invalid arg 'x-message-ttl' for queue 'q' in vhost '/': received '-1' but expected a non-negative integer",
    ],
    [
      { "x-message-ttl": "1000" },
      "PRECONDITION_FAILED: invalid arg 'x-message-ttl' for queue 'q' in vhost '/': received '1000' but expected a non-negative integer",
    ],
    [
      { "x-queue-type": "odd" },
      "PRECONDITION_FAILED: invalid arg 'x-queue-type' for queue 'q' in vhost '/': received 'odd' but expected one of classic, quorum, stream",
    ],
    [
      { "x-queue-type": "stream" },
      "NOT_IMPLEMENTED: argument 'x-queue-type' with value 'stream' for queue 'q' in vhost '/' is not implemented",
    ],
    [
      { "x-dead-letter-routing-key": "k" },
      "PRECONDITION_FAILED: invalid arg 'x-dead-letter-routing-key' for queue 'q' in vhost '/': routing_key_but_no_dlx_defined",
    ],
    [{ "x-dead-letter-routing-key": "k", "x-dead-letter-exchange": "" }, "allowed"],
    [
      { "x-dead-letter-strategy": "at-most-once" },
      "PRECONDITION_FAILED: invalid arg 'x-dead-letter-strategy' for queue 'q' in vhost '/' of queue type rabbit_classic_queue",
    ],
    [
      { "x-dead-letter-exchange": 1 },
      "PRECONDITION_FAILED: invalid arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received '1' but expected text",
    ],
    [
      { "x-max-length": -1 },
      "PRECONDITION_FAILED: invalid arg 'x-max-length' for queue 'q' in vhost '/': received '-1' but expected a non-negative integer",
    ],
    [
      { "x-expires": 0 },
      "PRECONDITION_FAILED: invalid arg 'x-expires' for queue 'q' in vhost '/': received '0' but expected a positive integer",
    ],
    [
      { "x-delivery-limit": 5 },
      "PRECONDITION_FAILED: invalid arg 'x-delivery-limit' for queue 'q' in vhost '/' of queue type rabbit_classic_queue",
    ],
    [
      { "x-max-priority": 256 },
      "PRECONDITION_FAILED: invalid arg 'x-max-priority' for queue 'q' in vhost '/': received '256' but expected an integer from 0 to 255",
    ],
    [
      { "x-max-priority": 5, "x-queue-type": "quorum" },
      "PRECONDITION_FAILED: invalid arg 'x-max-priority' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue",
    ],
    [
      { "x-single-active-consumer": 1 },
      "PRECONDITION_FAILED: invalid arg 'x-single-active-consumer' for queue 'q' in vhost '/': received '1' but expected a boolean",
    ],
    [
      { "x-overflow": "odd" },
      "PRECONDITION_FAILED: invalid arg 'x-overflow' for queue 'q' in vhost '/': received 'odd' but expected one of drop-head, reject-publish, reject-publish-dlx",
    ],
    [
      { "x-max-age": "1h" },
      "PRECONDITION_FAILED: invalid arg 'x-max-age' for queue 'q' in vhost '/' of queue type rabbit_classic_queue",
    ],
    [
      { "x-max-age": "1h", "x-queue-type": "quorum" },
      "PRECONDITION_FAILED: invalid arg 'x-max-age' for queue 'q' in vhost '/' of queue type rabbit_quorum_queue",
    ],
    [
      { "x-max-age": "1h", "x-queue-type": "stream" },
      "NOT_IMPLEMENTED: argument 'x-max-age' with value '1h' for queue 'q' in vhost '/' is not implemented",
    ],
    [
      { "x-queue-type": "stream", "x-max-length": -1 },
      "PRECONDITION_FAILED: invalid arg 'x-max-length' for queue 'q' in vhost '/': received '-1' but expected a non-negative integer",
    ],
    [{ "x-queue-type": "quorum" }, "PRECONDITION_FAILED: invalid property 'non-durable' for queue 'q' in vhost '/'"],
    [{ "x-queue-mode": "lazy", "x-queue-version": 2, "x-made-up": 1.5, toString: true }, "allowed"],
  ])("with arguments %j is answered %j", (queueArguments, expected) => {
    expect(refusal(() => access.declareQueue(withArguments(queueArguments)))).toBe(expected)
  })

  it.each([
    ["non-durable", queue("q")],
    ["exclusive", queue("q", { durable: true, exclusive: true })],
    ["server-named", queue("", { durable: true })],
  ])("refuses a quorum queue that is %s", (property, settings) => {
    const quorum = { ...settings, arguments: new Map([["x-queue-type", "quorum"]]) }
    expect(refusal(() => access.declareQueue(quorum))).toContain(`PRECONDITION_FAILED: invalid property '${property}'`)
  })

  it.each<[string, Argument, Argument]>([
    ["x-max-length", 5, 6],
    ["x-max-length-bytes", 5, 6],
    ["x-overflow", "drop-head", "reject-publish"],
    ["x-dead-letter-exchange", "a", "b"],
    ["x-expires", 1000, 2000],
    ["x-max-priority", 5, 6],
    ["x-single-active-consumer", true, false],
  ])("must be repeated with the same %s", (name, value, other) => {
    access.declareQueue(withArguments({ [name]: value }))
    const again = (more: Readonly<Record<string, Argument>>) => refusal(() => access.declareQueue(withArguments(more)))
    expect(again({ [name]: value })).toBe("allowed")
    expect(again({ [name]: other })).toBe(
      `PRECONDITION_FAILED: inequivalent arg '${name}' for queue 'q' in vhost '/': received '${other}' but current is '${value}'`,
    )
    expect(again({})).toContain(`received none but current is '${value}'`)
  })

  it("may be repeated with the arguments that have no effect changed", () => {
    access.declareQueue(withArguments({ "x-queue-mode": "lazy", "x-made-up": 1 }))
    expect(refusal(() => access.declareQueue(withArguments({ "x-queue-version": 2 })))).toBe("allowed")
  })

  it.each(["x-delayed-retry-min", "x-consumer-timeout"])("says that %s is not implemented", (name) => {
    expect(codeOf(() => access.declareQueue(withArguments({ [name]: 1 })))).toBe("NOT_IMPLEMENTED")
  })
})

describe("declaring an exchange", () => {
  it("refuses other settings than the first ones", () => {
    access.declareExchange(exchange("x"))
    expect(refusal(() => access.declareExchange(exchange("x", { type: "topic" })))).toBe(
      "PRECONDITION_FAILED: inequivalent arg 'type' for exchange 'x' in vhost '/': received 'topic' but current is 'direct'",
    )
    expect(refusal(() => access.declareExchange(exchange("x")))).toBe("allowed")
  })

  it("leaves the broker's names to the broker", () => {
    const reserved = "ACCESS_REFUSED: exchange name 'amq.mine' contains reserved prefix 'amq.*'"
    expect(refusal(() => access.declareExchange(exchange("amq.mine")))).toBe(reserved)
    expect(refusal(() => access.declareExchange(exchange("amq.direct", { durable: true })))).toBe("allowed")
    expect(codeOf(() => access.deleteExchange("amq.direct", { ifUnused: false }))).toBe("ACCESS_REFUSED")
    expect(refusal(() => access.declareQueue(queue("amq.mine")))).toBe(
      "ACCESS_REFUSED: queue name 'amq.mine' contains reserved prefix 'amq.*'",
    )
    const def = "ACCESS_REFUSED: operation not permitted on the default exchange"
    expect(refusal(() => access.declareExchange(exchange("")))).toBe(def)
    expect(refusal(() => access.deleteExchange("", { ifUnused: false }))).toBe(def)
    expect(refusal(() => access.checkExchange(""))).toBe(def)
  })

  it("has the pre-declared ones", () => {
    for (const name of ["amq.direct", "amq.fanout", "amq.topic", "amq.headers", "amq.match"]) {
      expect(refusal(() => access.checkExchange(name))).toBe("allowed")
    }
    expect(refusal(() => access.checkExchange("x"))).toBe("NOT_FOUND: no exchange 'x' in vhost '/'")
  })

  it("refuses to delete one that is in use when asked to look", () => {
    access.declareExchange(exchange("x"))
    access.declareQueue(queue("q"))
    const binding = {
      source: "x",
      destination: { kind: "queue", name: "q" },
      key: "",
      arguments: NO_ARGUMENTS,
    } as const
    access.bind(binding)
    expect(refusal(() => access.deleteExchange("x", { ifUnused: true }))).toBe(
      "PRECONDITION_FAILED: exchange 'x' in vhost '/' in use",
    )
    access.unbind(binding)
    expect(refusal(() => access.deleteExchange("x", { ifUnused: true }))).toBe("allowed")
    expect(refusal(() => access.deleteExchange("x", { ifUnused: true }))).toBe("allowed")
  })
})
