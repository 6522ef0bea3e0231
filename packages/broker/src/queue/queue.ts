import type { DeathReason, Message } from "@polymq/message"
import type { Consumer } from "../api/consumer.ts"
import type { Entry, Match, Outcome } from "../api/entry.ts"
import type { LogId, Ticket } from "../api/store.ts"
import type { QueueSettings, QueueStatus } from "../api/topology.ts"
import type { Deferred } from "../api/turn.ts"
import type { BrokerContext, Expirable } from "../broker-context.ts"
import type { DeadLetterLine } from "../dead-letter/dead-letter-line.ts"
import { DeadLetters } from "../dead-letter/dead-letters.ts"
import type { Bound } from "../exchange/bound.ts"
import { type Route, type RoutedHolder, routeTo } from "../exchange/route.ts"
import { BoundedLine } from "./bounded-line.ts"
import { ConsumerCircle } from "./consumer-circle.ts"
import { handOver } from "./hand-over.ts"
import { HeldEntry } from "./held-entry.ts"
import type { Line } from "./line.ts"
import { QueueEntries } from "./queue-entries.ts"
import { type Overflow, readQueueTerms } from "./queue-terms.ts"
import { WaitingLine } from "./waiting-line.ts"

/** What a queue needs of its vhost. */
export interface QueueHome {
  readonly deadLetterLine: DeadLetterLine
  /** The last consumer has left. */
  unused(queue: Queue): void
}

/** A queue: first in, first out, to consumers in turn; messages leave when they are settled. */
export class Queue implements RoutedHolder, Expirable, Deferred {
  readonly name: string
  readonly settings: QueueSettings
  readonly durable: boolean
  /** The connection that alone may use it; undefined when it is not exclusive. */
  readonly owner: number | undefined
  readonly connection = undefined
  /** The route of the default exchange to this queue. */
  readonly route: Route
  /** Bindings that lead here. */
  readonly incoming = new Set<Bound>()
  readonly #context: BrokerContext
  readonly #home: QueueHome
  readonly #entries: QueueEntries
  readonly #consumers = new ConsumerCircle()
  readonly #waiting: Line
  /** The same line, where it has bounds. */
  readonly #bounds: BoundedLine | undefined
  readonly #overflow: Overflow
  /** Undefined when what dies here is lost. */
  readonly #deadLetters: DeadLetters | undefined
  #isDelivering = false
  #isScheduled = false
  #isDeleted = false

  constructor(settings: QueueSettings, owner: number | undefined, context: BrokerContext, home: QueueHome) {
    const { ttlMs, lengthLimit, overflow, deadLetterTarget: target } = readQueueTerms(settings.arguments)
    this.name = settings.name
    this.settings = settings
    this.durable = settings.durable && !settings.exclusive
    this.owner = owner
    this.#entries = new QueueEntries(this.durable, ttlMs, context)
    this.#context = context
    this.#home = home
    const line = new WaitingLine()
    this.#bounds = lengthLimit === undefined ? undefined : new BoundedLine(line, lengthLimit)
    this.#waiting = this.#bounds ?? line
    this.#overflow = overflow
    this.#deadLetters =
      target === undefined
        ? undefined
        : new DeadLetters(this.name, target, home.deadLetterLine, context, (entry) => this.#buried(entry))
    this.route = routeTo([{ holder: this, match: undefined, localMatch: undefined }])
  }

  get log(): LogId {
    return this.#entries.log
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

  refused(message: Message): void {
    if (this.#overflow === "reject-publish-dlx" && !this.#isDeleted) this.#deadLetters?.sendRefused(message)
  }

  publish(message: Message, ticket: Ticket, _match: Match | undefined): void {
    const entry = this.#entries.enter(message, ticket)
    if (this.#isDeleted) {
      this.#entries.leave(entry)
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
    if (this.#consumers.remove(consumer) && this.#consumers.size === 0) this.#home.unused(this)
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
      this.#entries.leave(entry)
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
    if (outcome === "accepted" || this.#isDeleted) {
      this.#entries.leave(entry)
    } else if (outcome === "rejected") {
      this.#die(entry, "rejected")
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
    for (const entry of this.#waiting) this.#entries.leave(entry)
    this.#waiting.clear()
    return removed
  }

  /** Cancels the consumers and forgets the messages; those under way end when they are settled. Returns how many were ready. */
  delete(): number {
    this.#isDeleted = true
    const removed = this.purge()
    this.#dropLog()
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
      this.#entries.leave(entry)
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
      this.#die(entry, "expired")
    }
  }

  /** Those in front make room, also for what came back: it is the oldest. */
  #dropOverflow(bounds: BoundedLine): void {
    while (bounds.isTooLong) {
      const entry = bounds.shift()
      if (entry === undefined) return
      this.#context.counters.droppedOverflow++
      this.#die(entry, "maxlen")
    }
  }

  /** The message is not delivered from here any more: it goes to the dead-letter exchange, if there is one. */
  #die(entry: HeldEntry, reason: DeathReason): void {
    if (this.#deadLetters === undefined) this.#entries.leave(entry)
    else this.#deadLetters.send(entry, reason)
  }

  #buried(entry: HeldEntry): void {
    this.#entries.leave(entry)
    if (this.#isDeleted) this.#dropLog()
  }

  /** The log of a deleted queue stays until its last dead letter is stored elsewhere. */
  #dropLog(): void {
    if ((this.#deadLetters?.pending ?? 0) === 0) this.#entries.dropLog()
  }
}
