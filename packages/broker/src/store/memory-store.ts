import { type Message, messageBytes } from "@polymq/message"
import type { LogId, Store, StoreContents, StoredMessage, Ticket } from "../api/store.ts"
import type { Deferred, Turn } from "../api/turn.ts"
import { MemoryLog } from "./memory-log.ts"

/**
 * A store that lasts as long as the object: for tests, and for brokers that need not survive a restart. What is issued
 * in a turn is durable at its end, never inside the operation, so that doors meet the same order as with a disk.
 */
export class MemoryStore implements Store, Deferred {
  readonly #turn: Turn
  readonly #logs = new Map<LogId, MemoryLog>()
  readonly #keys = new Map<string, { readonly value: Uint8Array; readonly changed: Ticket }>()
  readonly #listeners: ((watermark: Ticket) => void)[] = []
  #lastTicket: Ticket = 0
  #watermark: Ticket = 0
  #isScheduled = false
  #flushing: (() => void)[] = []

  constructor(turn: Turn) {
    this.#turn = turn
  }

  async open(): Promise<StoreContents> {
    return {
      keys: [...this.#keys].map(([key, entry]) => [key, entry.value] as const),
      logs: [...this.#logs].map(([log, contents]) => ({ log, unsettled: [...contents.unsettled()] })),
    }
  }

  append(message: Message, logs: readonly LogId[]): Ticket {
    const ticket = this.#issue()
    for (const log of logs) this.#log(log).append(ticket, message)
    return ticket
  }

  settle(log: LogId, fromOffset: number, toOffset: number): Ticket {
    this.#logs.get(log)?.settle(fromOffset, toOffset)
    return this.#issue()
  }

  put(key: string, value: Uint8Array | undefined, expected?: Ticket): Ticket | "conflict" {
    if (expected !== undefined && (this.#keys.get(key)?.changed ?? 0) !== expected) return "conflict"
    const ticket = this.#issue()
    if (value === undefined) this.#keys.delete(key)
    else this.#keys.set(key, { value: value.slice(), changed: ticket })
    return ticket
  }

  async read(log: LogId, fromOffset: number, maxBytes: number): Promise<readonly StoredMessage[]> {
    const found: StoredMessage[] = []
    let bytes = 0
    for (const stored of this.#logs.get(log)?.unsettled(fromOffset) ?? []) {
      bytes += messageBytes(stored.message)
      if (found.length > 0 && bytes > maxBytes) break
      found.push(stored)
    }
    return found
  }

  trim(log: LogId, beforeOffset: number): Ticket {
    this.#logs.get(log)?.trim(beforeOffset)
    return this.#issue()
  }

  drop(log: LogId): Ticket {
    this.#logs.delete(log)
    return this.#issue()
  }

  onDurable(listener: (watermark: Ticket) => void): void {
    this.#listeners.push(listener)
  }

  /** Memory does not fail. */
  onFailed(): void {}

  flush(): Promise<void> {
    if (!this.#isScheduled) return Promise.resolve()
    return new Promise((resolve) => this.#flushing.push(resolve))
  }

  close(): Promise<void> {
    return this.flush()
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    this.#watermark = this.#lastTicket
    for (const listener of this.#listeners) listener(this.#watermark)
    const flushing = this.#flushing
    this.#flushing = []
    for (const resolve of flushing) resolve()
  }

  #issue(): Ticket {
    if (!this.#isScheduled) {
      this.#isScheduled = true
      this.#turn.defer(this)
    }
    return ++this.#lastTicket
  }

  #log(log: LogId): MemoryLog {
    const known = this.#logs.get(log)
    if (known !== undefined) return known
    const created = new MemoryLog()
    this.#logs.set(log, created)
    return created
  }
}
