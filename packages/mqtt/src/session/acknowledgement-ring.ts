import type { Ticket } from "@polymq/broker"

const INITIAL_SLOTS = 16

/**
 * Acknowledgements owed to a publisher, in publish order (MQTT 5.0 section 4.6): each waits for a ticket to become
 * durable, and those behind it wait for it. Storage is allocated on first use.
 */
export class AcknowledgementRing {
  #tickets: Float64Array = NO_TICKETS
  #items: Uint32Array = NO_ITEMS
  #first = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Adds what is to be written once `ticket` is durable; `item` is any unsigned 32-bit number. */
  push(ticket: Ticket, item: number): void {
    if (this.#count === this.#tickets.length) this.#grow()
    const slot = (this.#first + this.#count) & (this.#tickets.length - 1)
    this.#tickets[slot] = ticket
    this.#items[slot] = item
    this.#count++
  }

  /** How many from the front may be written at this watermark. */
  due(watermark: Ticket): number {
    const tickets = this.#tickets
    const mask = tickets.length - 1
    let due = 0
    while (due < this.#count && (tickets[(this.#first + due) & mask] as number) <= watermark) due++
    return due
  }

  /** The item `index` places behind the front. */
  peek(index: number): number {
    return this.#items[(this.#first + index) & (this.#items.length - 1)] as number
  }

  /** Takes `count` from the front. */
  drop(count: number): void {
    this.#first = (this.#first + count) & (this.#items.length - 1)
    this.#count -= count
  }

  /** Gives the storage back when nothing is waiting; called now and then. */
  relax(): void {
    if (this.#count > 0) return
    this.#tickets = NO_TICKETS
    this.#items = NO_ITEMS
    this.#first = 0
  }

  #grow(): void {
    const size = Math.max(INITIAL_SLOTS, this.#count * 2)
    const tickets = new Float64Array(size)
    const items = new Uint32Array(size)
    const tail = this.#tickets.length - this.#first
    tickets.set(this.#tickets.subarray(this.#first))
    tickets.set(this.#tickets.subarray(0, this.#first), tail)
    items.set(this.#items.subarray(this.#first))
    items.set(this.#items.subarray(0, this.#first), tail)
    this.#tickets = tickets
    this.#items = items
    this.#first = 0
  }
}

const NO_TICKETS = new Float64Array(0)
const NO_ITEMS = new Uint32Array(0)
