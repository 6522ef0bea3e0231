import type { CancelReason, Consumer, Entry, Holder, Outcome } from "@polymq/broker"
import { messageBytes } from "@polymq/message"
import { CONDITION } from "../codec/constants.ts"
import type { FlowFields } from "../codec/hot-fields.ts"
import { Amqp10Error } from "../errors.ts"
import { type AddedAnnotations, withAnnotations } from "./added-annotations.ts"
import { readyMessages, removeQueue } from "./link-queue.ts"
import { OutgoingCredit } from "./outgoing-credit.ts"
import { payloadBytes } from "./outgoing-delivery.ts"
import type { Amqp10Session } from "./session.ts"
import type { OutgoingLink } from "./session-link.ts"
import type { Settler } from "./unsettled-deliveries.ts"

/** What a receiving peer's link is made of. */
export interface ConsumerLinkRequest {
  readonly name: string
  readonly handle: number
  readonly queue: string
  /** Whether the queue ends with the link. */
  readonly isOwned: boolean
  /** Whether deliveries are settled when they are sent. */
  readonly isPresettled: boolean
  /** Whether the holder need not keep them then: none can turn out to be larger than the peer takes, or it keeps nothing. */
  readonly settlesOnDelivery: boolean
  /** For deliveries that are settled without an outcome. */
  readonly defaultOutcome: Outcome
  /** Largest message that the peer takes, in bytes; Infinity without a limit. */
  readonly maxMessageBytes: number
}

/** A link on which the peer receives: a consumer of a queue. */
export class ConsumerLink implements Consumer, Settler, OutgoingLink {
  readonly role = "consumer"
  readonly name: string
  readonly handle: number
  readonly connection: number
  readonly isPresettled: boolean
  readonly settlesOnDelivery: boolean
  readonly exclusive = false
  unsettledCount = 0
  readonly #session: Amqp10Session
  readonly #request: ConsumerLinkRequest
  readonly #credit = new OutgoingCredit()
  #holder: Holder | undefined

  constructor(request: ConsumerLinkRequest, session: Amqp10Session) {
    this.name = request.name
    this.handle = request.handle
    this.connection = session.port.access.connection
    this.isPresettled = request.isPresettled
    this.settlesOnDelivery = request.settlesOnDelivery
    this.#request = request
    this.#session = session
  }

  /** The holder it was attached to. */
  attached(holder: Holder): void {
    this.#holder = holder
  }

  hasCredit(): boolean {
    return this.#credit.left > 0 && this.#session.deliveries.maySend
  }

  deliver(from: Holder, entry: Entry): void {
    const tellsCounts = from.tellsDeliveryCount === true
    const source = entry.message
    const message = this.#session.port.converters.convert(source, "amqp10")
    if (this.#request.maxMessageBytes !== Number.POSITIVE_INFINITY) {
      const bytes = payloadBytes(message, entry, tellsCounts, this.#session.port.broker.turn.nowMs())
      if (bytes > this.#request.maxMessageBytes) {
        this.#refuse(entry, bytes)
        return
      }
    }
    this.#credit.use()
    this.#session.deliveries.deliver(this, entry, message, tellsCounts, message.body === source.body)
    if (this.isPresettled && !this.settlesOnDelivery) from.settle(entry, "accepted")
  }

  exhausted(): void {
    if (this.#credit.isDraining) this.#finishDrain()
  }

  cancelled(_reason: CancelReason): void {
    const error = new Amqp10Error("link", CONDITION.resourceDeleted, `queue '${this.#request.queue}' was deleted`)
    this.#session.detach(this, error)
  }

  settle(entry: Entry, outcome: Outcome | undefined, added: AddedAnnotations | undefined): void {
    if (added !== undefined) this.#annotate(entry, added)
    this.#holder?.settle(entry, outcome ?? this.#request.defaultOutcome)
  }

  flow(flow: FlowFields): void {
    const credit = this.#credit
    credit.update(flow)
    if (credit.left > 0) this.wake()
    if (credit.isDraining && credit.left === 0) this.#finishDrain()
    else if (flow.echo) this.#sendFlow(false)
  }

  wake(): void {
    this.#holder?.wake(this)
  }

  stop(): void {
    this.#credit.stop()
    this.#holder?.detach(this)
  }

  /** Ends the broker's side of the link: what is not settled goes back. */
  close(): void {
    this.stop()
    this.#session.deliveries.release(this)
    if (this.#request.isOwned) removeQueue(this.#session.port.access, this.#request.queue)
  }

  /** A message that was born in another protocol has no annotations to add to, and none may outgrow the largest message. */
  #annotate(entry: Entry, added: AddedAnnotations): void {
    const { access, broker } = this.#session.port
    if (entry.message.format !== "amqp10") return
    const annotated = withAnnotations(entry.message, added)
    if (messageBytes(annotated) <= broker.limits.maxMessageBytes) access.amend(entry, annotated)
  }

  #finishDrain(): void {
    this.#credit.drain()
    this.#sendFlow(true)
  }

  #sendFlow(drain: boolean): void {
    const available = readyMessages(this.#session.port.access, this.#request.queue)
    this.#session.sendFlow(this.handle, this.#credit.deliveryCount, this.#credit.left, available, drain)
  }

  /** A message that the peer said it does not take must not be sent (part 2, 2.7.3, max-message-size). */
  #refuse(entry: Entry, bytes: number): void {
    if (!this.settlesOnDelivery) this.settle(entry, "released", undefined)
    const description = `a message of ${bytes} bytes for a link that takes ${this.#request.maxMessageBytes}`
    this.#session.detach(this, new Amqp10Error("link", CONDITION.messageSizeExceeded, description))
  }
}
