import type { Limits, Outbound } from "@polymq/broker"

/** Why reading is paused, as bits. */
const PAUSE = {
  authenticating: 1,
  /** The broker takes no publishes for now. */
  blocked: 2,
  /** The client does not read what it asked for. */
  unread: 4,
  /** Too many publishes of an MQTT 3 client wait for the store; MQTT 5.0 has Receive Maximum for that. */
  unstored: 8,
} as const

/** Deliveries stop at the mark of slow readers; answers to what the client sends go on up to this multiple. */
const UNREAD_FACTOR = 2

/** Decides whether the socket of one connection is read. */
export class ReadingPace {
  readonly #outbound: Outbound
  readonly #limits: Limits
  #pauses = 0
  /** Pending bytes when the client was last seen to read; meaningful while it does not. */
  #unreadBytes = 0
  #unreadSinceMs = 0

  constructor(outbound: Outbound, limits: Limits) {
    this.#outbound = outbound
    this.#limits = limits
  }

  get isPaused(): boolean {
    return this.#pauses !== 0
  }

  /** A password is being checked, or is not any more. */
  authenticating(isOn: boolean): void {
    this.#pause(PAUSE.authenticating, isOn)
  }

  /** The broker does not want what this client sends. */
  blocked(isOn: boolean): void {
    this.#pause(PAUSE.blocked, isOn)
  }

  /** So many publishes wait for the store. */
  unstored(pending: number): void {
    const { receiveMaximum } = this.#limits
    const mark = (this.#pauses & PAUSE.unstored) === 0 ? receiveMaximum : receiveMaximum / 2
    this.#pause(PAUSE.unstored, pending > mark)
  }

  /** Looks at what the client has not read of our answers. */
  look(nowMs: number): void {
    const { pendingBytes } = this.#outbound
    const isUnread = pendingBytes > UNREAD_FACTOR * this.#limits.slowReaderBytes
    const isNews = (this.#pauses & PAUSE.unread) === 0 || pendingBytes < this.#unreadBytes
    if (isUnread && isNews) {
      this.#unreadBytes = pendingBytes
      this.#unreadSinceMs = nowMs
    }
    this.#pause(PAUSE.unread, isUnread)
  }

  /** Whether the client has read nothing for longer than slow readers may take. */
  isStuck(nowMs: number): boolean {
    this.look(nowMs)
    return (this.#pauses & PAUSE.unread) !== 0 && nowMs - this.#unreadSinceMs >= this.#limits.slowReaderTimeoutMs
  }

  #pause(why: number, isOn: boolean): void {
    const before = this.#pauses
    this.#pauses = isOn ? before | why : before & ~why
    if (before === 0 && this.#pauses !== 0) this.#outbound.pauseReading()
    else if (before !== 0 && this.#pauses === 0) this.#outbound.resumeReading()
  }
}
