import { Buffer } from "node:buffer"
import type { Outbound, PauseReason, Reservation } from "@polymq/broker"

/** The socket of a session under test: keeps what is written until it is taken, and remembers what the session asks of it. */
export class CollectingOutbound implements Outbound {
  /** Set by tests to play a socket that is behind. */
  pendingBytes = 0
  /** Set by tests to play a peer that leaves its answers unread, so that the transport reads nothing more from it. */
  hasUnreadAnswers = false
  /** Reason of the first close; what is written after it is not kept, as by a socket. */
  closedFor: string | undefined
  /** Bytes that were given by reference, since the beginning. */
  sharedBytes = 0
  readonly #pauses = new Set<PauseReason>()
  #runs: Uint8Array[] = []

  get isReadingPaused(): boolean {
    return this.hasUnreadAnswers || this.#pauses.size > 0
  }

  reserve(bytes: number): Reservation {
    const run = new Uint8Array(bytes)
    if (this.closedFor === undefined) this.#runs.push(run)
    return { bytes: run, start: 0 }
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    this.sharedBytes += end - start
    if (this.closedFor === undefined) this.#runs.push(bytes.subarray(start, end))
  }

  pauseReading(reason: PauseReason): void {
    this.#pauses.add(reason)
  }

  resumeReading(reason?: PauseReason): void {
    if (reason === undefined) this.#pauses.clear()
    else this.#pauses.delete(reason)
  }

  close(reason: string): void {
    this.closedFor ??= reason
  }

  /** Everything written since the last call, copied. */
  take(): Uint8Array {
    const written = Buffer.concat(this.#runs)
    this.#runs = []
    return written
  }
}
