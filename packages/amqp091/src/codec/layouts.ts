import type { Arguments } from "@polymq/broker"

/** Wire types of method arguments (AMQP 0.9.1, 4.2.5); a reserved argument is written as zero and not read. */
export type ArgumentType =
  | "bit"
  | "octet"
  | "short"
  | "long"
  | "longlong"
  | "shortstr"
  | "longstr"
  | "table"
  | "reserved bit"
  | "reserved short"
  | "reserved shortstr"
  | "reserved longstr"

/** One method of the specification. */
export interface Layout {
  readonly classId: number
  readonly methodId: number
  /** Who may send it. */
  readonly from: "client" | "server" | "both"
  /** Whether a content header and body follow. */
  readonly hasContent?: true
  /** The methods that answer it; it is synchronous when there are any. */
  readonly answers?: readonly string[]
  /** In wire order. */
  readonly arguments: Readonly<Record<string, ArgumentType>>
}

/**
 * Every method of AMQP 0.9.1 with RabbitMQ's extensions (exchange.bind and unbind, basic.nack, confirm,
 * connection.blocked, unblocked and update-secret), in the order of the specification.
 */
export const LAYOUTS = {
  "connection.start": {
    classId: 10,
    methodId: 10,
    from: "server",
    answers: ["connection.start-ok"],
    arguments: {
      versionMajor: "octet",
      versionMinor: "octet",
      serverProperties: "table",
      mechanisms: "longstr",
      locales: "longstr",
    },
  },
  "connection.start-ok": {
    classId: 10,
    methodId: 11,
    from: "client",
    arguments: { clientProperties: "table", mechanism: "shortstr", response: "longstr", locale: "shortstr" },
  },
  "connection.secure": {
    classId: 10,
    methodId: 20,
    from: "server",
    answers: ["connection.secure-ok"],
    arguments: { challenge: "longstr" },
  },
  "connection.secure-ok": { classId: 10, methodId: 21, from: "client", arguments: { response: "longstr" } },
  "connection.tune": {
    classId: 10,
    methodId: 30,
    from: "server",
    answers: ["connection.tune-ok"],
    arguments: { channelMax: "short", frameMax: "long", heartbeat: "short" },
  },
  "connection.tune-ok": {
    classId: 10,
    methodId: 31,
    from: "client",
    arguments: { channelMax: "short", frameMax: "long", heartbeat: "short" },
  },
  "connection.open": {
    classId: 10,
    methodId: 40,
    from: "client",
    answers: ["connection.open-ok"],
    arguments: { virtualHost: "shortstr", reserved1: "reserved shortstr", reserved2: "reserved bit" },
  },
  "connection.open-ok": {
    classId: 10,
    methodId: 41,
    from: "server",
    arguments: { reserved1: "reserved shortstr" },
  },
  "connection.close": {
    classId: 10,
    methodId: 50,
    from: "both",
    answers: ["connection.close-ok"],
    arguments: { replyCode: "short", replyText: "shortstr", classId: "short", methodId: "short" },
  },
  "connection.close-ok": { classId: 10, methodId: 51, from: "both", arguments: {} },
  "connection.blocked": { classId: 10, methodId: 60, from: "server", arguments: { reason: "shortstr" } },
  "connection.unblocked": { classId: 10, methodId: 61, from: "server", arguments: {} },
  "connection.update-secret": {
    classId: 10,
    methodId: 70,
    from: "client",
    answers: ["connection.update-secret-ok"],
    arguments: { newSecret: "longstr", reason: "shortstr" },
  },
  "connection.update-secret-ok": { classId: 10, methodId: 71, from: "server", arguments: {} },

  "channel.open": {
    classId: 20,
    methodId: 10,
    from: "client",
    answers: ["channel.open-ok"],
    arguments: { reserved1: "reserved shortstr" },
  },
  "channel.open-ok": { classId: 20, methodId: 11, from: "server", arguments: { reserved1: "reserved longstr" } },
  "channel.flow": {
    classId: 20,
    methodId: 20,
    from: "both",
    answers: ["channel.flow-ok"],
    arguments: { active: "bit" },
  },
  "channel.flow-ok": { classId: 20, methodId: 21, from: "both", arguments: { active: "bit" } },
  "channel.close": {
    classId: 20,
    methodId: 40,
    from: "both",
    answers: ["channel.close-ok"],
    arguments: { replyCode: "short", replyText: "shortstr", classId: "short", methodId: "short" },
  },
  "channel.close-ok": { classId: 20, methodId: 41, from: "both", arguments: {} },

  "exchange.declare": {
    classId: 40,
    methodId: 10,
    from: "client",
    answers: ["exchange.declare-ok"],
    arguments: {
      reserved1: "reserved short",
      exchange: "shortstr",
      type: "shortstr",
      passive: "bit",
      durable: "bit",
      autoDelete: "bit",
      internal: "bit",
      noWait: "bit",
      arguments: "table",
    },
  },
  "exchange.declare-ok": { classId: 40, methodId: 11, from: "server", arguments: {} },
  "exchange.delete": {
    classId: 40,
    methodId: 20,
    from: "client",
    answers: ["exchange.delete-ok"],
    arguments: { reserved1: "reserved short", exchange: "shortstr", ifUnused: "bit", noWait: "bit" },
  },
  "exchange.delete-ok": { classId: 40, methodId: 21, from: "server", arguments: {} },
  "exchange.bind": {
    classId: 40,
    methodId: 30,
    from: "client",
    answers: ["exchange.bind-ok"],
    arguments: {
      reserved1: "reserved short",
      destination: "shortstr",
      source: "shortstr",
      routingKey: "shortstr",
      noWait: "bit",
      arguments: "table",
    },
  },
  "exchange.bind-ok": { classId: 40, methodId: 31, from: "server", arguments: {} },
  "exchange.unbind": {
    classId: 40,
    methodId: 40,
    from: "client",
    answers: ["exchange.unbind-ok"],
    arguments: {
      reserved1: "reserved short",
      destination: "shortstr",
      source: "shortstr",
      routingKey: "shortstr",
      noWait: "bit",
      arguments: "table",
    },
  },
  // 51, not 41: the number RabbitMQ gave it and every client uses.
  "exchange.unbind-ok": { classId: 40, methodId: 51, from: "server", arguments: {} },

  "queue.declare": {
    classId: 50,
    methodId: 10,
    from: "client",
    answers: ["queue.declare-ok"],
    arguments: {
      reserved1: "reserved short",
      queue: "shortstr",
      passive: "bit",
      durable: "bit",
      exclusive: "bit",
      autoDelete: "bit",
      noWait: "bit",
      arguments: "table",
    },
  },
  "queue.declare-ok": {
    classId: 50,
    methodId: 11,
    from: "server",
    arguments: { queue: "shortstr", messageCount: "long", consumerCount: "long" },
  },
  "queue.bind": {
    classId: 50,
    methodId: 20,
    from: "client",
    answers: ["queue.bind-ok"],
    arguments: {
      reserved1: "reserved short",
      queue: "shortstr",
      exchange: "shortstr",
      routingKey: "shortstr",
      noWait: "bit",
      arguments: "table",
    },
  },
  "queue.bind-ok": { classId: 50, methodId: 21, from: "server", arguments: {} },
  "queue.purge": {
    classId: 50,
    methodId: 30,
    from: "client",
    answers: ["queue.purge-ok"],
    arguments: { reserved1: "reserved short", queue: "shortstr", noWait: "bit" },
  },
  "queue.purge-ok": { classId: 50, methodId: 31, from: "server", arguments: { messageCount: "long" } },
  "queue.delete": {
    classId: 50,
    methodId: 40,
    from: "client",
    answers: ["queue.delete-ok"],
    arguments: { reserved1: "reserved short", queue: "shortstr", ifUnused: "bit", ifEmpty: "bit", noWait: "bit" },
  },
  "queue.delete-ok": { classId: 50, methodId: 41, from: "server", arguments: { messageCount: "long" } },
  "queue.unbind": {
    classId: 50,
    methodId: 50,
    from: "client",
    answers: ["queue.unbind-ok"],
    arguments: {
      reserved1: "reserved short",
      queue: "shortstr",
      exchange: "shortstr",
      routingKey: "shortstr",
      arguments: "table",
    },
  },
  "queue.unbind-ok": { classId: 50, methodId: 51, from: "server", arguments: {} },

  "basic.qos": {
    classId: 60,
    methodId: 10,
    from: "client",
    answers: ["basic.qos-ok"],
    arguments: { prefetchSize: "long", prefetchCount: "short", global: "bit" },
  },
  "basic.qos-ok": { classId: 60, methodId: 11, from: "server", arguments: {} },
  "basic.consume": {
    classId: 60,
    methodId: 20,
    from: "client",
    answers: ["basic.consume-ok"],
    arguments: {
      reserved1: "reserved short",
      queue: "shortstr",
      consumerTag: "shortstr",
      noLocal: "bit",
      noAck: "bit",
      exclusive: "bit",
      noWait: "bit",
      arguments: "table",
    },
  },
  "basic.consume-ok": { classId: 60, methodId: 21, from: "server", arguments: { consumerTag: "shortstr" } },
  "basic.cancel": {
    classId: 60,
    methodId: 30,
    from: "both",
    answers: ["basic.cancel-ok"],
    arguments: { consumerTag: "shortstr", noWait: "bit" },
  },
  "basic.cancel-ok": { classId: 60, methodId: 31, from: "both", arguments: { consumerTag: "shortstr" } },
  "basic.publish": {
    classId: 60,
    methodId: 40,
    from: "client",
    hasContent: true,
    arguments: {
      reserved1: "reserved short",
      exchange: "shortstr",
      routingKey: "shortstr",
      mandatory: "bit",
      immediate: "bit",
    },
  },
  "basic.return": {
    classId: 60,
    methodId: 50,
    from: "server",
    hasContent: true,
    arguments: { replyCode: "short", replyText: "shortstr", exchange: "shortstr", routingKey: "shortstr" },
  },
  "basic.deliver": {
    classId: 60,
    methodId: 60,
    from: "server",
    hasContent: true,
    arguments: {
      consumerTag: "shortstr",
      deliveryTag: "longlong",
      redelivered: "bit",
      exchange: "shortstr",
      routingKey: "shortstr",
    },
  },
  "basic.get": {
    classId: 60,
    methodId: 70,
    from: "client",
    answers: ["basic.get-ok", "basic.get-empty"],
    arguments: { reserved1: "reserved short", queue: "shortstr", noAck: "bit" },
  },
  "basic.get-ok": {
    classId: 60,
    methodId: 71,
    from: "server",
    hasContent: true,
    arguments: {
      deliveryTag: "longlong",
      redelivered: "bit",
      exchange: "shortstr",
      routingKey: "shortstr",
      messageCount: "long",
    },
  },
  "basic.get-empty": { classId: 60, methodId: 72, from: "server", arguments: { reserved1: "reserved shortstr" } },
  "basic.ack": {
    classId: 60,
    methodId: 80,
    from: "both",
    arguments: { deliveryTag: "longlong", multiple: "bit" },
  },
  "basic.reject": {
    classId: 60,
    methodId: 90,
    from: "client",
    arguments: { deliveryTag: "longlong", requeue: "bit" },
  },
  "basic.recover-async": { classId: 60, methodId: 100, from: "client", arguments: { requeue: "bit" } },
  "basic.recover": {
    classId: 60,
    methodId: 110,
    from: "client",
    answers: ["basic.recover-ok"],
    arguments: { requeue: "bit" },
  },
  "basic.recover-ok": { classId: 60, methodId: 111, from: "server", arguments: {} },
  "basic.nack": {
    classId: 60,
    methodId: 120,
    from: "both",
    arguments: { deliveryTag: "longlong", multiple: "bit", requeue: "bit" },
  },

  "confirm.select": {
    classId: 85,
    methodId: 10,
    from: "client",
    answers: ["confirm.select-ok"],
    arguments: { noWait: "bit" },
  },
  "confirm.select-ok": { classId: 85, methodId: 11, from: "server", arguments: {} },

  "tx.select": { classId: 90, methodId: 10, from: "client", answers: ["tx.select-ok"], arguments: {} },
  "tx.select-ok": { classId: 90, methodId: 11, from: "server", arguments: {} },
  "tx.commit": { classId: 90, methodId: 20, from: "client", answers: ["tx.commit-ok"], arguments: {} },
  "tx.commit-ok": { classId: 90, methodId: 21, from: "server", arguments: {} },
  "tx.rollback": { classId: 90, methodId: 30, from: "client", answers: ["tx.rollback-ok"], arguments: {} },
  "tx.rollback-ok": { classId: 90, methodId: 31, from: "server", arguments: {} },
} as const satisfies Readonly<Record<string, Layout>>

/** "queue.declare" and so on. */
export type MethodName = keyof typeof LAYOUTS

/** What an argument is in JavaScript. Delivery tags are the only 64-bit arguments and stay far below 2^53. */
interface Decoded {
  readonly bit: boolean
  readonly octet: number
  readonly short: number
  readonly long: number
  readonly longlong: number
  readonly shortstr: string
  readonly longstr: Uint8Array
  readonly table: Arguments
}

type ArgumentTypes<Name extends MethodName> = (typeof LAYOUTS)[Name]["arguments"]

/** The arguments of one method, without the reserved ones. */
export type ArgumentsOf<Name extends MethodName> = {
  readonly [Key in keyof ArgumentTypes<Name> as ArgumentTypes<Name>[Key] extends keyof Decoded
    ? Key
    : never]: ArgumentTypes<Name>[Key] extends keyof Decoded ? Decoded[ArgumentTypes<Name>[Key]] : never
}

/** A decoded method. */
export type Method = {
  readonly [Name in MethodName]: { readonly name: Name; readonly arguments: ArgumentsOf<Name> }
}[MethodName]
