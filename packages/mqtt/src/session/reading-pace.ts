import type { Limits, Outbound } from "@polymq/broker"

/** Why a connection is not read, as bits of a set. */
const REASON = {
  /** Its password is being checked. */
  authenticating: 1,
  /** It publishes, and the broker refuses publishes. */
  alarm: 2,
  /** Too much of what it has sent waits for answers. */
  unanswered: 4,
} as const

/** Decides whether a connection is read. */
export class ReadingPace {
  readonly #outbound: Outbound
  readonly #limits: Limits
  #reasons = 0

  constructor(outbound: Outbound, limits: Limits) {
    this.#outbound = outbound
    this.#limits = limits
  }

  /** A password is being checked, or is not any more. */
  authenticating(isOn: boolean): void {
    this.#set(REASON.authenticating, isOn)
  }

  /** The broker refuses what this client publishes, or takes it again. */
  alarm(isOn: boolean): void {
    this.#set(REASON.alarm, isOn)
  }

  /** So many publishes wait for their answers. */
  unanswered(count: number): void {
    const { receiveMaximum } = this.#limits
    const mark = (this.#reasons & REASON.unanswered) === 0 ? receiveMaximum : receiveMaximum / 2
    this.#set(REASON.unanswered, count > mark)
  }

  #set(reason: number, isOn: boolean): void {
    const before = this.#reasons
    this.#reasons = isOn ? before | reason : before & ~reason
    if (before === 0 && this.#reasons !== 0) this.#outbound.pauseReading()
    else if (before !== 0 && this.#reasons === 0) this.#outbound.resumeReading()
  }
}
