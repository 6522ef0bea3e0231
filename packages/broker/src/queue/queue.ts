import type { Message } from "@polymq/message"
import type { Consumer } from "../api/consumer.ts"
import type { Entry, Match, Outcome } from "../api/entry.ts"
import type { LogId, Ticket } from "../api/store.ts"
import type { QueueSettings, QueueStatus } from "../api/topology.ts"
import type { Deferred } from "../api/turn.ts"
import type { BrokerContext, Expirable } from "../broker-context.ts"
import type { Bound } from "../exchange/bound.ts"
import { type Route, type RoutedHolder, routeTo } from "../exchange/route.ts"
import { SettledRange } from "../store/settled-range.ts"
import { BoundedLine } from "./bounded-line.ts"
import { ConsumerCircle } from "./consumer-circle.ts"
import { handOver } from "./hand-over.ts"
import { HeldEntry } from "./held-entry.ts"
import type { Line } from "./line.ts"
import { type Overflow, readQueueTerms } from "./queue-terms.ts"
import { WaitingLine } from "./waiting-line.ts"

/** A queue: first in, first out, to consumers in turn; messages leave when they are settled. */
export class Queue implements RoutedHolder, Expirable, Deferred {
  readonly name: string
  readonly settings: QueueSettings
  readonly durable: boolean
  /** The connection that alone may use it; undefined when it is not exclusive. */
  readonly owner: number | undefined
  readonly log: LogId
  readonly connection = undefined
  /** The route of the default exchange to this queue. */
  readonly route: Route
  /** Bindings that lead here. */
  readonly incoming = new Set<Bound>()
  readonly #context: BrokerContext
  readonly #onUnused: (queue: Queue) => void
  readonly #ttlMs: number | undefined
  readonly #consumers = new ConsumerCircle()
  readonly #waiting: Line
  /** The same line, where it has bounds. */
  readonly #bounds: BoundedLine | undefined
  readonly #overflow: Overflow
  readonly #settledRange: SettledRange | undefined
  #nextPosition = 0
  #nextOffset = 0
  #isDelivering = false
  #isScheduled = false
  #isDeleted = false

  /** `onUnused` is called when the last consumer has left. */
  constructor(
    settings: QueueSettings,
    owner: number | undefined,
    context: BrokerContext,
    onUnused: (queue: Queue) => void,
  ) {
    const { ttlMs, lengthLimit, overflow } = readQueueTerms(settings.arguments)
    this.name = settings.name
    this.settings = settings
    this.durable = settings.durable && !settings.exclusive
    this.owner = owner
    this.log = this.durable ? context.journal.openLog() : 0
    this.#settledRange = this.durable ? new SettledRange(this.log, context.turn, context.journal) : undefined
    this.#context = context
    this.#onUnused = onUnused
    this.#ttlMs = ttlMs
    const line = new WaitingLine()
    this.#bounds = lengthLimit === undefined ? undefined : new BoundedLine(line, lengthLimit)
    this.#waiting = this.#bounds ?? line
    this.#overflow = overflow
    this.route = routeTo([{ holder: this, match: undefined, localMatch: undefined }])
  }

  get status(): QueueStatus {
    this.#dropExpired()
    return { name: this.name, messages: this.#waiting.length, consumers: this.#consumers.size }
  }

  get hasExclusiveConsumer(): boolean {
    return this.#consumers.hasExclusive
  }

  /** A full queue that is to keep what it has asks its publishers to wait, even while a consumer has credit. */
  admits(message: Message): boolean {
    if (this.#bounds === undefined || this.#overflow === "drop-head") return !this.#isDeleted
    if (this.#bounds.hasRoomFor(message)) return !this.#isDeleted
    this.#dropExpired()
    return this.#bounds.hasRoomFor(message) && !this.#isDeleted
  }

  publish(message: Message, ticket: Ticket, _match: Match | undefined): void {
    const offset = ticket === 0 || this.log === 0 ? -1 : this.#nextOffset++
    const entry = new HeldEntry(message, ticket, this.#nextPosition++, undefined, this.#expiryOf(message), offset)
    this.#context.memory.entries++
    if (this.#isDeleted) {
      this.#forget(entry)
      return
    }
    if (this.#consumers.isHungry && this.#waiting.length === 0 && !this.#isDelivering) {
      const consumer = this.#consumers.take()
      if (consumer !== undefined) {
        this.#deliver(consumer, entry)
        if (this.#waiting.length > 0) this.#dispatch()
        return
      }
    }
    this.#waiting.push(entry)
    if (entry.expiresAtMs !== Number.POSITIVE_INFINITY) {
      this.#context.expiring.add(this)
      this.#dropExpired()
    }
    if (this.#bounds !== undefined) this.#dropOverflow(this.#bounds)
  }

  attach(consumer: Consumer): void {
    this.#consumers.add(consumer)
    this.wake(consumer)
  }

  detach(consumer: Consumer): void {
    if (this.#consumers.remove(consumer) && this.#consumers.size === 0) this.#onUnused(this)
  }

  wake(consumer: Consumer): void {
    if (!this.#consumers.wake(consumer)) return
    this.#dispatch()
    if (this.#waiting.length === 0 && !this.#isDelivering && consumer.hasCredit()) consumer.exhausted()
  }

  /** The next message for a consumer that asks for one; undefined when there is none. */
  get(settled: boolean): HeldEntry | undefined {
    this.#dropExpired()
    const entry = this.#waiting.shift()
    if (entry === undefined) return undefined
    if (settled) {
      this.#forget(entry)
    } else {
      entry.isUnsettled = true
      this.#context.idle.delivered()
    }
    return entry
  }

  settle(entry: Entry, outcome: Outcome): void {
    if (!(entry instanceof HeldEntry) || !entry.isUnsettled) return
    entry.isUnsettled = false
    entry.tag = 0
    this.#context.idle.settled()
    if (outcome === "failed") entry.deliveryCount++
    if (outcome === "accepted" || outcome === "rejected" || this.#isDeleted) {
      this.#forget(entry)
    } else {
      entry.redelivered = true
      this.#waiting.giveBack(entry)
      if (entry.expiresAtMs !== Number.POSITIVE_INFINITY) this.#context.expiring.add(this)
      if (this.#bounds !== undefined) this.#dropOverflow(this.#bounds)
      this.#schedule()
    }
  }

  /** Removes what is ready and returns how many messages that were. */
  purge(): number {
    this.#dropExpired()
    const removed = this.#waiting.length
    for (const entry of this.#waiting) this.#forget(entry)
    this.#waiting.clear()
    return removed
  }

  /** Cancels the consumers and forgets the messages; those under way end when they are settled. Returns how many were ready. */
  delete(): number {
    this.#isDeleted = true
    const removed = this.purge()
    this.#settledRange?.discard()
    if (this.durable) this.#context.journal.drop(this.log)
    this.#context.expiring.delete(this)
    for (const consumer of this.#consumers.clear()) consumer.cancelled("holder-deleted")
    return removed
  }

  /** Ready messages in the order of their delivery. */
  *inspect(): Generator<Message> {
    for (const { message } of this.#waiting) yield message
  }

  expire(nowMs: number): boolean {
    this.#dropExpiredAt(nowMs)
    return this.#waiting.length > 0
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    this.#dispatch()
  }

  #expiryOf(message: Message): number {
    const ttlMs = message.ttlMs
    const own = ttlMs === undefined ? Number.POSITIVE_INFINITY : message.receivedAtMs + ttlMs
    return this.#ttlMs === undefined ? own : Math.min(own, this.#context.turn.nowMs() + this.#ttlMs)
  }

  /** Returned entries are dispatched at the end of the turn: a door that gives back many must not be handed them meanwhile. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#context.turn.defer(this)
  }

  #dispatch(): void {
    if (this.#isDelivering) return
    while (this.#consumers.isHungry) {
      this.#dropExpired()
      if (this.#waiting.length === 0) return
      const consumer = this.#consumers.take()
      if (consumer === undefined) return
      const entry = this.#waiting.shift()
      if (entry !== undefined) this.#deliver(consumer, entry)
    }
  }

  #deliver(consumer: Consumer, entry: HeldEntry): void {
    this.#isDelivering = true
    if (consumer.settlesOnDelivery) {
      handOver(consumer, this, entry, this.#context.log)
      this.#forget(entry)
    } else {
      entry.isUnsettled = true
      this.#context.idle.delivered()
      handOver(consumer, this, entry, this.#context.log)
    }
    this.#isDelivering = false
  }

  #dropExpired(): void {
    const first = this.#waiting.peek()
    if (first !== undefined && first.expiresAtMs !== Number.POSITIVE_INFINITY) {
      this.#dropExpiredAt(this.#context.turn.nowMs())
    }
  }

  #dropExpiredAt(nowMs: number): void {
    for (
      let entry = this.#waiting.peek();
      entry !== undefined && entry.expiresAtMs <= nowMs;
      entry = this.#waiting.peek()
    ) {
      this.#waiting.shift()
      this.#context.counters.expired++
      this.#forget(entry)
    }
  }

  /** Those in front make room, also for what came back: it is the oldest. */
  #dropOverflow(bounds: BoundedLine): void {
    while (bounds.isTooLong) {
      const entry = bounds.shift()
      if (entry === undefined) return
      this.#context.counters.droppedOverflow++
      this.#forget(entry)
    }
  }

  /** The entry leaves for good. */
  #forget(entry: HeldEntry): void {
    this.#context.memory.entries--
    if (entry.offset !== -1 && !this.#isDeleted) this.#settledRange?.add(entry.offset)
    this.#context.memory.release(entry.message)
  }
}
