import { BrokerError } from "@polymq/broker"
import { createMessage, type MessageDraft, PropertyError, validateAmqp10Message } from "@polymq/message"
import { CONDITION, RECEIVER_SETTLE_MODE } from "../codec/constants.ts"
import type { FlowFields, TransferFields } from "../codec/hot-fields.ts"
import { Amqp10Error } from "../errors.ts"
import { type DeliveryTaker, IncomingDeliveries, type SettleModes } from "./incoming-deliveries.ts"
import { isThere, removeQueue } from "./link-queue.ts"
import { checkUserId, textProperty } from "./message-properties.ts"
import type { Acknowledged, OutcomeNumber } from "./pending-settlements.ts"
import {
  OUTCOME_OF_RESULT,
  REJECTED_INVALID,
  REJECTED_NOT_FOUND,
  REJECTED_UNAUTHORIZED,
  RELEASED,
  SETTLED_SECOND,
} from "./publish-outcomes.ts"
import type { Amqp10Session } from "./session.ts"
import { type Destination, destinationOf, wellFormed } from "./terminus.ts"

/** Longer addresses of messages are rare, and would make links as large as their senders like: they are read anew. */
const MAX_KEPT_LENGTH = 512

/** What a sending peer's link is made of. */
export interface PublisherLinkRequest {
  readonly name: string
  readonly handle: number
  readonly initialDeliveryCount: number
  readonly destination: Destination
  /** A queue that ends with the link. */
  readonly ownedQueue: string | undefined
  readonly settleModes: SettleModes
}

/** A link on which the peer sends: its transfers are published. */
export class PublisherLink implements Acknowledged, DeliveryTaker {
  readonly role = "publisher"
  readonly name: string
  readonly handle: number
  readonly maxCredit: number
  readonly maxMessageBytes: number
  readonly settleModes: SettleModes
  /** Deliveries that wait for their disposition. */
  unfinishedDeliveries = 0
  readonly #session: Amqp10Session
  readonly #incoming: IncomingDeliveries
  readonly #ownedQueue: string | undefined
  readonly #isAnonymous: boolean
  readonly #settlement: typeof SETTLED_SECOND | 0
  #destination: Destination
  /** The `to` that `#destination` was made from. */
  #address: string | undefined

  constructor(request: PublisherLinkRequest, session: Amqp10Session) {
    const { broker, settings } = session.port
    this.name = request.name
    this.handle = request.handle
    this.maxCredit = settings.linkCredit
    this.maxMessageBytes = broker.limits.maxMessageBytes
    this.settleModes = request.settleModes
    this.#session = session
    this.#incoming = new IncomingDeliveries(this, session, request.initialDeliveryCount)
    this.#ownedQueue = request.ownedQueue
    this.#destination = request.destination
    this.#isAnonymous = request.destination.kind === "anonymous"
    // With the mode second the peer settles when it has heard the outcome, and only then are we to settle.
    this.#settlement = request.settleModes.receiver === RECEIVER_SETTLE_MODE.second ? SETTLED_SECOND : 0
  }

  /** Takes one transfer frame. Raises `Amqp10Error`, `BrokerError` and `DecodeError`, all of which end the link. */
  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    this.#incoming.transfer(transfer, bytes, end)
  }

  flow(flow: FlowFields): void {
    this.#incoming.flow(flow)
  }

  acknowledged(count: number): void {
    this.unfinishedDeliveries -= count
    this.topUp()
  }

  topUp(): void {
    this.#incoming.topUp()
  }

  close(): void {
    this.#incoming.close()
    this.#session.forgetPending(this)
    removeQueue(this.#session.port.access, this.#ownedQueue)
  }

  take(bytes: Uint8Array, start: number, end: number, deliveryId: number, settled: boolean): void {
    const { port } = this.#session
    const message = createMessage("amqp10", port.broker.turn.nowMs())
    let outcome: OutcomeNumber
    let ticket = 0
    try {
      validateAmqp10Message(bytes, start, end, message)
      checkUserId(message, port.userId)
      message.vhost = port.access.vhost
      message.publisher = port.access.connection
      this.#route(message)
      const receipt = port.access.publish(message)
      outcome =
        receipt.refusedBy === undefined
          ? OUTCOME_OF_RESULT[receipt.result]
          : this.#session.fullQueues.outcomeOf(receipt.refusedBy)
      ticket = receipt.waitFor
      if (receipt.result === "unroutable") this.#checkQueue()
    } catch (error) {
      if (settled) throw error
      if (this.#isExchangeGone(error)) this.#session.sendOutcome(deliveryId, deliveryId, RELEASED | this.#settlement)
      outcome = this.#refusal(error)
    }
    if (settled) return
    this.unfinishedDeliveries++
    this.#session.acknowledge(deliveryId, ticket, outcome | this.#settlement, this)
  }

  /** Sets exchange and routing key. */
  #route(message: MessageDraft): void {
    const destination = this.#isAnonymous ? this.#destinationOf(message) : this.#destination
    if (destination.kind === "anonymous") return
    message.exchange = destination.exchange
    if (destination.kind === "fixed") {
      message.routingKey = destination.routingKey
      return
    }
    message.routingKey = textProperty(message, "subject") ?? ""
  }

  /** Where the message's own `to` leads. */
  #destinationOf(message: MessageDraft): Destination {
    const to = textProperty(message, "to")
    if (to === undefined) throw new Amqp10Error("link", CONDITION.invalidField, "a message without `to`")
    if (to === this.#address) return this.#destination
    const destination = destinationOf(wellFormed(to))
    if (to.length <= MAX_KEPT_LENGTH) {
      this.#destination = destination
      this.#address = to
    }
    return destination
  }

  /** Raises `Amqp10Error` when the queue that the link sends to is not there any more. */
  #checkQueue(): void {
    const destination = this.#destination
    if (this.#isAnonymous || destination.kind !== "fixed" || destination.exchange !== "") return
    const queue = destination.routingKey
    if (isThere(this.#session.port.access, queue)) return
    throw new Amqp10Error("link", CONDITION.resourceDeleted, `queue '${queue}' was deleted`)
  }

  /** Whether the link ends because its exchange was deleted: its sender hears of the message before. */
  #isExchangeGone(error: unknown): boolean {
    return !this.#isAnonymous && error instanceof BrokerError && error.code === "NOT_FOUND"
  }

  /** The outcome of a message that was refused on its own account; raises the error again where it ends the link. */
  #refusal(error: unknown): OutcomeNumber {
    if (error instanceof PropertyError) return REJECTED_INVALID
    if (!this.#isAnonymous) throw error
    if (error instanceof Amqp10Error && error.condition === CONDITION.invalidField) return REJECTED_INVALID
    if (!(error instanceof BrokerError)) throw error
    if (error.code === "NOT_FOUND") return REJECTED_NOT_FOUND
    if (error.code === "ACCESS_REFUSED") return REJECTED_UNAUTHORIZED
    throw error
  }
}
