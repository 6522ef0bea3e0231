import type { Readable } from "node:stream"
import type { Limits, PauseReason } from "@polymq/broker"

/** Why a socket is not read: for a reason of its session, or because the peer asks for more than it reads. */
type Reason = PauseReason | "unread"

const BITS: Readonly<Record<Reason, number>> = { authenticating: 1, alarm: 2, unanswered: 4, unread: 8 }

const ALL_OF_SESSION = BITS.authenticating | BITS.alarm | BITS.unanswered

/**
 * Decides whether a socket is read. Deliveries stop by themselves at `slowReaderBytes`, so that they leave no more pending
 * than these and one message; when as much again is pending, a peer asks without reading the answers.
 */
export class ReadingPace {
  readonly #socket: Readable
  /** Pending bytes above which nothing more is read, until less than half of them are left. */
  readonly #maxPendingBytes: number
  /** A set of bits. */
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
    return (this.#reasons & ALL_OF_SESSION) !== 0
  }

  /** The session gives a reason for a pause. */
  pause(reason: PauseReason): void {
    this.#become(this.#reasons | BITS[reason])
  }

  /** The session takes a reason back, or all of its reasons. */
  resume(reason?: PauseReason): void {
    this.#become(this.#reasons & ~(reason === undefined ? ALL_OF_SESSION : BITS[reason]))
  }

  /** So many bytes wait for the peer. */
  pending(bytes: number): void {
    if (bytes > this.#maxPendingBytes) this.#become(this.#reasons | BITS.unread)
    else if (bytes < this.#maxPendingBytes / 2) this.#become(this.#reasons & ~BITS.unread)
  }

  /** From now on everything is read, as it is discarded. */
  end(): void {
    this.#become(0)
  }

  #become(reasons: number): void {
    const before = this.#reasons
    this.#reasons = reasons
    if (before === 0 && reasons !== 0) this.#socket.pause()
    else if (before !== 0 && reasons === 0) this.#socket.resume()
  }
}
