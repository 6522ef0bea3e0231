import { manualTurn, publishedMessage, RecordingConsumer, SilentSession } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { type Argument, NO_ARGUMENTS } from "../api/arguments.ts"
import { BrokerError, type BrokerErrorCode } from "../api/errors.ts"
import type { ExchangeSettings, QueueSettings } from "../api/topology.ts"
import { type BrokerCore, createBrokerCore } from "../broker-core.ts"
import type { Permission } from "../users/permission.ts"

const LOCAL = { address: "127.0.0.1", port: 1, isLoopback: true }

let broker: BrokerCore
let access: Access

beforeEach(() => {
  broker = createBrokerCore({ turn: manualTurn(), randomId: () => "random" })
  access = accessOf("guest")
})

function accessOf(name: string): Access {
  return broker.access(broker.connect(new SilentSession(), LOCAL, "test"), { name, tags: [] }, "/")
}

function userWith(permission: Partial<Permission>): Access {
  broker.users.set({ name: "user", tags: [], credential: { kind: "none" }, loopbackOnly: false })
  broker.users.permit("user", "/", { configure: "", write: "", read: "", ...permission })
  return accessOf("user")
}

function queue(name: string, more: Partial<QueueSettings> = {}): QueueSettings {
  return { name, durable: false, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS, ...more }
}

function exchange(name: string, more: Partial<ExchangeSettings> = {}): ExchangeSettings {
  return {
    name,
    type: "direct",
    durable: false,
    autoDelete: false,
    internal: false,
    arguments: NO_ARGUMENTS,
    ...more,
  }
}

function withArguments(queueArguments: Readonly<Record<string, Argument>>): QueueSettings {
  return queue("q", { arguments: new Map(Object.entries(queueArguments)) })
}

/** What refuses the operation: "CODE: text". */
function refusal(operation: () => unknown): string {
  try {
    operation()
  } catch (error) {
    if (error instanceof BrokerError) return `${error.code}: ${error.message}`
    throw error
  }
  return "allowed"
}

function codeOf(operation: () => unknown): BrokerErrorCode | "allowed" {
  return refusal(operation).replace(/: .*/s, "") as BrokerErrorCode | "allowed"
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
      { "x-dead-letter-exchange": "x" },
      "NOT_IMPLEMENTED: argument 'x-dead-letter-exchange' with value 'x' for queue 'q' in vhost '/' is not implemented",
    ],
    [
      { "x-dead-letter-exchange": 1 },
      "PRECONDITION_FAILED: invalid arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received '1' but expected text",
    ],
    [{ "x-queue-type": "quorum" }, "PRECONDITION_FAILED: invalid property 'non-durable' for queue 'q' in vhost '/'"],
    [{ "x-queue-mode": "lazy", "x-queue-version": 2, "x-made-up": 1.5, toString: true }, "allowed"],
  ])("with arguments %j is answered %j", (queueArguments, expected) => {
    expect(refusal(() => access.declareQueue(withArguments(queueArguments)))).toBe(expected)
  })

  it.each(["x-max-length", "x-max-length-bytes", "x-max-priority", "x-expires", "x-delivery-limit"])(
    "says that %s is not implemented",
    (name) => {
      expect(codeOf(() => access.declareQueue(withArguments({ [name]: 1 })))).toBe("NOT_IMPLEMENTED")
    },
  )
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

describe("bindings", () => {
  it("are one when all their parts are equal", () => {
    access.declareQueue(queue("q"))
    const bind = (key: string, value: Argument) =>
      ({
        source: "amq.fanout",
        destination: { kind: "queue", name: "q" },
        key,
        arguments: new Map([["a", value]]),
      }) as const
    access.bind(bind("k", 1))
    access.bind(bind("k", 1n))
    access.bind(bind("k", 2))
    access.unbind(bind("k", 1))
    access.unbind(bind("other", 1))
    expect(access.publish(publishedMessage("", { exchange: "amq.fanout" })).result).toBe("routed")
    access.unbind(bind("k", 2))
    expect(access.publish(publishedMessage("", { exchange: "amq.fanout" })).result).toBe("unroutable")
  })

  it("need both ends", () => {
    access.declareQueue(queue("q"))
    const from = (source: string, name: string, kind: "queue" | "exchange") => () =>
      access.bind({ source, destination: { kind, name }, key: "", arguments: NO_ARGUMENTS })
    expect(refusal(from("none", "q", "queue"))).toBe("NOT_FOUND: no exchange 'none' in vhost '/'")
    expect(refusal(from("amq.fanout", "none", "queue"))).toBe("NOT_FOUND: no queue 'none' in vhost '/'")
    expect(refusal(from("amq.fanout", "none", "exchange"))).toBe("NOT_FOUND: no exchange 'none' in vhost '/'")
    expect(codeOf(from("", "q", "queue"))).toBe("ACCESS_REFUSED")
  })
})

describe("an exclusive queue", () => {
  it("is for its own connection only", () => {
    access.declareQueue(queue("q", { exclusive: true }))
    const other = accessOf("guest")
    const operations: readonly (() => unknown)[] = [
      () => other.checkQueue("q"),
      () => other.declareQueue(queue("q", { exclusive: true })),
      () => other.purgeQueue("q"),
      () => other.deleteQueue("q", { ifUnused: false, ifEmpty: false }),
      () => other.get("q", true),
      () => other.consume("q", new RecordingConsumer(), NO_ARGUMENTS),
      () =>
        other.bind({
          source: "amq.fanout",
          destination: { kind: "queue", name: "q" },
          key: "",
          arguments: NO_ARGUMENTS,
        }),
    ]
    for (const operation of operations) {
      expect(refusal(operation)).toMatch(
        /^RESOURCE_LOCKED: cannot obtain exclusive access to locked queue 'q' in vhost '\/'/,
      )
    }
    expect(codeOf(() => access.declareQueue(queue("q")))).toBe("RESOURCE_LOCKED")
    expect(other.publish(publishedMessage("", { routingKey: "q" })).result).toBe("routed")
  })

  it("ends with its connection", () => {
    access.declareQueue(queue("q", { exclusive: true }))
    const consumer = new RecordingConsumer()
    access.consume("q", consumer, NO_ARGUMENTS)
    access.close()
    access.close()
    expect(consumer.cancellations).toEqual(["holder-deleted"])
    expect(codeOf(() => accessOf("guest").checkQueue("q"))).toBe("NOT_FOUND")
  })
})

describe("consuming", () => {
  it("is refused beside an exclusive consumer, and exclusively beside others", () => {
    access.declareQueue(queue("q"))
    const alone = new RecordingConsumer({ exclusive: true })
    const holder = access.consume("q", alone, NO_ARGUMENTS)
    const consume = (exclusive: boolean) => () =>
      access.consume("q", new RecordingConsumer({ exclusive }), NO_ARGUMENTS)
    expect(refusal(consume(false))).toBe("ACCESS_REFUSED: queue 'q' in vhost '/' in exclusive use")
    holder.detach(alone)
    consume(false)()
    expect(codeOf(consume(true))).toBe("ACCESS_REFUSED")
  })

  it("refuses arguments that would have an effect elsewhere", () => {
    access.declareQueue(queue("q"))
    const consume = (name: string, value: Argument) => () =>
      access.consume("q", new RecordingConsumer(), new Map([[name, value]]))
    expect(codeOf(consume("x-priority", 1))).toBe("NOT_IMPLEMENTED")
    expect(codeOf(consume("x-priority", "1"))).toBe("PRECONDITION_FAILED")
    expect(codeOf(consume("x-made-up", "1"))).toBe("allowed")
  })

  it("deletes a queue only as it was asked to", () => {
    access.declareQueue(queue("q"))
    access.publish(publishedMessage("", { routingKey: "q" }))
    expect(refusal(() => access.deleteQueue("q", { ifUnused: true, ifEmpty: true }))).toBe(
      "PRECONDITION_FAILED: queue 'q' in vhost '/' is not empty",
    )
    access.consume("q", new RecordingConsumer({ credit: 0 }), NO_ARGUMENTS)
    expect(refusal(() => access.deleteQueue("q", { ifUnused: true, ifEmpty: false }))).toBe(
      "PRECONDITION_FAILED: queue 'q' in vhost '/' in use",
    )
    expect(access.deleteQueue("q", { ifUnused: false, ifEmpty: false })).toBe(1)
    expect(access.deleteQueue("q", { ifUnused: false, ifEmpty: false })).toBe(0)
  })
})

describe("direct reply-to", () => {
  it("gives the consumer an address of its own that everybody may publish to", () => {
    const consumer = new RecordingConsumer({ settlesOnDelivery: true })
    const holder = access.consume("amq.rabbitmq.reply-to", consumer, NO_ARGUMENTS)
    expect(holder.name).toBe("amq.rabbitmq.reply-to.random")
    const responder = accessOf("guest")
    expect(responder.checkQueue(holder.name).name).toBe(holder.name)
    responder.publish(publishedMessage("reply", { routingKey: holder.name }))
    expect(consumer.bodies).toEqual(["reply"])
    holder.detach(consumer)
    expect(responder.publish(publishedMessage("late", { routingKey: holder.name })).result).toBe("unroutable")
    expect(codeOf(() => responder.checkQueue(holder.name))).toBe("NOT_FOUND")
  })

  it("cannot be acknowledged", () => {
    expect(refusal(() => access.consume("amq.rabbitmq.reply-to", new RecordingConsumer(), NO_ARGUMENTS))).toBe(
      "PRECONDITION_FAILED: reply consumer cannot acknowledge",
    )
    expect(codeOf(() => access.checkQueue("amq.rabbitmq.reply-to"))).toBe("allowed")
  })

  it("ends with the connection", () => {
    const consumer = new RecordingConsumer({ settlesOnDelivery: true })
    const holder = access.consume("amq.rabbitmq.reply-to", consumer, NO_ARGUMENTS)
    access.close()
    expect(codeOf(() => accessOf("guest").checkQueue(holder.name))).toBe("NOT_FOUND")
  })
})

describe("rights", () => {
  const ALL: Permission = { configure: ".*", write: ".*", read: ".*" }
  type Operation = readonly [name: string, rights: Partial<Permission>, run: (as: Access) => unknown]

  const operations: readonly Operation[] = [
    ["declare a queue", { configure: "^q2$" }, (as) => as.declareQueue(queue("q2"))],
    ["delete a queue", { configure: "^q$" }, (as) => as.deleteQueue("q", { ifUnused: false, ifEmpty: false })],
    ["purge", { read: "^q$" }, (as) => as.purgeQueue("q")],
    ["get", { read: "^q$" }, (as) => as.get("q", true)],
    ["consume", { read: "^q$" }, (as) => as.consume("q", new RecordingConsumer(), NO_ARGUMENTS)],
    ["declare an exchange", { configure: "^x$" }, (as) => as.declareExchange(exchange("x"))],
    [
      "declare an exchange with an alternate",
      { configure: "^x$", read: "^x$", write: "^amq.fanout$" },
      (as) => as.declareExchange(exchange("x", { arguments: new Map([["alternate-exchange", "amq.fanout"]]) })),
    ],
    ["delete an exchange", { configure: "^none$" }, (as) => as.deleteExchange("none", { ifUnused: false })],
    [
      "bind",
      { write: "^q$", read: "^amq.fanout$" },
      (as) =>
        as.bind({ source: "amq.fanout", destination: { kind: "queue", name: "q" }, key: "", arguments: NO_ARGUMENTS }),
    ],
    ["publish", { write: "^amq.fanout$" }, (as) => as.publish(publishedMessage("", { exchange: "amq.fanout" }))],
    [
      "publish to the default exchange",
      { write: "^amq.default$" },
      (as) => as.publish(publishedMessage("", { routingKey: "q" })),
    ],
    [
      "publish to an address",
      { write: "^(amq.default|amq.fanout)$" },
      (as) => as.publish(publishedMessage("", { routingKey: "/exchange/amq.fanout/k" })),
    ],
    [
      "retain",
      { write: "^amq.topic$" },
      (as) => as.retain(publishedMessage("1", { exchange: "amq.topic", routingKey: "a" })),
    ],
  ]

  it.each(operations)("to %s are these and no others: %j", (_name, rights, run) => {
    access.declareQueue(queue("q"))
    for (const missing of Object.keys(rights)) {
      expect(codeOf(() => run(userWith({ ...ALL, [missing]: "^nothing$" })))).toBe("ACCESS_REFUSED")
    }
    expect(codeOf(() => run(userWith(rights)))).toBe("allowed")
  })

  it.each(["configure", "write", "read"])("to ask whether something exists are any, %s for one", (right) => {
    access.declareQueue(queue("q"))
    const ask = (as: Access) => {
      as.checkQueue("q")
      as.checkExchange("amq.fanout")
    }
    expect(codeOf(() => ask(userWith({})))).toBe("ACCESS_REFUSED")
    expect(codeOf(() => ask(userWith({ [right]: "^(q|amq.fanout)$" })))).toBe("allowed")
  })

  it("are those of the moment, also after they were used", () => {
    const user = userWith(ALL)
    const publish = () => user.publish(publishedMessage("", { exchange: "amq.fanout" }))
    expect(codeOf(publish)).toBe("allowed")
    expect(user.mayRead("a/#")).toBe(true)
    broker.users.permit("user", "/", { configure: "", write: "", read: "" })
    expect(refusal(publish)).toBe(
      "ACCESS_REFUSED: write access to exchange 'amq.fanout' in vhost '/' refused for user 'user'",
    )
    expect(user.mayRead("a/#")).toBe(false)
  })
})
