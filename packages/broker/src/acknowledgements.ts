import type { Session } from "./api/door.ts"
import type { Ticket } from "./api/store.ts"
import type { Deferred, Turn } from "./api/turn.ts"
import type { Journal } from "./store/journal.ts"

/** Tells sessions that wait for the store how far it has come: each once per asking. */
export class Acknowledgements implements Deferred {
  readonly #turn: Turn
  readonly #journal: Journal
  #waiting = new Set<Session>()
  #told = new Set<Session>()
  #isScheduled = false

  constructor(turn: Turn, journal: Journal) {
    this.#turn = turn
    this.#journal = journal
  }

  await(session: Session): void {
    this.#waiting.add(session)
    // With everything durable already, no watermark would come.
    if (!this.#journal.isDurable || this.#isScheduled) return
    this.#isScheduled = true
    this.#turn.defer(this)
  }

  forget(session: Session): void {
    this.#waiting.delete(session)
  }

  reached(watermark: Ticket): void {
    if (this.#waiting.size === 0) return
    const waiting = this.#waiting
    this.#waiting = this.#told
    for (const session of waiting) session.stored(watermark)
    waiting.clear()
    this.#told = waiting
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    this.reached(this.#journal.watermark)
  }
}
