import type { HeldEntry } from "./held-entry.ts"
import type { Line } from "./line.ts"
import { Returned } from "./returned.ts"
import { Ring } from "./ring.ts"

/** Entries that wait for a consumer: first those that came back, by position, then those never delivered, first in first out. */
export class WaitingLine implements Line {
  readonly #returned = new Returned()
  readonly #fresh = new Ring<HeldEntry>()

  get length(): number {
    return this.#returned.length + this.#fresh.length
  }

  /** Entries that came back. */
  get returned(): number {
    return this.#returned.length
  }

  /** Entries never delivered. */
  get fresh(): number {
    return this.#fresh.length
  }

  push(entry: HeldEntry): void {
    this.#fresh.push(entry)
  }

  /** Puts an entry back to its place. */
  giveBack(entry: HeldEntry): void {
    this.#returned.push(entry)
  }

  peek(): HeldEntry | undefined {
    return this.#returned.length > 0 ? this.#returned.peek() : this.#fresh.peek()
  }

  shift(): HeldEntry | undefined {
    return this.#returned.length > 0 ? this.#returned.shift() : this.#fresh.shift()
  }

  /** Takes out the first of those never delivered if its time is over; undefined when it is not. */
  shiftExpired(nowMs: number): HeldEntry | undefined {
    const first = this.#fresh.peek()
    return first !== undefined && first.expiresAtMs <= nowMs ? this.#fresh.shift() : undefined
  }

  clear(): void {
    this.#returned.clear()
    this.#fresh.clear()
  }

  /** First to last. The line must not change meanwhile. */
  *[Symbol.iterator](): Generator<HeldEntry> {
    yield* this.#returned.sorted()
    yield* this.#fresh
  }
}
