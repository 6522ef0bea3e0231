import type { BrokerContext } from "../broker-context.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import { Ring } from "../queue/ring.ts"
import type { BacklogOwner } from "./backlog.ts"

/** Messages of QoS 0 that are kept back while the client's socket is behind: bounded, and gone when their time is over. */
export class Unsent {
  readonly #owner: BacklogOwner
  readonly #context: BrokerContext
  readonly #line = new Ring<HeldEntry>()

  constructor(owner: BacklogOwner, context: BrokerContext) {
    this.#owner = owner
    this.#context = context
  }

  get length(): number {
    return this.#line.length
  }

  /** False when the message was dropped for want of room; `others` wait for the client, too. */
  push(entry: HeldEntry, others: number): boolean {
    const { counters, limits } = this.#context
    if (this.#line.length + others < limits.maxSessionQos0Backlog) {
      this.#line.push(entry)
      return true
    }
    counters.droppedQos0++
    this.#owner.forget(entry)
    return false
  }

  /** The next that still has time. */
  shift(): HeldEntry | undefined {
    const nowMs = this.#context.turn.nowMs()
    for (let entry = this.#line.shift(); entry !== undefined; entry = this.#line.shift()) {
      if (entry.expiresAtMs > nowMs) return entry
      this.#context.counters.expired++
      this.#owner.forget(entry)
    }
    return undefined
  }

  clear(): void {
    for (const entry of this.#line) this.#owner.forget(entry)
    this.#line.clear()
  }
}
