import type { Deferred, Timer, Turn } from "./api/turn.ts"
import { type Expirable, lookThrough } from "./expirable.ts"

/** How late what expires may be noticed. */
const PERIOD_MS = 100

/** What clients would notice to expire a second late: looked through ten times a second, while there is something. */
export class ExpiringSoon implements Deferred {
  readonly #turn: Turn
  readonly #expirables = new Set<Expirable>()
  #timer: Timer | undefined

  constructor(turn: Turn) {
    this.#turn = turn
  }

  add(expirable: Expirable): void {
    this.#expirables.add(expirable)
    this.#sleep()
  }

  delete(expirable: Expirable): void {
    this.#expirables.delete(expirable)
    if (this.#expirables.size === 0) this.close()
  }

  /** Looks through all now; also called now and then, in case the clock was set. */
  expire(nowMs: number): void {
    lookThrough(this.#expirables, nowMs)
  }

  runAtTurnEnd(): void {
    this.close()
    this.expire(this.#turn.nowMs())
    if (this.#expirables.size > 0) this.#sleep()
  }

  /** Looks through nothing by itself until something is added. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sleep(): void {
    this.#timer ??= this.#turn.after(PERIOD_MS, this)
  }
}
