import {
  type LogId,
  MemoryStore,
  type Store,
  type StoreContents,
  type StoredMessage,
  type Ticket,
  type Turn,
} from "@polymq/broker"
import type { Message } from "@polymq/message"

/** What a store was asked to do, in the words of its operations. */
export type StoreOperation = "append" | "settle" | "put" | "trim" | "drop"

/** A memory store that loses its disk when it is told to: from then on nothing becomes durable and nothing is written. */
export class FailingStore implements Store {
  /** Operations issued after the failure. */
  readonly lateOperations: StoreOperation[] = []
  readonly #store: MemoryStore
  readonly #listeners: ((cause: Error) => void)[] = []
  #lastTicket: Ticket = 0
  #hasFailed = false

  constructor(turn: Turn) {
    this.#store = new MemoryStore(turn)
  }

  /** Fails; once, as every store. */
  fail(cause: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    for (const listener of this.#listeners) listener(cause)
  }

  open(): Promise<StoreContents> {
    return this.#store.open()
  }

  append(message: Message, logs: readonly LogId[]): Ticket {
    return this.#issue("append", () => this.#store.append(message, logs))
  }

  settle(log: LogId, fromOffset: number, toOffset: number): Ticket {
    return this.#issue("settle", () => this.#store.settle(log, fromOffset, toOffset))
  }

  put(key: string, value: Uint8Array | undefined, expected?: Ticket): Ticket | "conflict" {
    return this.#issue<Ticket | "conflict">("put", () => this.#store.put(key, value, expected))
  }

  read(log: LogId, fromOffset: number, maxBytes: number): Promise<readonly StoredMessage[]> {
    return this.#store.read(log, fromOffset, maxBytes)
  }

  trim(log: LogId, beforeOffset: number): Ticket {
    return this.#issue("trim", () => this.#store.trim(log, beforeOffset))
  }

  drop(log: LogId): Ticket {
    return this.#issue("drop", () => this.#store.drop(log))
  }

  onDurable(listener: (watermark: Ticket) => void): void {
    this.#store.onDurable((watermark) => {
      if (!this.#hasFailed) listener(watermark)
    })
  }

  onFailed(listener: (cause: Error) => void): void {
    this.#listeners.push(listener)
  }

  flush(): Promise<void> {
    return this.#store.flush()
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #issue<Result extends Ticket | "conflict">(operation: StoreOperation, run: () => Result): Result | Ticket {
    if (this.#hasFailed) {
      this.lateOperations.push(operation)
      return ++this.#lastTicket
    }
    const result = run()
    if (result !== "conflict") this.#lastTicket = Number(result)
    return result
  }
}
