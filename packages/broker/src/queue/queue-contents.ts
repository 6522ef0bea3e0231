import type { DeathReason, Message } from "@polymq/message"
import type { LogId, Ticket } from "../api/store.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { DeadLetterLine } from "../dead-letter/dead-letter-line.ts"
import { DeadLetters } from "../dead-letter/dead-letters.ts"
import type { Expirable, Expiring } from "../expirable.ts"
import { BoundedLine, type LengthLimit } from "./bounded-line.ts"
import type { HeldEntry } from "./held-entry.ts"
import type { Line } from "./line.ts"
import { PriorityLine } from "./priority-line.ts"
import { QueueEntries } from "./queue-entries.ts"
import type { QueueTerms } from "./queue-terms.ts"
import { WaitingLine } from "./waiting-line.ts"

/** What a queue holds: the entries that wait for a consumer, how many those may be, and what becomes of those that die. */
export class QueueContents implements Expirable {
  readonly #queue: string
  readonly #deadLetterLine: DeadLetterLine
  #terms: QueueTerms
  readonly #context: BrokerContext
  readonly #entries: QueueEntries
  /** What waits, without bounds. */
  readonly #waiting: Line
  /** The same, with its bounds where it has some. */
  #line: Line
  #bounds: BoundedLine | undefined
  /** Undefined when what dies here is lost, and always was. */
  #deadLetters: DeadLetters | undefined
  /** Where it waits for its messages to expire. */
  #expiring: Expiring
  #isEnded = false

  constructor(
    queue: string,
    durable: boolean,
    terms: QueueTerms,
    deadLetterLine: DeadLetterLine,
    context: BrokerContext,
  ) {
    this.#queue = queue
    this.#terms = terms
    this.#context = context
    this.#deadLetterLine = deadLetterLine
    this.#entries = new QueueEntries(durable, terms.ttlMs, context)
    this.#waiting = terms.priorities === undefined ? new WaitingLine() : new PriorityLine(terms.priorities)
    this.#line = this.#waiting
    this.#expiring = context.expiring
    this.#adopt(terms)
  }

  /** Holds to other terms from now on. What is here keeps its time to live; what exceeds the length, goes. */
  change(terms: QueueTerms): void {
    this.#adopt(terms)
    if (!this.isEmpty) this.#expiring.add(this)
    if (this.#bounds !== undefined && terms.overflow === "drop-head") this.#dropOverflow(this.#bounds)
  }

  /** 0 for a queue that is not durable. */
  get log(): LogId {
    return this.#entries.log
  }

  /** Whether nothing waits, not even something that has expired. */
  get isEmpty(): boolean {
    return this.#line.length === 0
  }

  /** Messages that are ready. */
  get ready(): number {
    this.#dropExpired()
    return this.#line.length
  }

  /** A full queue that is to keep what it has asks its publishers to wait, even while a consumer has credit. */
  admits(message: Message): boolean {
    if (this.#bounds === undefined || this.#terms.overflow === "drop-head") return !this.#isEnded
    if (this.#bounds.hasRoomFor(message)) return !this.#isEnded
    this.#dropExpired()
    return this.#bounds.hasRoomFor(message) && !this.#isEnded
  }

  /** A message was not admitted. */
  refused(message: Message): void {
    if (this.#terms.overflow === "reject-publish-dlx" && !this.#isEnded) this.#deadLetters?.sendRefused(message)
  }

  /** An entry for a message; where it goes, `push` or a consumer, is not said yet. */
  enter(message: Message, ticket: Ticket): HeldEntry {
    return this.#entries.enter(message, ticket)
  }

  /** The entry leaves for good. */
  leave(entry: HeldEntry): void {
    this.#entries.leave(entry)
  }

  /** Lets a new entry wait. */
  push(entry: HeldEntry): void {
    this.#line.push(entry)
    if (entry.expiresAtMs !== Number.POSITIVE_INFINITY) {
      this.#expiring.add(this)
      this.#dropExpired()
    }
    if (this.#bounds !== undefined) this.#dropOverflow(this.#bounds)
  }

  /** Lets an entry wait again, in its place. */
  giveBack(entry: HeldEntry): void {
    this.#line.giveBack(entry)
    if (entry.expiresAtMs !== Number.POSITIVE_INFINITY) this.#expiring.add(this)
    if (this.#bounds !== undefined) this.#dropOverflow(this.#bounds)
  }

  /** Takes out the next entry; undefined when nothing is ready. */
  next(): HeldEntry | undefined {
    this.#dropExpired()
    return this.#line.shift()
  }

  /** The message is not delivered from here any more: it goes to the dead-letter exchange, if there is one. */
  die(entry: HeldEntry, reason: DeathReason): void {
    if (this.#deadLetters === undefined) this.leave(entry)
    else this.#deadLetters.send(entry, reason)
  }

  /** Removes what is ready and returns how many messages that were. */
  purge(): number {
    const removed = this.ready
    for (const entry of this.#line) this.leave(entry)
    this.#line.clear()
    return removed
  }

  /** Forgets what is ready and the log, and takes nothing more. Returns how many messages were ready. */
  end(): number {
    this.#isEnded = true
    const removed = this.purge()
    this.#deadLetters?.end()
    this.#dropLog()
    this.#expiring.delete(this)
    return removed
  }

  /** Ready messages in the order of their delivery. */
  *messages(): Generator<Message> {
    for (const { message } of this.#line) yield message
  }

  expire(nowMs: number): boolean {
    this.#dropExpiredAt(nowMs)
    return !this.isEmpty
  }

  /** All that depends on the terms; those of most queues never change. */
  #adopt(terms: QueueTerms): void {
    const { ttlMs, lengthLimit, deadLetterTarget: target } = terms
    this.#terms = terms
    this.#entries.ttlMs = ttlMs
    this.#bounds = lengthLimit === undefined ? undefined : this.#bounded(lengthLimit)
    this.#line = this.#bounds ?? this.#waiting
    if (target !== undefined) this.#deadLetters ??= this.#newDeadLetters()
    this.#deadLetters?.aim(target)
    const expiring = target === undefined ? this.#context.expiring : this.#context.expiringSoon
    if (expiring === this.#expiring) return
    this.#expiring.delete(this)
    this.#expiring = expiring
  }

  #bounded(limit: LengthLimit): BoundedLine {
    if (this.#bounds === undefined) return new BoundedLine(this.#waiting, limit)
    this.#bounds.limit = limit
    return this.#bounds
  }

  #newDeadLetters(): DeadLetters {
    return new DeadLetters(this.#queue, this.#deadLetterLine, this.#context, (entry) => this.#buried(entry))
  }

  #dropExpired(): void {
    const first = this.#line.peek()
    if (first !== undefined && first.expiresAtMs !== Number.POSITIVE_INFINITY) {
      this.#dropExpiredAt(this.#context.turn.nowMs())
    }
  }

  #dropExpiredAt(nowMs: number): void {
    for (let entry = this.#line.peek(); entry !== undefined && entry.expiresAtMs <= nowMs; entry = this.#line.peek()) {
      this.#line.shift()
      this.#context.counters.expired++
      this.die(entry, "expired")
    }
  }

  /** Those in front make room, also for what came back: it is the oldest. */
  #dropOverflow(bounds: BoundedLine): void {
    while (bounds.isTooLong) {
      const entry = bounds.shift()
      if (entry === undefined) return
      this.#context.counters.droppedOverflow++
      this.die(entry, "maxlen")
    }
  }

  #buried(entry: HeldEntry): void {
    this.leave(entry)
    if (this.#isEnded) this.#dropLog()
  }

  /** The log of a deleted queue stays until its last dead letter is stored elsewhere. */
  #dropLog(): void {
    if ((this.#deadLetters?.pending ?? 0) === 0) this.#entries.dropLog()
  }
}
