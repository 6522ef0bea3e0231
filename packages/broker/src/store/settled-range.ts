import type { LogId } from "../api/store.ts"
import type { Deferred, Turn } from "../api/turn.ts"
import type { Journal } from "./journal.ts"

/** Gathers the offsets that one holder settles within a turn, so that a run of acknowledgements is one operation of the store. */
export class SettledRange implements Deferred {
  readonly log: LogId
  readonly #turn: Turn
  readonly #journal: Journal
  #from = -1
  #to = -1
  #isScheduled = false

  constructor(log: LogId, turn: Turn, journal: Journal) {
    this.log = log
    this.#turn = turn
    this.#journal = journal
  }

  add(offset: number): void {
    if (this.#from === -1) {
      this.#from = offset
      this.#to = offset
      if (this.#isScheduled) return
      this.#isScheduled = true
      this.#turn.defer(this)
    } else if (offset === this.#to + 1) {
      this.#to = offset
    } else {
      this.#journal.settle(this.log, this.#from, this.#to)
      this.#from = offset
      this.#to = offset
    }
  }

  /** Forgets what is gathered: the log is dropped. */
  discard(): void {
    this.#from = -1
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    if (this.#from === -1) return
    this.#journal.settle(this.log, this.#from, this.#to)
    this.#from = -1
  }
}
