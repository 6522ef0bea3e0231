import type { Entry, Holder } from "@polymq/broker"

/** Whose a delivery is: a consumer, or a basic.get. */
export interface DeliverySource {
  readonly holder: Holder
  /** One of its deliveries is settled. */
  settled(): void
  /** Asks for more deliveries if it once had no credit and has some now. */
  wakeIfStarved(): void
}

const INITIAL_CAPACITY = 16

/** A larger ring is given up when it is empty. */
const KEPT_CAPACITY = 4096

/**
 * Deliveries of one channel that wait to be settled, by ascending delivery tag: a ring of three columns, with holes where
 * a delivery was settled out of turn. The holes are closed before the ring would grow, so that one delivery that is
 * never settled does not make it grow without end.
 */
export class Unsettled {
  #tags: Float64Array = new Float64Array(0)
  #entries: (Entry | undefined)[] = []
  #sources: (DeliverySource | undefined)[] = []
  #mask = -1
  /** Place of the oldest and behind the newest; both only grow, the ring's slot is the place's low bits. */
  #head = 0
  #tail = 0
  #count = 0

  /** Deliveries that wait. */
  get count(): number {
    return this.#count
  }

  /** Deliveries there is room for. */
  get capacity(): number {
    return this.#mask + 1
  }

  /** Tag of the newest delivery that waits; 0 when there is none. */
  get newestTag(): number {
    return this.#count === 0 ? 0 : (this.#tags[(this.#tail - 1) & this.#mask] as number)
  }

  /** Adds a delivery; its tag is above all others. */
  push(tag: number, entry: Entry, source: DeliverySource): void {
    if (this.#tail - this.#head > this.#mask) this.#makeRoom()
    const slot = this.#tail & this.#mask
    this.#tags[slot] = tag
    this.#entries[slot] = entry
    this.#sources[slot] = source
    this.#tail++
    this.#count++
  }

  /** Slot of the delivery with this tag, good until the next change; -1 when none waits. */
  find(tag: number): number {
    if (this.#count === 0) return -1
    const guess = this.#head + tag - (this.#tags[this.#head & this.#mask] as number)
    if (guess < this.#head) return -1
    const isExact = guess < this.#tail && this.#tags[guess & this.#mask] === tag
    const place = isExact ? guess : this.#search(tag)
    if (place < 0) return -1
    const slot = place & this.#mask
    return this.#entries[slot] === undefined ? -1 : slot
  }

  /** Slot of the oldest delivery that waits and whose tag is not above `tag`; -1 when there is none. */
  oldestUpTo(tag: number): number {
    if (this.#count === 0) return -1
    const slot = this.#head & this.#mask
    return (this.#tags[slot] as number) <= tag ? slot : -1
  }

  entryAt(slot: number): Entry {
    return this.#entries[slot] as Entry
  }

  sourceAt(slot: number): DeliverySource {
    return this.#sources[slot] as DeliverySource
  }

  /** Forgets the delivery at a slot that was just found. */
  remove(slot: number): void {
    this.#entries[slot] = undefined
    this.#sources[slot] = undefined
    this.#count--
    if (this.#count === 0) {
      if (this.capacity > KEPT_CAPACITY) this.#resize(INITIAL_CAPACITY)
      this.#head = this.#tail
      return
    }
    while (this.#entries[this.#head & this.#mask] === undefined) this.#head++
    while (this.#entries[(this.#tail - 1) & this.#mask] === undefined) this.#tail--
  }

  #search(tag: number): number {
    let low = this.#head
    let high = this.#tail - 1
    while (low <= high) {
      const middle = low + Math.floor((high - low) / 2)
      const found = this.#tags[middle & this.#mask] as number
      if (found === tag) return middle
      if (found < tag) low = middle + 1
      else high = middle - 1
    }
    return -1
  }

  /** Closes the holes; doubles the ring unless that made half of it free. */
  #makeRoom(): void {
    const { capacity } = this
    this.#resize(Math.max(INITIAL_CAPACITY, this.#count > capacity / 2 ? capacity * 2 : capacity))
  }

  /** Moves what waits to columns of another size, which holds it. */
  #resize(size: number): void {
    const tags = new Float64Array(size)
    const entries = new Array<Entry | undefined>(size)
    const sources = new Array<DeliverySource | undefined>(size)
    let to = 0
    for (let place = this.#head; place < this.#tail; place++) {
      const slot = place & this.#mask
      if (this.#entries[slot] === undefined) continue
      tags[to] = this.#tags[slot] as number
      entries[to] = this.#entries[slot]
      sources[to] = this.#sources[slot]
      to++
    }
    this.#tags = tags
    this.#entries = entries
    this.#sources = sources
    this.#mask = size - 1
    this.#head = 0
    this.#tail = to
  }
}
