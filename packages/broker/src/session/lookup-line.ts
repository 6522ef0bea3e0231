import type { Deferred, Turn } from "../api/turn.ts"

/**
 * Steps of a portion: a fraction of a millisecond. A turn of the event loop has up to 64 rounds of deferred work, each
 * of which may be one portion.
 */
export const PORTION_STEPS = 1024

/** Work that can be done in portions. */
export interface PortionedWork {
  readonly isDone: boolean
  /** Goes on for about so many steps; returns how many it took, not fewer while something is left to do. */
  work(maxSteps: number): number
}

/** The line in which the sessions of a vhost take turns to look up retained messages, one portion for all of them per round. */
export class LookupLine implements Deferred {
  readonly #turn: Turn
  readonly #waiting = new Set<PortionedWork>()
  #stepsLeft = PORTION_STEPS
  #isDeferred = false

  constructor(turn: Turn) {
    this.#turn = turn
  }

  /** Begins at once where something of this round's portion is left; nothing happens when the work is in the line already. */
  add(work: PortionedWork): void {
    this.#waiting.add(work)
    this.#goOn()
  }

  remove(work: PortionedWork): void {
    this.#waiting.delete(work)
  }

  runAtTurnEnd(): void {
    this.#isDeferred = false
    this.#stepsLeft = PORTION_STEPS
    if (this.#waiting.size > 0) this.#goOn()
  }

  #goOn(): void {
    if (!this.#isDeferred) this.#turn.defer(this)
    this.#isDeferred = true
    for (const work of this.#waiting) {
      if (this.#stepsLeft <= 0) return
      this.#waiting.delete(work)
      this.#stepsLeft -= work.work(this.#stepsLeft)
      // Behind the others.
      if (!work.isDone) this.#waiting.add(work)
    }
  }
}
