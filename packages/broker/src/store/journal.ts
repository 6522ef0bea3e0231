import type { Message } from "@polymq/message"
import type { LogId, Store, Ticket } from "../api/store.ts"

/** The broker's one way to the store: hands out log numbers and remembers how far the store has been asked and has answered. */
export class Journal {
  readonly #store: Store
  #lastTicket: Ticket = 0
  #watermark: Ticket = 0
  #lastLog: LogId = 0
  #hasFailed = false

  constructor(store: Store) {
    this.#store = store
  }

  /** Everything up to this ticket is durable. */
  get watermark(): Ticket {
    return this.#watermark
  }

  /** Whether everything issued is durable. */
  get isDurable(): boolean {
    return this.#watermark >= this.#lastTicket
  }

  /** Whether the store is read-only: nothing that is not durable yet will ever be. */
  get hasFailed(): boolean {
    return this.#hasFailed
  }

  /** Whether something issued may still become durable. */
  get isPending(): boolean {
    return !this.#hasFailed && !this.isDurable
  }

  /** Takes the store's word that it can no longer write; what is issued from now on stays undone. */
  failed(): void {
    this.#hasFailed = true
  }

  /** Takes the store's word that everything up to the watermark is durable. */
  reached(watermark: Ticket): void {
    if (watermark > this.#watermark) this.#watermark = watermark
  }

  /** A number for the log of a new durable holder. */
  openLog(): LogId {
    return ++this.#lastLog
  }

  /** Must not be called when the store has failed. */
  append(message: Message, logs: readonly LogId[]): Ticket {
    this.#lastTicket = this.#store.append(message, logs)
    return this.#lastTicket
  }

  settle(log: LogId, fromOffset: number, toOffset: number): void {
    if (this.#hasFailed) return
    this.#lastTicket = this.#store.settle(log, fromOffset, toOffset)
  }

  drop(log: LogId): void {
    if (this.#hasFailed) return
    this.#lastTicket = this.#store.drop(log)
  }
}
