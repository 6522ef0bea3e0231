import type { Readable } from "node:stream"
import type { Limits } from "@polymq/broker"

/** Why a socket is not read, as bits of a set. */
const REASON = {
  /** Its session has asked for it. */
  session: 1,
  /** The peer asks for more than it reads. */
  unread: 2,
} as const

/**
 * Decides whether a socket is read. Deliveries stop by themselves at `slowReaderBytes`, so that they leave no more pending
 * than these and one message; when as much again is pending, a peer asks without reading the answers.
 */
export class ReadingPace {
  readonly #socket: Readable
  /** Pending bytes above which nothing more is read, until less than half of them are left. */
  readonly #maxPendingBytes: number
  #reasons = 0

  constructor(socket: Readable, limits: Limits) {
    this.#socket = socket
    this.#maxPendingBytes = 2 * limits.slowReaderBytes + limits.maxMessageBytes
  }

  get isPaused(): boolean {
    return this.#reasons !== 0
  }

  /** Whether the session wants nothing for now. */
  get isPausedBySession(): boolean {
    return (this.#reasons & REASON.session) !== 0
  }

  /** The session asks for a pause, or for its end. */
  session(isOn: boolean): void {
    this.#set(REASON.session, isOn)
  }

  /** So many bytes wait for the peer. */
  pending(bytes: number): void {
    if (bytes > this.#maxPendingBytes) this.#set(REASON.unread, true)
    else if (bytes < this.#maxPendingBytes / 2) this.#set(REASON.unread, false)
  }

  /** From now on everything is read, as it is discarded. */
  end(): void {
    this.#set(REASON.session | REASON.unread, false)
  }

  #set(reasons: number, isOn: boolean): void {
    const before = this.#reasons
    this.#reasons = isOn ? before | reasons : before & ~reasons
    if (before === 0 && this.#reasons !== 0) this.#socket.pause()
    else if (before !== 0 && this.#reasons === 0) this.#socket.resume()
  }
}
