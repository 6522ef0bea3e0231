import type { Access, ExchangeType } from "@polymq/broker"
import type { ArgumentsOf, MethodName } from "../codec/methods.ts"
import { Amqp091Error } from "../errors.ts"

/** What the methods of the exchange and queue classes need of their channel. */
export interface TopologyContext {
  readonly access: Access
  /** The queue that this name means here: an empty one is the last declared on the channel. Raises `Amqp091Error`. */
  queueName(name: string): string
  /** Remembers the last declared queue. */
  declared(queue: string): void
  reply<Name extends MethodName>(name: Name, methodArguments: ArgumentsOf<Name>): void
}

type TopologyMethodName = Extract<MethodName, `${"exchange" | "queue"}.${string}`>

/** The ones a client sends. */
type Request = Exclude<TopologyMethodName, `${string}-ok`>

const EXCHANGE_TYPES: ReadonlySet<string> = new Set<ExchangeType>(["direct", "fanout", "topic", "headers"])

function isExchangeType(type: string): type is ExchangeType {
  return EXCHANGE_TYPES.has(type)
}

/** Exchange class (1.6) and queue class (1.7), one handler for each request; they raise `Amqp091Error` and `BrokerError`. */
export const TOPOLOGY_METHODS: {
  readonly [Name in Request]: (context: TopologyContext, request: ArgumentsOf<Name>) => void
} = {
  "exchange.declare"(context, request) {
    const { exchange: name, type, durable, autoDelete, internal } = request
    if (request.passive) context.access.checkExchange(name)
    else if (isExchangeType(type)) {
      context.access.declareExchange({ name, type, durable, autoDelete, internal, arguments: request.arguments })
    } else throw new Amqp091Error("PRECONDITION_FAILED", `unknown exchange type '${type}'`)
    if (!request.noWait) context.reply("exchange.declare-ok", {})
  },

  "exchange.delete"(context, request) {
    context.access.deleteExchange(request.exchange, { ifUnused: request.ifUnused })
    if (!request.noWait) context.reply("exchange.delete-ok", {})
  },

  "exchange.bind"(context, request) {
    context.access.bind(exchangeBinding(request))
    if (!request.noWait) context.reply("exchange.bind-ok", {})
  },

  "exchange.unbind"(context, request) {
    context.access.unbind(exchangeBinding(request))
    if (!request.noWait) context.reply("exchange.unbind-ok", {})
  },

  "queue.declare"(context, request) {
    const { durable, exclusive, autoDelete } = request
    const status = request.passive
      ? context.access.checkQueue(context.queueName(request.queue))
      : context.access.declareQueue({
          name: request.queue,
          durable,
          exclusive,
          autoDelete,
          arguments: request.arguments,
        })
    context.declared(status.name)
    if (request.noWait) return
    const { name: queue, messages: messageCount, consumers: consumerCount } = status
    context.reply("queue.declare-ok", { queue, messageCount, consumerCount })
  },

  "queue.bind"(context, request) {
    context.access.bind(queueBinding(context, request))
    if (!request.noWait) context.reply("queue.bind-ok", {})
  },

  "queue.unbind"(context, request) {
    context.access.unbind(queueBinding(context, request))
    context.reply("queue.unbind-ok", {})
  },

  "queue.purge"(context, request) {
    const messageCount = context.access.purgeQueue(context.queueName(request.queue))
    if (!request.noWait) context.reply("queue.purge-ok", { messageCount })
  },

  "queue.delete"(context, request) {
    const { ifUnused, ifEmpty } = request
    const messageCount = context.access.deleteQueue(context.queueName(request.queue), { ifUnused, ifEmpty })
    if (!request.noWait) context.reply("queue.delete-ok", { messageCount })
  },
}

function exchangeBinding(request: ArgumentsOf<"exchange.bind" | "exchange.unbind">) {
  return {
    source: request.source,
    destination: { kind: "exchange", name: request.destination },
    key: request.routingKey,
    arguments: request.arguments,
  } as const
}

/** With neither queue nor key the key is the name of the last declared queue (queue.bind, rule of the routing key). */
function queueBinding(
  context: TopologyContext,
  request: Pick<ArgumentsOf<"queue.bind">, "queue" | "exchange" | "routingKey" | "arguments">,
) {
  const name = context.queueName(request.queue)
  return {
    source: request.exchange,
    destination: { kind: "queue", name },
    key: request.queue === "" && request.routingKey === "" ? name : request.routingKey,
    arguments: request.arguments,
  } as const
}
