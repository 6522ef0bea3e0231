import type { Broker, Outbound } from "@polymq/broker"
import { cutToFit } from "../codec/short-strings.ts"
import type { FrameWriter } from "./frame-writer.ts"

/** Stops reading from a client that publishes while the broker refuses publishes, and tells it where it listens. */
export class PublishAlarm {
  readonly #broker: Broker
  readonly #outbound: Outbound
  readonly #writer: FrameWriter
  /** Whether the client knows connection.blocked. */
  readonly #isHeard: boolean
  #hasPublished = false
  #isOn = false

  constructor(broker: Broker, outbound: Outbound, writer: FrameWriter, isHeard: boolean) {
    this.#broker = broker
    this.#outbound = outbound
    this.#writer = writer
    this.#isHeard = isHeard
  }

  /** The client has published: from now on an alarm concerns it. */
  published(): void {
    if (this.#hasPublished) return
    this.#hasPublished = true
    this.change(this.#broker.blockedReason)
  }

  /** The broker refuses publishes for a reason, or takes them again. */
  change(reason: string | undefined): void {
    const isOn = reason !== undefined
    if (!this.#hasPublished || this.#isOn === isOn) return
    this.#isOn = isOn
    if (isOn) this.#outbound.pauseReading("alarm")
    else this.#outbound.resumeReading("alarm")
    if (!this.#isHeard) return
    if (isOn) this.#writer.method(0, "connection.blocked", { reason: cutToFit(reason) })
    else this.#writer.method(0, "connection.unblocked", {})
  }
}
