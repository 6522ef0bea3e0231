import type { Entry, Outcome } from "@polymq/broker"
import { type Message, NO_BYTES } from "@polymq/message"
import { CONDITION } from "../codec/constants.ts"
import { serialAdd } from "../codec/serial.ts"
import { Amqp10Error } from "../errors.ts"
import type { AddedAnnotations } from "./added-annotations.ts"
import type { ConsumerLink } from "./consumer-link.ts"
import { type DeliveryAddress, OutgoingRest, sendDelivery } from "./outgoing-delivery.ts"
import { type Settler, UnsettledDeliveries } from "./unsettled-deliveries.ts"

/** What one disposition may add to the messages that it settles, all together, as a multiple of the largest message. */
const MAX_ADDED_MESSAGES = 4

/** What one session sends: delivery-ids, deliveries that the peer has not settled, and the one that its window has cut short. */
export class OutgoingDeliveries {
  readonly #to: DeliveryAddress
  readonly #unsettled = new UnsettledDeliveries()
  #nextDeliveryId = 0
  /** Nothing else is sent before it. */
  #rest: OutgoingRest | undefined

  constructor(to: DeliveryAddress) {
    this.#to = to
  }

  /** Whether one more delivery may leave: the window is open, the socket keeps up, and delivery-ids are distinct. */
  get maySend(): boolean {
    const { windows, port } = this.#to
    return (
      windows.remoteIncoming > 0 &&
      this.#rest === undefined &&
      port.outbound.pendingBytes < port.broker.limits.slowReaderBytes &&
      this.isNextDistinct
    )
  }

  /** Whether the next delivery-id can be told apart from the oldest one that is not settled. */
  get isNextDistinct(): boolean {
    return this.#unsettled.reaches(this.#nextDeliveryId)
  }

  /** Sends an entry; `tellsCounts` and `isStable` as in `sendDelivery`. */
  deliver(link: ConsumerLink, entry: Entry, message: Message, tellsCounts: boolean, isStable: boolean): void {
    const deliveryId = this.#takeDeliveryId()
    const { handle, isPresettled } = link
    if (!isPresettled) this.#unsettled.add(deliveryId, link, entry)
    this.#rest = sendDelivery(this.#to, handle, deliveryId, isPresettled, message, entry, tellsCounts, isStable)
  }

  /** Sends a whole message that is settled; to be asked for only while `maySend`. */
  sendSettled(handle: number, message: Uint8Array): void {
    this.#rest = new OutgoingRest(handle, this.#takeDeliveryId(), true, NO_BYTES, message).resume(this.#to)
  }

  /** Sends what the window had cut short; true when others may go on. */
  resume(): boolean {
    this.#rest = this.#rest?.resume(this.#to)
    return this.#rest === undefined
  }

  /** What is left of a delivery on this handle is not sent any more. */
  cutShort(handle: number): void {
    if (this.#rest?.handle === handle) this.#rest = undefined
  }

  /**
   * Settles the deliveries from `first` to `last` and returns how many there were; `outcome` and `added` as in `Settler`.
   * Raises `Amqp10Error` of the session when what is added makes the messages together grow beyond `MAX_ADDED_MESSAGES`.
   */
  settle(first: number, last: number, outcome: Outcome | undefined, added: AddedAnnotations | undefined): number {
    const maxBytes = MAX_ADDED_MESSAGES * this.#to.port.broker.limits.maxMessageBytes
    if (added !== undefined && added.bytes.length * this.#unsettled.atMost(first, last) > maxBytes) {
      const description = "annotations for so many deliveries"
      throw new Amqp10Error("session", CONDITION.resourceLimitExceeded, description)
    }
    return this.#unsettled.settle(first, last, outcome, added)
  }

  /** Gives back what the peer has not settled on one link. */
  release(link: Settler): void {
    this.#unsettled.settleAllOf(link, "released")
  }

  /** Gives back what the peer has not settled, as failed, in one pass. */
  fail(): void {
    this.#unsettled.settleAll("failed")
  }

  #takeDeliveryId(): number {
    const deliveryId = this.#nextDeliveryId
    this.#nextDeliveryId = serialAdd(deliveryId, 1)
    return deliveryId
  }
}
