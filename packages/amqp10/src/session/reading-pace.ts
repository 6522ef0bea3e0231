import type { Limits, Outbound } from "@polymq/broker"

/** Pending bytes, as a multiple of what stops deliveries, above which nothing more is read: what is pending then are answers. */
const UNREAD_FACTOR = 4

/** Stops reading from a peer that asks and asks without reading the answers. */
export class ReadingPace {
  readonly #outbound: Outbound
  readonly #limits: Limits
  /** Whether nothing is read at present. */
  isPaused = false
  /** Since when no byte has left while reading is paused. */
  #sinceMs = 0
  #pendingBytes = 0

  constructor(outbound: Outbound, limits: Limits) {
    this.#outbound = outbound
    this.#limits = limits
  }

  /** Called after what arrived was answered. */
  answered(nowMs: number): void {
    const { pendingBytes } = this.#outbound
    if (this.isPaused || pendingBytes <= UNREAD_FACTOR * this.#limits.slowReaderBytes) return
    this.isPaused = true
    this.#sinceMs = nowMs
    this.#pendingBytes = pendingBytes
    this.#outbound.pauseReading()
  }

  /** The socket has room again. */
  writable(): void {
    if (!this.isPaused) return
    this.isPaused = false
    this.#outbound.resumeReading()
  }

  /** Whether the peer has read nothing for too long. */
  isStuck(nowMs: number): boolean {
    if (!this.isPaused) return false
    const { pendingBytes } = this.#outbound
    if (pendingBytes < this.#pendingBytes) {
      this.#pendingBytes = pendingBytes
      this.#sinceMs = nowMs
    }
    return nowMs - this.#sinceMs >= this.#limits.slowReaderTimeoutMs
  }
}
