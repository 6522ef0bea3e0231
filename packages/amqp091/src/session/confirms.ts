import type { Ticket } from "@polymq/broker"
import type { FrameWriter } from "./frame-writer.ts"

/** Stands in the place of a ticket for a publish that the broker refused. */
const REFUSED = -1

const INITIAL_CAPACITY = 16

/** A larger ring is given up when it is empty. */
const KEPT_CAPACITY = 4096

/**
 * Publishes of one channel in confirm mode that wait for their acknowledgement: a ring of tickets, the oldest of which
 * has the delivery tag `#firstTag`. Acknowledgements leave in publish order, runs of them as one.
 */
export class Confirms {
  #tickets: Float64Array = new Float64Array(INITIAL_CAPACITY)
  #mask = INITIAL_CAPACITY - 1
  #count = 0
  /** Tags count from 1 since confirm.select. */
  #firstTag = 1

  /** Publishes that are not acknowledged yet. */
  get count(): number {
    return this.#count
  }

  /** Adds a publish that is acknowledged once `waitFor` is durable; 0: at once. */
  push(waitFor: Ticket): void {
    if (this.#count > this.#mask) this.#resize((this.#mask + 1) * 2)
    this.#tickets[(this.#firstTag + this.#count) & this.#mask] = waitFor
    this.#count++
  }

  /** Adds a publish that is answered with basic.nack, in its turn. */
  pushRefused(): void {
    this.push(REFUSED)
  }

  /** Acknowledges, from the oldest on, everything that is durable up to the watermark. */
  flush(writer: FrameWriter, channel: number, watermark: Ticket): void {
    while (this.#count > 0 && this.#at(0) <= watermark) {
      const isRefused = this.#at(0) === REFUSED
      let run = 1
      while (run < this.#count && this.#at(run) <= watermark && (this.#at(run) === REFUSED) === isRefused) run++
      this.#firstTag += run
      this.#count -= run
      if (isRefused) writer.nack(channel, this.#firstTag - 1, run > 1)
      else writer.ack(channel, this.#firstTag - 1, run > 1)
    }
    if (this.#count === 0 && this.#mask >= KEPT_CAPACITY) this.#resize(INITIAL_CAPACITY)
  }

  #at(index: number): number {
    return this.#tickets[(this.#firstTag + index) & this.#mask] as number
  }

  #resize(size: number): void {
    const tickets = new Float64Array(size)
    for (let index = 0; index < this.#count; index++) {
      tickets[(this.#firstTag + index) & (size - 1)] = this.#at(index)
    }
    this.#tickets = tickets
    this.#mask = size - 1
  }
}
