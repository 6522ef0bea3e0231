import type { Access, Arguments, Entry, Holder, Outcome } from "@polymq/broker"
import { cutToFit } from "../codec/short-strings.ts"
import { Amqp091Error } from "../errors.ts"
import type { FrameWriter } from "./frame-writer.ts"
import { type DeliveryChannel, QueueConsumer } from "./queue-consumer.ts"
import { REPLY_ADDRESS } from "./reply-address.ts"
import { type DeliverySource, Unsettled } from "./unsettled.ts"

/** What the deliveries of a channel need of its connection. */
export interface DeliveriesContext {
  readonly access: Access
  readonly writer: FrameWriter
  /** Whether the client wants to hear of consumers that the broker ends (consumer_cancel_notify). */
  readonly takesCancel: boolean
  /** Consumers that one channel may have. */
  readonly maxConsumers: number
  /** Whether the socket takes more. */
  keepsUp(): boolean
}

/** What basic.consume asks for. */
export interface Subscription {
  readonly queue: string
  readonly consumerTag: string
  readonly noAck: boolean
  readonly exclusive: boolean
  readonly arguments: Arguments
}

/** The receiving side of a channel: its consumers, its prefetch limits and what it has not settled. */
export class Deliveries implements DeliveryChannel {
  readonly #channel: number
  readonly #context: DeliveriesContext
  readonly #consumers = new Map<string, QueueConsumer>()
  readonly #unsettled = new Unsettled()
  /** The consumer of replies to requests that this channel publishes. */
  #replies: QueueConsumer | undefined
  #lastTag = 0
  #consumerPrefetch = 0
  #channelPrefetch = 0

  constructor(channel: number, context: DeliveriesContext) {
    this.#channel = channel
    this.#context = context
  }

  /** What the reply address stands for on this channel; undefined without a consumer of replies. */
  get replyName(): string | undefined {
    return this.#replies?.holder.name
  }

  /** Sets the limit of consumers that come later, or, with `global`, of the whole channel; 0 is no limit. */
  setPrefetch(count: number, global: boolean): void {
    if (!global) {
      this.#consumerPrefetch = count
      return
    }
    this.#channelPrefetch = count
    this.wake()
  }

  /** Attaches a consumer; `begin` writes the answer before the first delivery. Raises `Amqp091Error` and `BrokerError`. */
  consume(subscription: Subscription, begin: () => void): void {
    const { queue, consumerTag, noAck, exclusive } = subscription
    if (this.#consumers.has(consumerTag)) {
      throw new Amqp091Error("NOT_ALLOWED", `attempt to reuse consumer tag '${consumerTag}'`)
    }
    const { maxConsumers } = this.#context
    if (this.#consumers.size >= maxConsumers) {
      throw new Amqp091Error("NOT_ALLOWED", `reached maximum (${maxConsumers}) of consumers per channel`)
    }
    const takesReplies = queue === REPLY_ADDRESS
    if (takesReplies && noAck && this.#replies !== undefined) {
      throw new Amqp091Error("PRECONDITION_FAILED", "reply consumer already set")
    }
    const consumer = new QueueConsumer(this, {
      name: consumerTag,
      connection: this.#context.access.connection,
      settlesOnDelivery: noAck,
      exclusive,
      prefetch: this.#consumerPrefetch,
    })
    const holder = this.#context.access.consume(queue, consumer, subscription.arguments)
    this.#consumers.set(consumerTag, consumer)
    begin()
    consumer.start(holder)
    if (takesReplies) this.#replies = consumer
  }

  /** Ends a consumer; nothing happens when there is none of that tag. */
  cancel(consumerTag: string): void {
    const consumer = this.#consumers.get(consumerTag)
    if (consumer === undefined) return
    this.#forget(consumer)
    consumer.stop()
  }

  consumerCancelled(consumer: QueueConsumer): void {
    if (!this.#forget(consumer) || !this.#context.takesCancel) return
    this.#context.writer.method(this.#channel, "basic.cancel", { consumerTag: consumer.name, noWait: true })
  }

  /** Answers a basic.get. Raises `BrokerError`. */
  get(queue: string, noAck: boolean): void {
    const found = this.#context.access.get(queue, noAck)
    if (found === undefined) {
      this.#context.writer.method(this.#channel, "basic.get-empty", {})
      return
    }
    const { holder, entry, remaining } = found
    const deliveryTag = ++this.#lastTag
    if (!noAck) this.#keep(deliveryTag, entry, sourceOfGet(holder))
    const { redelivered, message } = entry
    // The topic of another protocol may be longer than any routing key here.
    const exchange = cutToFit(message.exchange)
    const routingKey = cutToFit(message.routingKey)
    const answer = { deliveryTag, redelivered, exchange, routingKey, messageCount: remaining }
    this.#context.writer.content(this.#channel, "basic.get-ok", answer, message, toldCount(holder, entry))
  }

  takesDelivery(needsSettling: boolean): boolean {
    return (
      this.#context.keepsUp() &&
      (!needsSettling || this.#channelPrefetch === 0 || this.#unsettled.count < this.#channelPrefetch)
    )
  }

  deliver(consumer: QueueConsumer, entry: Entry): void {
    const deliveryTag = ++this.#lastTag
    if (!consumer.settlesOnDelivery) this.#keep(deliveryTag, entry, consumer)
    const deliveryCount = toldCount(consumer.holder, entry)
    this.#context.writer.deliver(this.#channel, consumer.tagBytes, deliveryTag, entry, deliveryCount)
  }

  /** Raises `Amqp091Error` unless the tag names a delivery that is not settled; 0 names all of them. */
  check(tag: number, multiple: boolean): void {
    if ((tag === 0 && multiple) || this.#unsettled.find(tag) >= 0) return
    throw new Amqp091Error("PRECONDITION_FAILED", `unknown delivery tag ${tag}`)
  }

  /** The newest delivery that `tag` means: tag 0 stands for all so far. */
  lastMeant(tag: number): number {
    return tag === 0 ? this.#unsettled.newestTag : tag
  }

  /** Settles one delivery, or all up to it. Raises `Amqp091Error` for an unknown tag. */
  settle(tag: number, multiple: boolean, outcome: Outcome): void {
    if (multiple) {
      this.check(tag, multiple)
      this.#settleUpTo(this.lastMeant(tag), outcome)
      this.wake()
      return
    }
    const slot = this.#unsettled.find(tag)
    if (slot < 0) throw new Amqp091Error("PRECONDITION_FAILED", `unknown delivery tag ${tag}`)
    const source = this.#unsettled.sourceAt(slot)
    this.#settleAt(slot, outcome)
    if (this.#channelPrefetch > 0) this.wake()
    else source.wakeIfStarved()
  }

  /** Returns everything that is not settled to its queues. */
  recover(outcome: "released" | "failed"): void {
    this.#settleUpTo(this.#lastTag, outcome)
    this.wake()
  }

  /** Gives consumers that had no credit, or whose socket was full, what they can take now. */
  wake(): void {
    for (const consumer of this.#consumers.values()) consumer.wakeIfStarved()
  }

  /** Ends all consumers. */
  stop(): void {
    for (const consumer of this.#consumers.values()) consumer.stop()
    this.#consumers.clear()
    this.#replies = undefined
  }

  /** False when the consumer was not there any more. */
  #forget(consumer: QueueConsumer): boolean {
    if (this.#replies === consumer) this.#replies = undefined
    return this.#consumers.delete(consumer.name)
  }

  #keep(tag: number, entry: Entry, source: DeliverySource): void {
    entry.tag = tag
    this.#unsettled.push(tag, entry, source)
  }

  /** What a returned message sets off may be delivered here again: it then has a tag above `tag`. */
  #settleUpTo(tag: number, outcome: Outcome): void {
    for (;;) {
      const slot = this.#unsettled.oldestUpTo(tag)
      if (slot < 0) return
      this.#settleAt(slot, outcome)
    }
  }

  #settleAt(slot: number, outcome: Outcome): void {
    const entry = this.#unsettled.entryAt(slot)
    const source = this.#unsettled.sourceAt(slot)
    this.#unsettled.remove(slot)
    source.settled()
    entry.tag = 0
    source.holder.settle(entry, outcome)
  }
}

/** How often a delivery has failed, where that is told in a header. */
function toldCount(holder: Holder, entry: Entry): number {
  return entry.deliveryCount > 0 && holder.tellsDeliveryCount === true ? entry.deliveryCount : 0
}

function sourceOfGet(holder: Holder): DeliverySource {
  return { holder, settled() {}, wakeIfStarved() {} }
}
