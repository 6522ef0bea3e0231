import type { MessageDraft } from "@polymq/message"
import type { Publisher } from "../access/publisher.ts"
import type { Will } from "../api/client-session.ts"
import { BrokerError } from "../api/errors.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { RetainedMessages } from "./retained-messages.ts"

/** Keeps the will of a session until it is published or discarded (MQTT 5.0 section 3.1.2.5). */
export class WillKeeper {
  readonly #context: BrokerContext
  readonly #retained: RetainedMessages
  /** Publishes with the rights of the client that has set the will. */
  #publisher: Publisher
  /** The connection that `no local` subscriptions know the will by. */
  #connection: number | undefined
  #will: Will | undefined

  constructor(context: BrokerContext, retained: RetainedMessages, publisher: Publisher) {
    this.#context = context
    this.#retained = retained
    this.#publisher = publisher
  }

  /** Seconds from the end of the connection to the will; undefined without a will. */
  get delaySeconds(): number | undefined {
    return this.#will?.delaySeconds
  }

  /** This connection, with its publisher, uses the session from now on. */
  belongsTo(publisher: Publisher, connection: number): void {
    this.#publisher = publisher
    this.#connection = connection
  }

  /** Sets or discards the will. */
  set(will: Will | undefined): void {
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
