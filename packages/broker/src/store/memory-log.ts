import type { Message } from "@polymq/message"
import type { StoredMessage, Ticket } from "../api/store.ts"

/** Settled slots are cleared away when there are more of them than this and than unsettled ones. */
const MIN_CLEARED = 1024

interface Slot {
  readonly ticket: Ticket
  readonly offset: number
  /** Undefined once settled: a settled message must not stay in memory. */
  message: Message | undefined
}

/** One log of the memory store: its unsettled messages in order. */
export class MemoryLog {
  #slots: Slot[] = []
  #nextOffset = 0
  /** Slots before this one are settled. */
  #head = 0
  #settled = 0

  append(ticket: Ticket, message: Message): void {
    this.#slots.push({ ticket, offset: this.#nextOffset++, message })
  }

  /** Settles offsets up to and including `toOffset`. */
  settle(fromOffset: number, toOffset: number): void {
    for (let at = this.#find(fromOffset); at < this.#slots.length; at++) {
      const slot = this.#slots[at]
      if (slot === undefined || slot.offset > toOffset) break
      if (slot.message === undefined) continue
      slot.message = undefined
      this.#settled++
    }
    while (this.#head < this.#slots.length && this.#slots[this.#head]?.message === undefined) this.#head++
    if (this.#settled > MIN_CLEARED && this.#settled * 2 > this.#slots.length) this.#clear()
  }

  /** Settles everything before an offset. */
  trim(beforeOffset: number): void {
    this.settle(0, beforeOffset - 1)
  }

  *unsettled(fromOffset = 0): Generator<StoredMessage> {
    for (let at = this.#find(fromOffset); at < this.#slots.length; at++) {
      const slot = this.#slots[at]
      if (slot?.message !== undefined) yield { ticket: slot.ticket, offset: slot.offset, message: slot.message }
    }
  }

  /** Place of the first slot that is not before the offset; the head, as a rule. */
  #find(offset: number): number {
    let low = this.#head
    if ((this.#slots[low]?.offset ?? offset) >= offset) return low
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#slots[middle]?.offset ?? offset) < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  #clear(): void {
    this.#slots = this.#slots.filter((slot) => slot.message !== undefined)
    this.#head = 0
    this.#settled = 0
  }
}
