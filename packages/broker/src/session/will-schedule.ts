import type { Deferred, Timer, Turn } from "../api/turn.ts"
import { type Due, DueLine } from "./due-line.ts"

/** Sleeps no longer than a timer can. */
const LONGEST_SLEEP_MS = 86_400_000

/** A will that waits for its delay. */
export interface DueWill extends Due {
  publish(): void
}

/** The wills of all absent clients: published when they are due, by one timer that runs while some will is waiting. */
export class WillSchedule implements Deferred {
  readonly #turn: Turn
  readonly #line = new DueLine<DueWill>()
  #timer: Timer | undefined
  #wakesAtMs = Number.POSITIVE_INFINITY

  constructor(turn: Turn) {
    this.#turn = turn
  }

  add(will: DueWill): void {
    this.#line.add(will)
    this.#sleep()
  }

  /** Nothing happens when it is not waiting. */
  remove(will: DueWill): void {
    this.#line.remove(will)
    if (this.#line.length === 0) this.close()
  }

  /** Publishes what is due; also called now and then, in case the clock was set. */
  publishDue(nowMs: number): void {
    for (let will = this.#line.first; will !== undefined && will.dueMs <= nowMs; will = this.#line.first) {
      this.#line.remove(will)
      will.publish()
    }
    this.#sleep()
  }

  runAtTurnEnd(): void {
    this.close()
    this.publishDue(this.#turn.nowMs())
  }

  /** Publishes nothing by itself any more. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#wakesAtMs = Number.POSITIVE_INFINITY
  }

  #sleep(): void {
    const next = this.#line.first
    if (next === undefined || next.dueMs >= this.#wakesAtMs) return
    const nowMs = this.#turn.nowMs()
    const sleepMs = Math.min(Math.max(1, next.dueMs - nowMs), LONGEST_SLEEP_MS)
    this.#timer?.cancel()
    this.#timer = this.#turn.after(sleepMs, this)
    this.#wakesAtMs = nowMs + sleepMs
  }
}
