import type { CancelReason, Consumer, Entry, Holder } from "@polymq/broker"
import { encodeShortstr } from "../codec/short-strings.ts"
import type { DeliverySource } from "./unsettled.ts"

/** What a consumer needs of its channel. */
export interface DeliveryChannel {
  /** Whether the channel's own limit and the socket let it take one more delivery that `needsSettling` or not. */
  takesDelivery(needsSettling: boolean): boolean
  /** Numbers the delivery, writes it, and keeps it until it is settled if that is needed. */
  deliver(consumer: QueueConsumer, entry: Entry): void
  /** The broker has ended the consumer. */
  consumerCancelled(consumer: QueueConsumer): void
}

/** What basic.consume asks for. */
export interface ConsumerSettings {
  readonly name: string
  readonly connection: number
  readonly settlesOnDelivery: boolean
  readonly exclusive: boolean
  /** Deliveries it may have unsettled; 0: any number. Without effect when it settles on delivery. */
  readonly prefetch: number
}

/** One basic.consume. */
export class QueueConsumer implements Consumer, DeliverySource {
  readonly name: string
  readonly connection: number
  readonly settlesOnDelivery: boolean
  readonly exclusive: boolean
  /** The consumer tag as a short string on the wire. */
  readonly tagBytes: Uint8Array
  readonly #prefetch: number
  readonly #channel: DeliveryChannel
  #holder: Holder | undefined
  #isStarted = false
  #unsettled = 0
  /** Whether a delivery was declined, so that the holder waits to be woken. */
  #isStarved = false

  constructor(channel: DeliveryChannel, settings: ConsumerSettings) {
    this.#channel = channel
    this.name = settings.name
    this.connection = settings.connection
    this.settlesOnDelivery = settings.settlesOnDelivery
    this.exclusive = settings.exclusive
    this.tagBytes = encodeShortstr(settings.name)
    this.#prefetch = settings.settlesOnDelivery ? 0 : settings.prefetch
  }

  get holder(): Holder {
    if (this.#holder === undefined) throw new RangeError("a consumer that has not started has no deliveries")
    return this.#holder
  }

  /** Begins to take deliveries: basic.consume-ok is written. */
  start(holder: Holder): void {
    this.#holder = holder
    this.#isStarted = true
    this.#isStarved = false
    holder.wake(this)
  }

  /** Ends deliveries; what is not settled stays with the channel. */
  stop(): void {
    this.#isStarted = false
    this.#holder?.detach(this)
  }

  hasCredit(): boolean {
    if (
      this.#isStarted &&
      (this.#prefetch === 0 || this.#unsettled < this.#prefetch) &&
      this.#channel.takesDelivery(!this.settlesOnDelivery)
    ) {
      return true
    }
    this.#isStarved = true
    return false
  }

  deliver(_from: Holder, entry: Entry): void {
    if (!this.settlesOnDelivery) this.#unsettled++
    this.#channel.deliver(this, entry)
  }

  exhausted(): void {
    // Only drain needs it, which this protocol has not.
  }

  cancelled(_reason: CancelReason): void {
    this.#isStarted = false
    this.#channel.consumerCancelled(this)
  }

  settled(): void {
    this.#unsettled--
  }

  wakeIfStarved(): void {
    if (!this.#isStarved || !this.#isStarted) return
    this.#isStarved = false
    if (this.hasCredit()) this.#holder?.wake(this)
  }
}
