import type { ArgumentsOf, MethodName } from "../codec/methods.ts"
import { Amqp091Error } from "../errors.ts"
import type { Deliveries } from "./deliveries.ts"

/** What the methods of the channel, basic, confirm and tx classes need of their channel. */
export interface BasicContext {
  readonly deliveries: Deliveries
  /** Closes the channel. */
  close(): void
  /** A consumer tag for a client that does not name one. */
  makeConsumerTag(): string
  /** The queue that this name means here. Raises `Amqp091Error`. */
  queueName(name: string): string
  reply<Name extends MethodName>(name: Name, methodArguments: ArgumentsOf<Name>): void
  /** Raises `Amqp091Error` on a transactional channel. */
  selectConfirm(): void
  /** Raises `Amqp091Error` on a channel in confirm mode. */
  selectTransaction(): void
  /** Raises `Amqp091Error` unless the channel is transactional. */
  commit(): void
  /** Raises `Amqp091Error` unless the channel is transactional. */
  rollback(): void
}

type Request =
  | "channel.open"
  | "channel.close"
  | "channel.flow"
  | "basic.qos"
  | "basic.consume"
  | "basic.cancel"
  | "basic.cancel-ok"
  | "basic.get"
  | "basic.recover"
  | "basic.recover-async"
  | "confirm.select"
  | "tx.select"
  | "tx.commit"
  | "tx.rollback"

/**
 * What a client asks of a channel itself (1.5.2.3), of its receiving side (1.8) and of its way to publish (confirm, 1.9);
 * handlers raise `Amqp091Error` and `BrokerError`.
 */
export const BASIC_METHODS: {
  readonly [Name in Request]: (context: BasicContext, request: ArgumentsOf<Name>) => void
} = {
  "channel.open"() {
    throw new Amqp091Error("CHANNEL_ERROR", "second 'channel.open' seen")
  },

  "channel.close"(context) {
    context.close()
  },

  "channel.flow"(context, { active }) {
    if (!active) throw new Amqp091Error("NOT_IMPLEMENTED", "active=false")
    context.reply("channel.flow-ok", { active })
  },

  "basic.qos"(context, { prefetchSize, prefetchCount, global }) {
    if (prefetchSize !== 0) throw new Amqp091Error("NOT_IMPLEMENTED", `prefetch_size!=0 (${prefetchSize})`)
    context.reply("basic.qos-ok", {})
    context.deliveries.setPrefetch(prefetchCount, global)
  },

  "basic.consume"(context, request) {
    const { noAck, exclusive, noWait } = request
    const consumerTag = request.consumerTag === "" ? context.makeConsumerTag() : request.consumerTag
    const queue = context.queueName(request.queue)
    context.deliveries.consume({ queue, consumerTag, noAck, exclusive, arguments: request.arguments }, () => {
      if (!noWait) context.reply("basic.consume-ok", { consumerTag })
    })
  },

  "basic.cancel"(context, { consumerTag, noWait }) {
    context.deliveries.cancel(consumerTag)
    if (!noWait) context.reply("basic.cancel-ok", { consumerTag })
  },

  "basic.cancel-ok"() {
    // Answers a basic.cancel of ours; nothing waits for it.
  },

  "basic.get"(context, { queue, noAck }) {
    context.deliveries.get(context.queueName(queue), noAck)
  },

  "basic.recover"(context, { requeue }) {
    if (!requeue) throw new Amqp091Error("NOT_IMPLEMENTED", "requeue=false")
    context.reply("basic.recover-ok", {})
    context.deliveries.recover("released")
  },

  "basic.recover-async"(context, { requeue }) {
    if (!requeue) throw new Amqp091Error("NOT_IMPLEMENTED", "requeue=false")
    context.deliveries.recover("released")
  },

  "confirm.select"(context, { noWait }) {
    context.selectConfirm()
    if (!noWait) context.reply("confirm.select-ok", {})
  },

  "tx.select"(context) {
    context.selectTransaction()
    context.reply("tx.select-ok", {})
  },

  "tx.commit"(context) {
    context.commit()
  },

  "tx.rollback"(context) {
    context.rollback()
  },
}
