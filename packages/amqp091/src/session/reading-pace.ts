import type { Broker, Outbound } from "@polymq/broker"
import { cutToFit } from "../codec/short-strings.ts"
import type { FrameWriter } from "./frame-writer.ts"

/** Why a connection may not be read at present. */
interface Pauses {
  /** It publishes, and the broker refuses publishes. */
  alarm: boolean
  /** The client asks for more than it reads. */
  backlog: boolean
  /** Too many of its publishes wait for their confirms. */
  confirms: boolean
}

/** Decides whether a connection is read, and tells the client of an alarm where it listens. */
export class ReadingPace {
  readonly #broker: Broker
  readonly #outbound: Outbound
  readonly #writer: FrameWriter
  /** Whether the client knows connection.blocked. */
  readonly #isAlarmHeard: boolean
  /** Above what deliveries alone leave pending, as they stop at the mark of a slow reader. */
  readonly #maxBacklogBytes: number
  readonly #pauses: Pauses = { alarm: false, backlog: false, confirms: false }
  #hasPublished = false

  constructor(broker: Broker, outbound: Outbound, writer: FrameWriter, isAlarmHeard: boolean) {
    this.#broker = broker
    this.#outbound = outbound
    this.#writer = writer
    this.#isAlarmHeard = isAlarmHeard
    this.#maxBacklogBytes = broker.limits.slowReaderBytes + broker.limits.maxMessageBytes
  }

  /** Whether the client cannot show signs of life because the broker is behind. */
  get isHeldUp(): boolean {
    return this.#pauses.alarm || this.#pauses.confirms
  }

  /** The connection has published: from now on it is paused in an alarm. */
  published(): void {
    if (this.#hasPublished) return
    this.#hasPublished = true
    this.alarm(this.#broker.blockedReason)
  }

  /** The broker refuses publishes for a reason, or takes them again. */
  alarm(reason: string | undefined): void {
    if (!this.#hasPublished || this.#pauses.alarm === (reason !== undefined)) return
    if (this.#isAlarmHeard) {
      if (reason === undefined) this.#writer.method(0, "connection.unblocked", {})
      else this.#writer.method(0, "connection.blocked", { reason: cutToFit(reason) })
    }
    this.#set("alarm", reason !== undefined)
  }

  /** A chunk has been answered: a client that does not read the answers is not read either. */
  answered(): void {
    if (this.#outbound.pendingBytes >= this.#maxBacklogBytes) this.#set("backlog", true)
  }

  /** The socket has drained. */
  drained(): void {
    this.#set("backlog", false)
  }

  /** Whether too many publishes wait for their confirms. */
  unanswered(isTooMany: boolean): void {
    this.#set("confirms", isTooMany)
  }

  #set(pause: keyof Pauses, isOn: boolean): void {
    if (this.#pauses[pause] === isOn) return
    this.#pauses[pause] = isOn
    if (this.#pauses.alarm || this.#pauses.backlog || this.#pauses.confirms) this.#outbound.pauseReading()
    else this.#outbound.resumeReading()
  }
}
