import type { Consumer } from "../api/consumer.ts"

interface Seat {
  readonly consumer: Consumer
  /** It has not said that its credit is used up. */
  isHungry: boolean
}

/** The consumers of one holder, who take turns; those without credit are passed over until they are woken. */
export class ConsumerCircle {
  readonly #seats: Seat[] = []
  /** The seat whose turn it is. */
  #next = 0
  #hungry = 0

  get size(): number {
    return this.#seats.length
  }

  /** Whether some consumer may have credit. */
  get isHungry(): boolean {
    return this.#hungry > 0
  }

  get hasExclusive(): boolean {
    return this.#seats.some(({ consumer }) => consumer.exclusive)
  }

  add(consumer: Consumer): void {
    this.#seats.push({ consumer, isHungry: true })
    this.#hungry++
  }

  /** False when it is not here. */
  remove(consumer: Consumer): boolean {
    const at = this.#seats.findIndex((seat) => seat.consumer === consumer)
    const seat = this.#seats[at]
    if (seat === undefined) return false
    if (seat.isHungry) this.#hungry--
    this.#seats.splice(at, 1)
    if (at < this.#next) this.#next--
    if (this.#next >= this.#seats.length) this.#next = 0
    return true
  }

  /** Asks the consumer again from now on; false when it is not here. */
  wake(consumer: Consumer): boolean {
    for (let at = 0; at < this.#seats.length; at++) {
      const seat = this.#seats[at]
      if (seat === undefined || seat.consumer !== consumer) continue
      if (!seat.isHungry) {
        seat.isHungry = true
        this.#hungry++
      }
      return true
    }
    return false
  }

  /** The next consumer that has credit, and moves on; undefined when there is none. */
  take(): Consumer | undefined {
    const seats = this.#seats
    for (let asked = 0; asked < seats.length && this.#hungry > 0; asked++) {
      const at = this.#next
      this.#next = at + 1 === seats.length ? 0 : at + 1
      const seat = seats[at]
      if (seat === undefined || !seat.isHungry) continue
      if (seat.consumer.hasCredit()) return seat.consumer
      seat.isHungry = false
      this.#hungry--
    }
    return undefined
  }

  /** Takes all consumers away. */
  clear(): readonly Consumer[] {
    const consumers = this.#seats.map(({ consumer }) => consumer)
    this.#seats.length = 0
    this.#next = 0
    this.#hungry = 0
    return consumers
  }
}
