import type { Message } from "@polymq/message"
import type { LogId, Ticket } from "../api/store.ts"
import type { BrokerContext } from "../broker-context.ts"
import { SettledRange } from "../store/settled-range.ts"
import { HeldEntry } from "./held-entry.ts"

/** The entries of one queue from coming to leaving: numbers them, counts what they occupy, settles them in the log. */
export class QueueEntries {
  /** 0 for a queue that is not durable. */
  readonly log: LogId
  readonly #context: BrokerContext
  /** Time to live of messages that come; undefined without one. */
  ttlMs: number | undefined
  readonly #settledRange: SettledRange | undefined
  #nextPosition = 0
  #nextOffset = 0
  #isLogOpen: boolean

  constructor(durable: boolean, ttlMs: number | undefined, context: BrokerContext) {
    this.log = durable ? context.journal.openLog() : 0
    this.#settledRange = durable ? new SettledRange(this.log, context.turn, context.journal) : undefined
    this.#isLogOpen = durable
    this.#context = context
    this.ttlMs = ttlMs
  }

  /** A new entry behind all others. */
  enter(message: Message, ticket: Ticket): HeldEntry {
    const offset = ticket === 0 || this.log === 0 ? -1 : this.#nextOffset++
    const entry = new HeldEntry(message, ticket, this.#nextPosition++, undefined, this.#expiryOf(message), offset)
    if (message.deaths?.wasDelivered === true) entry.redelivered = true
    this.#context.memory.entries++
    return entry
  }

  /** The entry leaves for good. */
  leave(entry: HeldEntry): void {
    this.#context.memory.entries--
    if (entry.offset !== -1 && this.#isLogOpen) this.#settledRange?.add(entry.offset)
    this.#context.memory.release(entry.message)
  }

  /** Drops the log: nothing in it is needed any more. */
  dropLog(): void {
    if (!this.#isLogOpen) return
    this.#isLogOpen = false
    this.#settledRange?.discard()
    this.#context.journal.drop(this.log)
  }

  #expiryOf(message: Message): number {
    const ttlMs = message.ttlMs
    const own = ttlMs === undefined ? Number.POSITIVE_INFINITY : message.receivedAtMs + ttlMs
    return this.ttlMs === undefined ? own : Math.min(own, this.#context.turn.nowMs() + this.ttlMs)
  }
}
