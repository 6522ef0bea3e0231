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
export interface MethodLayout {
  /** Numbers of its class and of the method in it. */
  readonly id: readonly [classId: number, methodId: number]
  /** Who may send it. */
  readonly from: "client" | "server" | "both"
  /** In wire order. */
  readonly arguments: Readonly<Record<string, ArgumentType>>
}

/**
 * Every method of AMQP 0.9.1 with RabbitMQ's extensions (exchange.bind and unbind, basic.nack, confirm,
 * connection.blocked, unblocked and update-secret), in the order of the specification.
 */
export const LAYOUTS = {
  "connection.start": {
    id: [10, 10],
    from: "server",
    arguments: {
      versionMajor: "octet",
      versionMinor: "octet",
      serverProperties: "table",
      mechanisms: "longstr",
      locales: "longstr",
    },
  },
  "connection.start-ok": {
    id: [10, 11],
    from: "client",
    arguments: { clientProperties: "table", mechanism: "shortstr", response: "longstr", locale: "shortstr" },
  },
  "connection.secure": { id: [10, 20], from: "server", arguments: { challenge: "longstr" } },
  "connection.secure-ok": { id: [10, 21], from: "client", arguments: { response: "longstr" } },
  "connection.tune": {
    id: [10, 30],
    from: "server",
    arguments: { channelMax: "short", frameMax: "long", heartbeat: "short" },
  },
  "connection.tune-ok": {
    id: [10, 31],
    from: "client",
    arguments: { channelMax: "short", frameMax: "long", heartbeat: "short" },
  },
  "connection.open": {
    id: [10, 40],
    from: "client",
    arguments: { virtualHost: "shortstr", reserved1: "reserved shortstr", reserved2: "reserved bit" },
  },
  "connection.open-ok": { id: [10, 41], from: "server", arguments: { reserved1: "reserved shortstr" } },
  "connection.close": {
    id: [10, 50],
    from: "both",
    arguments: { replyCode: "short", replyText: "shortstr", classId: "short", methodId: "short" },
  },
  "connection.close-ok": { id: [10, 51], from: "both", arguments: {} },
  "connection.blocked": { id: [10, 60], from: "server", arguments: { reason: "shortstr" } },
  "connection.unblocked": { id: [10, 61], from: "server", arguments: {} },
  "connection.update-secret": { id: [10, 70], from: "client", arguments: { newSecret: "longstr", reason: "shortstr" } },
  "connection.update-secret-ok": { id: [10, 71], from: "server", arguments: {} },

  "channel.open": { id: [20, 10], from: "client", arguments: { reserved1: "reserved shortstr" } },
  "channel.open-ok": { id: [20, 11], from: "server", arguments: { reserved1: "reserved longstr" } },
  "channel.flow": { id: [20, 20], from: "both", arguments: { active: "bit" } },
  "channel.flow-ok": { id: [20, 21], from: "both", arguments: { active: "bit" } },
  "channel.close": {
    id: [20, 40],
    from: "both",
    arguments: { replyCode: "short", replyText: "shortstr", classId: "short", methodId: "short" },
  },
  "channel.close-ok": { id: [20, 41], from: "both", arguments: {} },

  "exchange.declare": {
    id: [40, 10],
    from: "client",
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
  "exchange.declare-ok": { id: [40, 11], from: "server", arguments: {} },
  "exchange.delete": {
    id: [40, 20],
    from: "client",
    arguments: { reserved1: "reserved short", exchange: "shortstr", ifUnused: "bit", noWait: "bit" },
  },
  "exchange.delete-ok": { id: [40, 21], from: "server", arguments: {} },
  "exchange.bind": {
    id: [40, 30],
    from: "client",
    arguments: {
      reserved1: "reserved short",
      destination: "shortstr",
      source: "shortstr",
      routingKey: "shortstr",
      noWait: "bit",
      arguments: "table",
    },
  },
  "exchange.bind-ok": { id: [40, 31], from: "server", arguments: {} },
  "exchange.unbind": {
    id: [40, 40],
    from: "client",
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
  "exchange.unbind-ok": { id: [40, 51], from: "server", arguments: {} },

  "queue.declare": {
    id: [50, 10],
    from: "client",
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
    id: [50, 11],
    from: "server",
    arguments: { queue: "shortstr", messageCount: "long", consumerCount: "long" },
  },
  "queue.bind": {
    id: [50, 20],
    from: "client",
    arguments: {
      reserved1: "reserved short",
      queue: "shortstr",
      exchange: "shortstr",
      routingKey: "shortstr",
      noWait: "bit",
      arguments: "table",
    },
  },
  "queue.bind-ok": { id: [50, 21], from: "server", arguments: {} },
  "queue.purge": {
    id: [50, 30],
    from: "client",
    arguments: { reserved1: "reserved short", queue: "shortstr", noWait: "bit" },
  },
  "queue.purge-ok": { id: [50, 31], from: "server", arguments: { messageCount: "long" } },
  "queue.delete": {
    id: [50, 40],
    from: "client",
    arguments: { reserved1: "reserved short", queue: "shortstr", ifUnused: "bit", ifEmpty: "bit", noWait: "bit" },
  },
  "queue.delete-ok": { id: [50, 41], from: "server", arguments: { messageCount: "long" } },
  "queue.unbind": {
    id: [50, 50],
    from: "client",
    arguments: {
      reserved1: "reserved short",
      queue: "shortstr",
      exchange: "shortstr",
      routingKey: "shortstr",
      arguments: "table",
    },
  },
  "queue.unbind-ok": { id: [50, 51], from: "server", arguments: {} },

  "basic.qos": {
    id: [60, 10],
    from: "client",
    arguments: { prefetchSize: "long", prefetchCount: "short", global: "bit" },
  },
  "basic.qos-ok": { id: [60, 11], from: "server", arguments: {} },
  "basic.consume": {
    id: [60, 20],
    from: "client",
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
  "basic.consume-ok": { id: [60, 21], from: "server", arguments: { consumerTag: "shortstr" } },
  "basic.cancel": { id: [60, 30], from: "both", arguments: { consumerTag: "shortstr", noWait: "bit" } },
  "basic.cancel-ok": { id: [60, 31], from: "both", arguments: { consumerTag: "shortstr" } },
  "basic.publish": {
    id: [60, 40],
    from: "client",
    arguments: {
      reserved1: "reserved short",
      exchange: "shortstr",
      routingKey: "shortstr",
      mandatory: "bit",
      immediate: "bit",
    },
  },
  "basic.return": {
    id: [60, 50],
    from: "server",
    arguments: { replyCode: "short", replyText: "shortstr", exchange: "shortstr", routingKey: "shortstr" },
  },
  "basic.deliver": {
    id: [60, 60],
    from: "server",
    arguments: {
      consumerTag: "shortstr",
      deliveryTag: "longlong",
      redelivered: "bit",
      exchange: "shortstr",
      routingKey: "shortstr",
    },
  },
  "basic.get": {
    id: [60, 70],
    from: "client",
    arguments: { reserved1: "reserved short", queue: "shortstr", noAck: "bit" },
  },
  "basic.get-ok": {
    id: [60, 71],
    from: "server",
    arguments: {
      deliveryTag: "longlong",
      redelivered: "bit",
      exchange: "shortstr",
      routingKey: "shortstr",
      messageCount: "long",
    },
  },
  "basic.get-empty": { id: [60, 72], from: "server", arguments: { reserved1: "reserved shortstr" } },
  "basic.ack": { id: [60, 80], from: "both", arguments: { deliveryTag: "longlong", multiple: "bit" } },
  "basic.reject": { id: [60, 90], from: "client", arguments: { deliveryTag: "longlong", requeue: "bit" } },
  "basic.recover-async": { id: [60, 100], from: "client", arguments: { requeue: "bit" } },
  "basic.recover": { id: [60, 110], from: "client", arguments: { requeue: "bit" } },
  "basic.recover-ok": { id: [60, 111], from: "server", arguments: {} },
  "basic.nack": {
    id: [60, 120],
    from: "both",
    arguments: { deliveryTag: "longlong", multiple: "bit", requeue: "bit" },
  },

  "confirm.select": { id: [85, 10], from: "client", arguments: { noWait: "bit" } },
  "confirm.select-ok": { id: [85, 11], from: "server", arguments: {} },

  "tx.select": { id: [90, 10], from: "client", arguments: {} },
  "tx.select-ok": { id: [90, 11], from: "server", arguments: {} },
  "tx.commit": { id: [90, 20], from: "client", arguments: {} },
  "tx.commit-ok": { id: [90, 21], from: "server", arguments: {} },
  "tx.rollback": { id: [90, 30], from: "client", arguments: {} },
  "tx.rollback-ok": { id: [90, 31], from: "server", arguments: {} },
} as const satisfies Readonly<Record<string, MethodLayout>>
