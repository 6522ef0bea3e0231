import type { Message } from "@polymq/message"
import type { LogId, Store, Ticket } from "../api/store.ts"

/** The broker's one way to the store: hands out log numbers and remembers how far the store has been asked and has answered. */
export class Journal {
  readonly #store: Store
  #lastTicket: Ticket = 0
  #watermark: Ticket = 0
  #lastLog: LogId = 0

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

  /** Takes the store's word that everything up to the watermark is durable. */
  reached(watermark: Ticket): void {
    if (watermark > this.#watermark) this.#watermark = watermark
  }

  /** A number for the log of a new durable holder. */
  openLog(): LogId {
    return ++this.#lastLog
  }

  append(message: Message, logs: readonly LogId[]): Ticket {
    this.#lastTicket = this.#store.append(message, logs)
    return this.#lastTicket
  }

  settle(log: LogId, fromOffset: number, toOffset: number): void {
    this.#lastTicket = this.#store.settle(log, fromOffset, toOffset)
  }

  drop(log: LogId): void {
    this.#lastTicket = this.#store.drop(log)
  }
}
