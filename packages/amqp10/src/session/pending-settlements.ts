import type { Ticket } from "@polymq/broker"
import { serialAdd, serialCompare } from "../codec/serial.ts"

/** Number of an outcome in `PUBLISH_OUTCOMES`; 0 for a delivery that the peer need not hear of any more. */
export type OutcomeNumber = number

/** Whose deliveries are acknowledged: told how many, once per run of them. */
export interface Acknowledged {
  acknowledged(count: number): void
}

/** Takes one range of deliveries with equal outcome. */
export type RangeSink = (first: number, last: number, outcome: OutcomeNumber) => void

/** A delivery of which the peer settled or lost its half. */
export const SILENT: OutcomeNumber = 0

const FIRST_CAPACITY = 32
const KEPT_CAPACITY = 1024

/**
 * Deliveries from a peer that wait for their disposition, in publish order: a ring of delivery-id, ticket and outcome.
 * They are acknowledged up to the store's watermark, refusals included. It is as long as the credit that was given.
 */
export class PendingSettlements {
  #ids = new Uint32Array(0)
  #tickets = new Float64Array(0)
  #outcomes = new Uint8Array(0)
  #owners: (Acknowledged | undefined)[] = []
  #head = 0
  #tail = 0

  get count(): number {
    return this.#tail - this.#head
  }

  add(id: number, ticket: Ticket, outcome: OutcomeNumber, owner: Acknowledged): void {
    if (this.count === this.#ids.length) this.#grow()
    const slot = this.#tail & (this.#ids.length - 1)
    this.#ids[slot] = id
    this.#tickets[slot] = ticket
    this.#outcomes[slot] = outcome
    this.#owners[slot] = owner
    this.#tail++
  }

  /** Hands the deliveries that are durable by now to `sink`, as ranges. */
  flush(watermark: Ticket, sink: RangeSink): void {
    const mask = this.#ids.length - 1
    let first = 0
    let last = 0
    let outcome = SILENT
    let owner: Acknowledged | undefined
    let count = 0
    while (this.#head < this.#tail) {
      const slot = this.#head & mask
      if ((this.#tickets[slot] as number) > watermark) break
      const id = this.#ids[slot] as number
      const next = this.#outcomes[slot] as number
      if (next !== outcome || id !== serialAdd(last, 1)) {
        if (outcome !== SILENT) sink(first, last, outcome)
        first = id
        outcome = next
      }
      last = id
      const nextOwner = this.#owners[slot]
      this.#owners[slot] = undefined
      this.#head++
      if (nextOwner !== owner) {
        owner?.acknowledged(count)
        owner = nextOwner
        count = 0
      }
      count++
    }
    if (outcome !== SILENT) sink(first, last, outcome)
    owner?.acknowledged(count)
    if (this.#head === this.#tail && this.#ids.length > KEPT_CAPACITY) this.#allocate(0)
  }

  /** The peer has settled these: their dispositions are not sent any more. */
  silence(first: number, last: number): void {
    const mask = this.#ids.length - 1
    for (let at = this.#head; at < this.#tail; at++) {
      const id = this.#ids[at & mask] as number
      if (serialCompare(id, first) >= 0 && serialCompare(id, last) <= 0) this.#outcomes[at & mask] = SILENT
    }
  }

  /** Nobody waits for the deliveries of `owner` any more. */
  forget(owner: Acknowledged): void {
    const mask = this.#ids.length - 1
    for (let at = this.#head; at < this.#tail; at++) {
      if (this.#owners[at & mask] !== owner) continue
      this.#outcomes[at & mask] = SILENT
      this.#owners[at & mask] = undefined
    }
  }

  /** Nobody waits for anything any more. */
  clear(): void {
    this.#allocate(0)
  }

  #grow(): void {
    const [ids, tickets, outcomes, owners] = [this.#ids, this.#tickets, this.#outcomes, this.#owners]
    const [head, count, mask] = [this.#head, this.count, this.#ids.length - 1]
    this.#allocate(Math.max(FIRST_CAPACITY, ids.length * 2))
    for (let index = 0; index < count; index++) {
      const slot = (head + index) & mask
      this.#ids[index] = ids[slot] as number
      this.#tickets[index] = tickets[slot] as number
      this.#outcomes[index] = outcomes[slot] as number
      this.#owners[index] = owners[slot]
    }
    this.#tail = count
  }

  #allocate(capacity: number): void {
    this.#ids = new Uint32Array(capacity)
    this.#tickets = new Float64Array(capacity)
    this.#outcomes = new Uint8Array(capacity)
    this.#owners = new Array<Acknowledged | undefined>(capacity).fill(undefined)
    this.#head = this.#tail = 0
  }
}
