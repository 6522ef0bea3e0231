import type { Deferred, Turn } from "./api/turn.ts"
import type { Journal } from "./store/journal.ts"

/** Knows when everything that was started is finished: nothing on its way to the store, no delivery unsettled. */
export class Idle implements Deferred {
  readonly #turn: Turn
  readonly #journal: Journal
  #unsettled = 0
  #waiting: (() => void)[] = []
  #isScheduled = false

  constructor(turn: Turn, journal: Journal) {
    this.#turn = turn
    this.#journal = journal
  }

  /** Deliveries under way. */
  get unsettled(): number {
    return this.#unsettled
  }

  delivered(): void {
    this.#unsettled++
  }

  settled(): void {
    if (--this.#unsettled === 0) this.look()
  }

  /** Looks again at the end of the turn; called whenever something has been finished. */
  look(): void {
    if (this.#waiting.length === 0 || this.#isScheduled) return
    this.#isScheduled = true
    this.#turn.deferLast(this)
  }

  /** Resolved at the end of a turn in which nothing is under way any more. */
  whenIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.look()
    })
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    if (this.#unsettled > 0 || this.#journal.isPending) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}
