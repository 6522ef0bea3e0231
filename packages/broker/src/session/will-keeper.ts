import type { MessageDraft } from "@polymq/message"
import type { Publisher } from "../access/publisher.ts"
import type { Will } from "../api/client-session.ts"
import { BrokerError } from "../api/errors.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { RetainedMessages } from "./retained-messages.ts"
import type { DueWill } from "./will-schedule.ts"

const MS_PER_SECOND = 1000

/** Keeps the will of a session until it is published or discarded (MQTT 5.0 section 3.1.2.5). */
export class WillKeeper implements DueWill {
  readonly #context: BrokerContext
  readonly #retained: RetainedMessages
  /** Publishes with the rights of the client that has set the will. */
  #publisher: Publisher
  /** The connection that `no local` subscriptions know the will by. */
  #connection: number | undefined
  #will: Will | undefined
  place = -1
  #dueMs = Number.POSITIVE_INFINITY

  constructor(context: BrokerContext, retained: RetainedMessages, publisher: Publisher) {
    this.#context = context
    this.#retained = retained
    this.#publisher = publisher
  }

  /** Whether there is a will that is due as soon as the connection ends. */
  get isImmediate(): boolean {
    return this.#will?.delaySeconds === 0
  }

  get dueMs(): number {
    return this.#dueMs
  }

  /** The connection has ended, the session will in so many seconds: publishes the will, if there is one, when it is due. */
  wait(sessionSeconds: number): void {
    if (this.#will === undefined) return
    if (this.isImmediate) {
      this.publish()
      return
    }
    const { turn, wills } = this.#context
    // At the latest when its session ends (MQTT 5.0 section 3.1.3.2.2).
    this.#dueMs = turn.nowMs() + Math.min(this.#will.delaySeconds, sessionSeconds) * MS_PER_SECOND
    wills.add(this)
  }

  /** This connection, with its publisher, uses the session from now on. */
  belongsTo(publisher: Publisher, connection: number): void {
    this.#publisher = publisher
    this.#connection = connection
  }

  /** Sets or discards the will. */
  set(will: Will | undefined): void {
    this.#context.wills.remove(this)
    const earlier = this.#will
    this.#will = will
    if (will !== undefined) {
      const message: MessageDraft = will.message
      message.publisher = this.#connection
      this.#context.memory.hold(message)
    }
    if (earlier !== undefined) this.#context.memory.release(earlier.message)
  }

  /** Publishes the will, if there is one. What its publisher may not do any more is logged, not raised: nobody is left to hear it. */
  publish(): void {
    const will = this.#will
    if (will === undefined) return
    // Its time to live begins when it is published.
    const message: MessageDraft = will.message
    message.receivedAtMs = this.#context.turn.nowMs()
    try {
      const { result } = this.#publisher.publish(message)
      if (result === "refused") this.#refused("a holder does not admit it, or it cannot be stored", message)
      else if (message.retain) this.#retained.retain(message)
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error
      this.#refused(error.message, message)
    }
    this.set(undefined)
  }

  #refused(reason: string, { topic }: MessageDraft): void {
    this.#context.log.warn("will-refused", { topic, reason })
  }
}
