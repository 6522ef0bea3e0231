import type { Broker, Outbound } from "@polymq/broker"
import { cutToFit } from "../codec/short-strings.ts"
import type { FrameWriter } from "./frame-writer.ts"

/** Stops reading from a connection that publishes while the broker refuses publishes, and says so where the client listens. */
export class AlarmPause {
  readonly #broker: Broker
  readonly #outbound: Outbound
  readonly #writer: FrameWriter
  /** Whether the client knows connection.blocked. */
  readonly #isHeard: boolean
  #hasPublished = false
  #isPaused = false

  constructor(broker: Broker, outbound: Outbound, writer: FrameWriter, isHeard: boolean) {
    this.#broker = broker
    this.#outbound = outbound
    this.#writer = writer
    this.#isHeard = isHeard
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** The connection has published: from now on it is paused in an alarm. */
  published(): void {
    if (this.#hasPublished) return
    this.#hasPublished = true
    this.alarm(this.#broker.blockedReason)
  }

  /** The broker refuses publishes for a reason, or takes them again. */
  alarm(reason: string | undefined): void {
    if (reason === undefined) this.#resume()
    else if (this.#hasPublished && !this.#isPaused) this.#pause(reason)
  }

  #pause(reason: string): void {
    this.#isPaused = true
    if (this.#isHeard) this.#writer.method(0, "connection.blocked", { reason: cutToFit(reason) })
    this.#outbound.pauseReading()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    if (this.#isHeard) this.#writer.method(0, "connection.unblocked", {})
    this.#outbound.resumeReading()
  }
}
