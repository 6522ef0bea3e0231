import type { Entry, Outcome } from "@polymq/broker"
import { serialCompare, serialSteps } from "../codec/serial.ts"
import type { AddedAnnotations } from "./added-annotations.ts"

/** What a delivery goes back to when it is settled. */
export interface Settler {
  /** Its deliveries that are not settled: `UnsettledDeliveries` counts them here. */
  unsettledCount: number
  /** `undefined`: the peer settled without an outcome, the source's default holds; or it adds nothing to the message. */
  settle(entry: Entry, outcome: Outcome | undefined, added: AddedAnnotations | undefined): void
}

/** Dead slots that are tolerated before the living are moved together, beside as many as there are living ones. */
const SPARE_SLOTS = 64
const FIRST_CAPACITY = 32
/** Above this many slots an empty ring gives its memory back. */
const KEPT_CAPACITY = 1024
/** Half of the circle of serial numbers, less a margin: beyond it "before" and "after" could not be told apart. */
const MAX_SPAN = 0x7fff_0000

/**
 * Deliveries of one session that the peer has not settled, ordered by delivery-id: a ring in which settled ones leave
 * gaps, found by position or by bisection. A range costs what is in flight, whatever it announces.
 */
export class UnsettledDeliveries {
  #ids = new Uint32Array(0)
  #entries: (Entry | undefined)[] = []
  #settlers: (Settler | undefined)[] = []
  /** Positions grow; their slot is the position modulo the capacity. */
  #head = 0
  #tail = 0
  #live = 0
  /** Settling gives the broker a chance to deliver more: meanwhile positions stay what they are. */
  #settling = 0

  /** Deliveries that are not settled. */
  get count(): number {
    return this.#live
  }

  /** More deliveries than these there cannot be from `first` to `last`. */
  atMost(first: number, last: number): number {
    return Math.min(this.#live, serialSteps(first, last) + 1)
  }

  /** Whether a delivery numbered `id` can still be told apart from the oldest one. */
  reaches(id: number): boolean {
    return this.#live === 0 || serialSteps(this.#idAt(this.#head), id) < MAX_SPAN
  }

  /** Adds a delivery whose id is after all others. */
  add(id: number, settler: Settler, entry: Entry): void {
    if (this.#tail - this.#head === this.#ids.length) this.#makeRoom()
    const slot = this.#tail & this.#mask
    this.#ids[slot] = id
    this.#entries[slot] = entry
    this.#settlers[slot] = settler
    this.#tail++
    this.#live++
    settler.unsettledCount++
  }

  /** Settles the deliveries from `first` to `last` and returns how many there were. */
  settle(first: number, last: number, outcome: Outcome | undefined, added?: AddedAnnotations): number {
    if (this.#live === 0) return 0
    const end = this.#tail
    let count = 0
    this.#settling++
    for (let at = this.#lowerBound(first); at < end && serialCompare(this.#idAt(at), last) <= 0; at++) {
      if (this.#finish(at, outcome, added)) count++
    }
    this.#settling--
    this.#tidy()
    return count
  }

  /** Settles every delivery, in order. */
  settleAll(outcome: Outcome): void {
    if (this.#live === 0) return
    const end = this.#tail
    this.#settling++
    for (let at = this.#head; at < end; at++) this.#finish(at, outcome, undefined)
    this.#settling--
    this.#tidy()
  }

  /** Settles every delivery of `settler`, in order. Costs what was sent since the oldest of them. */
  settleAllOf(settler: Settler, outcome: Outcome): void {
    if (settler.unsettledCount === 0) return
    const end = this.#tail
    let at = end
    for (let left = settler.unsettledCount; left > 0; ) if (this.#settlers[--at & this.#mask] === settler) left--
    this.#settling++
    for (; at < end; at++) if (this.#settlers[at & this.#mask] === settler) this.#finish(at, outcome, undefined)
    this.#settling--
    this.#tidy()
  }

  #finish(position: number, outcome: Outcome | undefined, added: AddedAnnotations | undefined): boolean {
    const slot = position & this.#mask
    const entry = this.#entries[slot]
    const settler = this.#settlers[slot]
    if (entry === undefined || settler === undefined) return false
    this.#entries[slot] = undefined
    this.#settlers[slot] = undefined
    this.#live--
    settler.unsettledCount--
    settler.settle(entry, outcome, added)
    return true
  }

  get #mask(): number {
    return this.#ids.length - 1
  }

  #idAt(position: number): number {
    return this.#ids[position & this.#mask] as number
  }

  /** Position of the first delivery that is not before `id`. */
  #lowerBound(id: number): number {
    const guess = this.#head + serialSteps(this.#idAt(this.#head), id)
    if (guess < this.#tail && this.#idAt(guess) === id) return guess
    let low = this.#head
    let high = this.#tail
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      if (serialCompare(this.#idAt(middle), id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Drops the gap at the front; moves the living together when gaps prevail. */
  #tidy(): void {
    if (this.#settling > 0) return
    if (this.#live === 0) {
      this.#head = this.#tail = 0
      if (this.#ids.length > KEPT_CAPACITY) this.#allocate(0)
      return
    }
    while (this.#entries[this.#head & this.#mask] === undefined) this.#head++
    if (this.#tail - this.#head > 2 * this.#live + SPARE_SLOTS) this.#compact()
  }

  #makeRoom(): void {
    if (this.#settling === 0 && this.#live * 2 < this.#ids.length) this.#compact()
    else this.#grow()
  }

  /** Twice the storage; every delivery keeps its position. */
  #grow(): void {
    const [ids, entries, settlers, mask] = [this.#ids, this.#entries, this.#settlers, this.#mask]
    this.#allocate(Math.max(ids.length * 2, FIRST_CAPACITY))
    for (let at = this.#head; at < this.#tail; at++) {
      const slot = at & this.#mask
      this.#ids[slot] = ids[at & mask] as number
      this.#entries[slot] = entries[at & mask]
      this.#settlers[slot] = settlers[at & mask]
    }
  }

  /** Moves the living together, within the storage. */
  #compact(): void {
    let to = this.#head
    for (let at = this.#head; at < this.#tail; at++) {
      const from = at & this.#mask
      if (this.#entries[from] === undefined) continue
      const slot = to++ & this.#mask
      if (slot === from) continue
      this.#ids[slot] = this.#ids[from] as number
      this.#entries[slot] = this.#entries[from]
      this.#settlers[slot] = this.#settlers[from]
      this.#entries[from] = undefined
      this.#settlers[from] = undefined
    }
    this.#tail = to
  }

  #allocate(capacity: number): void {
    this.#ids = new Uint32Array(capacity)
    this.#entries = new Array<Entry | undefined>(capacity).fill(undefined)
    this.#settlers = new Array<Settler | undefined>(capacity).fill(undefined)
  }
}
