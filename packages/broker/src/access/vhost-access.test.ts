import { type ManualTurn, publishedMessage, RecordingConsumer, refusal } from "@polymq/testkit"
import { beforeEach, describe, expect, it } from "vitest"
import type { Access } from "../api/access.ts"
import { type Argument, NO_ARGUMENTS } from "../api/arguments.ts"
import type { BrokerCore } from "../broker-core.ts"
import { codeOf, exchange, queue } from "../testing/declarations.ts"
import { QueueStage } from "../testing/queue-stage.ts"
import type { Permission } from "../users/permission.ts"

let stage: QueueStage
let turn: ManualTurn
let broker: BrokerCore
let access: Access

beforeEach(() => {
  stage = new QueueStage({ randomId: () => "random" })
  turn = stage.turn
  broker = stage.broker
  access = stage.access
})

function userWith(permission: Partial<Permission>): Access {
  broker.users.set({ name: "user", tags: [], credential: { kind: "none" }, loopbackOnly: false })
  broker.users.permit("user", "/", { configure: "", write: "", read: "", ...permission })
  return stage.connected("user")
}

describe("a queue", () => {
  it("is described to everybody, also when it is another connection's", () => {
    const settings = queue("q", { durable: true, exclusive: true, arguments: new Map([["x-any", "thing"]]) })
    access.declareQueue(settings)
    access.publish(publishedMessage("", { routingKey: "q" }))
    expect(stage.connected().describeQueue("q")).toEqual({ settings, messages: 1, consumers: 0 })
    expect(codeOf(() => access.describeQueue("none"))).toBe("NOT_FOUND")
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

  it("are told of in the order of their making, those of one source and one destination", () => {
    access.declareQueue(queue("q"))
    access.declareExchange(exchange("q"))
    const bind = (source: string, kind: "queue" | "exchange", key: string, value?: Argument) =>
      access.bind({
        source,
        destination: { kind, name: "q" },
        key,
        arguments: value === undefined ? NO_ARGUMENTS : new Map([["a", value]]),
      })
    bind("amq.direct", "queue", "k", 1)
    bind("amq.fanout", "queue", "k")
    bind("amq.direct", "exchange", "e")
    bind("amq.direct", "queue", "j")
    const told = (kind: "queue" | "exchange", source = "amq.direct", name = "q") =>
      access.bindingsBetween(source, { kind, name }).map(({ key, arguments: given }) => [key, given.get("a")])
    expect(told("queue")).toEqual([
      ["k", 1],
      ["j", undefined],
    ])
    expect(told("exchange")).toEqual([["e", undefined]])
    expect(told("queue", "none")).toEqual([])
    expect(told("queue", "amq.direct", "none")).toEqual([])
    expect(codeOf(() => told("queue", ""))).toBe("ACCESS_REFUSED")
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
    const other = stage.connected()
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
    expect(codeOf(() => stage.connected().checkQueue("q"))).toBe("NOT_FOUND")
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
    expect(codeOf(consume("x-stream-offset", 1))).toBe("NOT_IMPLEMENTED")
    expect(codeOf(consume("x-priority", -1n))).toBe("allowed")
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
    const responder = stage.connected()
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
    expect(codeOf(() => stage.connected().checkQueue(holder.name))).toBe("NOT_FOUND")
  })
})

describe("a delivery", () => {
  it("that is amended comes back as what it was made, and what it was is forgotten", () => {
    access.declareQueue(queue("q"))
    const before = broker.heldBytes
    access.publish(publishedMessage("first", { routingKey: "q" }))
    const held = broker.heldBytes
    const consumer = new RecordingConsumer()
    const holder = access.consume("q", consumer, NO_ARGUMENTS)
    access.amend(consumer.entry(0), publishedMessage("other", { routingKey: "q" }))
    expect(broker.heldBytes).toBe(held)
    holder.settle(consumer.entry(0), "released")
    turn.endTurn()
    expect(consumer.bodies).toEqual(["other", "other"])
    holder.settle(consumer.entry(1), "accepted")
    expect(broker.heldBytes).toBe(before)
  })

  it("that is settled cannot be amended any more", () => {
    access.declareQueue(queue("q"))
    access.publish(publishedMessage("first", { routingKey: "q" }))
    const consumer = new RecordingConsumer()
    const holder = access.consume("q", consumer, NO_ARGUMENTS)
    holder.settle(consumer.entry(0), "accepted")
    const held = broker.heldBytes
    access.amend(consumer.entry(0), publishedMessage("late"))
    expect(consumer.bodies).toEqual(["first"])
    expect(broker.heldBytes).toBe(held)
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
    [
      "ask for bindings",
      { write: "^q$", read: "^amq.fanout$" },
      (as) => as.bindingsBetween("amq.fanout", { kind: "queue", name: "q" }),
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
      as.describeQueue("q")
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
