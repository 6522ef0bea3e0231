import type { Consumer } from "../api/consumer.ts"
import type { Consumers } from "./consumers.ts"

interface Seat {
  readonly consumer: Consumer
  /** It has not said that its credit is used up, and stands in the line of those that are asked. */
  isHungry: boolean
  /** Neighbours in the line. */
  before: Seat | undefined
  behind: Seat | undefined
}

/**
 * The consumers of one holder, who take turns: those that may have credit stand in a line, whoever got something goes to
 * its end, and whoever has no credit leaves it until woken. Nothing here takes longer when there are many consumers.
 */
export class ConsumerCircle implements Consumers {
  readonly #seats = new Map<Consumer, Seat>()
  /** The line of the hungry. */
  #first: Seat | undefined
  #last: Seat | undefined
  #exclusive = 0
  /** Found last: most wakings are of the same consumer again. */
  #found: Seat | undefined

  get size(): number {
    return this.#seats.size
  }

  get isHungry(): boolean {
    return this.#first !== undefined
  }

  get hasExclusive(): boolean {
    return this.#exclusive > 0
  }

  add(consumer: Consumer): void {
    const seat: Seat = { consumer, isHungry: true, before: undefined, behind: undefined }
    this.#seats.set(consumer, seat)
    if (consumer.exclusive) this.#exclusive++
    this.#append(seat)
  }

  remove(consumer: Consumer): boolean {
    const seat = this.#seats.get(consumer)
    if (seat === undefined) return false
    if (seat.isHungry) this.#takeOut(seat)
    if (consumer.exclusive) this.#exclusive--
    this.#seats.delete(consumer)
    this.#found = undefined
    return true
  }

  wake(consumer: Consumer): boolean {
    const seat = this.#found?.consumer === consumer ? this.#found : this.#seats.get(consumer)
    if (seat === undefined) return false
    this.#found = seat
    if (seat.isHungry) return true
    seat.isHungry = true
    this.#append(seat)
    return true
  }

  serves(): boolean {
    return true
  }

  take(): Consumer | undefined {
    for (let seat = this.#first; seat !== undefined; seat = this.#first) {
      const { consumer } = seat
      if (!consumer.hasCredit()) {
        seat.isHungry = false
        this.#takeOut(seat)
        continue
      }
      if (seat !== this.#last) {
        this.#takeOut(seat)
        this.#append(seat)
      }
      return consumer
    }
    return undefined
  }

  clear(): readonly Consumer[] {
    const consumers = [...this.#seats.keys()]
    this.#seats.clear()
    this.#first = undefined
    this.#last = undefined
    this.#exclusive = 0
    this.#found = undefined
    return consumers
  }

  #append(seat: Seat): void {
    seat.before = this.#last
    if (this.#last === undefined) this.#first = seat
    else this.#last.behind = seat
    this.#last = seat
  }

  #takeOut(seat: Seat): void {
    if (seat.before === undefined) this.#first = seat.behind
    else seat.before.behind = seat.behind
    if (seat.behind === undefined) this.#last = seat.before
    else seat.behind.before = seat.before
    seat.before = undefined
    seat.behind = undefined
  }
}
