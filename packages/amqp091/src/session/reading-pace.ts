import type { Broker, Outbound } from "@polymq/broker"
import { cutToFit } from "../codec/short-strings.ts"
import type { FrameWriter } from "./frame-writer.ts"

/** Why a connection is not read, as bits of a set. */
const REASON = {
  /** It publishes, and the broker refuses publishes. */
  alarm: 1,
  /** Too many of its publishes wait for their confirms. */
  unanswered: 2,
} as const

/** Publishes of one connection that may wait for their confirms before it is read further. */
const MAX_UNANSWERED = 100_000

/** Decides whether a connection is read, and tells the client of an alarm where it listens. */
export class ReadingPace {
  readonly #broker: Broker
  readonly #outbound: Outbound
  readonly #writer: FrameWriter
  /** Whether the client knows connection.blocked. */
  readonly #isAlarmHeard: boolean
  #reasons = 0
  #hasPublished = false

  constructor(broker: Broker, outbound: Outbound, writer: FrameWriter, isAlarmHeard: boolean) {
    this.#broker = broker
    this.#outbound = outbound
    this.#writer = writer
    this.#isAlarmHeard = isAlarmHeard
  }

  /** The connection has published: from now on it is paused in an alarm. */
  published(): void {
    if (this.#hasPublished) return
    this.#hasPublished = true
    this.alarm(this.#broker.blockedReason)
  }

  /** The broker refuses publishes for a reason, or takes them again. */
  alarm(reason: string | undefined): void {
    const wasOn = (this.#reasons & REASON.alarm) !== 0
    if (!this.#hasPublished || wasOn === (reason !== undefined)) return
    if (this.#isAlarmHeard) {
      if (reason === undefined) this.#writer.method(0, "connection.unblocked", {})
      else this.#writer.method(0, "connection.blocked", { reason: cutToFit(reason) })
    }
    this.#set(REASON.alarm, reason !== undefined)
  }

  /** So many publishes wait for their confirms. */
  unanswered(count: number): void {
    this.#set(REASON.unanswered, count >= MAX_UNANSWERED)
  }

  #set(reason: number, isOn: boolean): void {
    const before = this.#reasons
    this.#reasons = isOn ? before | reason : before & ~reason
    if (before === 0 && this.#reasons !== 0) this.#outbound.pauseReading()
    else if (before !== 0 && this.#reasons === 0) this.#outbound.resumeReading()
  }
}
