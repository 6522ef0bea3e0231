import type { Outbound, Reservation } from "@polymq/broker"

/** An `Outbound` that keeps what is written, and says what the session asks of its socket. */
export class CollectingOutbound implements Outbound {
  /** Set by tests to play a slow socket. */
  pendingBytes = 0
  isReadingPaused = false
  /** Reason of the first close. */
  closedFor: string | undefined
  #runs: Uint8Array[] = []

  reserve(bytes: number): Reservation {
    const run = new Uint8Array(bytes)
    if (this.closedFor === undefined) this.#runs.push(run)
    return { bytes: run, start: 0 }
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    if (this.closedFor === undefined) this.#runs.push(bytes.subarray(start, end))
  }

  pauseReading(): void {
    this.isReadingPaused = true
  }

  resumeReading(): void {
    this.isReadingPaused = false
  }

  close(reason: string): void {
    this.closedFor ??= reason
  }

  /** Everything written since the last call. */
  take(): Uint8Array {
    const written = Buffer.concat(this.#runs)
    this.#runs = []
    return written
  }
}
