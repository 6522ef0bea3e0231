import { BrokerError } from "@polymq/broker"
import { createMessage, type MessageDraft, PropertyError, validateAmqp10Message } from "@polymq/message"
import { CONDITION } from "../codec/constants.ts"
import { ABSENT, type FlowFields, type TransferFields } from "../codec/hot-fields.ts"
import { serialAdd, serialSteps } from "../codec/serial.ts"
import { Amqp10Error } from "../errors.ts"
import { DeliveryAssembly, tooLarge } from "./delivery-assembly.ts"
import { checkUserId, textProperty } from "./message-properties.ts"
import type { Acknowledged, OutcomeNumber } from "./pending-settlements.ts"
import {
  OUTCOME_OF_RESULT,
  REJECTED_INVALID,
  REJECTED_NOT_FOUND,
  REJECTED_UNAUTHORIZED,
  SETTLED_SECOND,
} from "./publish-outcomes.ts"
import type { Amqp10Session } from "./session.ts"
import { type Destination, destinationOf, wellFormed } from "./terminus.ts"

/** What a sending peer's link is made of. */
export interface PublisherLinkRequest {
  readonly name: string
  readonly handle: number
  readonly initialDeliveryCount: number
  readonly destination: Destination
  /** A queue that ends with the link. */
  readonly ownedQueue: string | undefined
  /** The peer settles when it has heard the outcome, and only then are we to settle. */
  readonly settlesSecond: boolean
}

/** A link on which the peer sends: its transfers are published. */
export class PublisherLink implements Acknowledged {
  readonly role = "publisher"
  readonly name: string
  readonly handle: number
  readonly #session: Amqp10Session
  readonly #ownedQueue: string | undefined
  readonly #isAnonymous: boolean
  readonly #settlement: typeof SETTLED_SECOND | 0
  #destination: Destination
  #deliveryCount: number
  #credit = 0
  /** Deliveries that wait for their disposition. */
  #pending = 0
  #unfinished: DeliveryAssembly | undefined
  /** The `to` that `#destination` was made from. */
  #address: string | undefined

  constructor(request: PublisherLinkRequest, session: Amqp10Session) {
    this.name = request.name
    this.handle = request.handle
    this.#session = session
    this.#ownedQueue = request.ownedQueue
    this.#destination = request.destination
    this.#isAnonymous = request.destination.kind === "anonymous"
    this.#settlement = request.settlesSecond ? SETTLED_SECOND : 0
    this.#deliveryCount = request.initialDeliveryCount
  }

  /** Takes one transfer frame. Raises `Amqp10Error`, `BrokerError` and `DecodeError`, all of which end the link. */
  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    if (this.#unfinished !== undefined) {
      this.#continue(this.#unfinished, transfer, bytes, end)
      return
    }
    if (transfer.deliveryId === ABSENT) {
      throw new Amqp10Error("link", CONDITION.invalidField, "the first transfer of a delivery needs a delivery-id")
    }
    if (this.#credit === 0) {
      throw new Amqp10Error("link", CONDITION.transferLimitExceeded, "a transfer without link-credit")
    }
    this.#credit--
    this.#deliveryCount = serialAdd(this.#deliveryCount, 1)
    if (!transfer.aborted) this.#begin(transfer, bytes, end)
    this.topUp()
  }

  /** The peer's view of the link. */
  flow(flow: FlowFields): void {
    if (flow.deliveryCount !== ABSENT) {
      const skipped = serialSteps(this.#deliveryCount, flow.deliveryCount)
      if (skipped > 0 && skipped <= this.#credit) {
        this.#credit -= skipped
        this.#deliveryCount = flow.deliveryCount
        this.topUp()
      }
    }
    if (flow.echo) this.sendFlow()
  }

  acknowledged(count: number): void {
    this.#pending -= count
    this.topUp()
  }

  /** Grants full credit again when half of it is used, counting what is not stored yet; not while the broker takes nothing. */
  topUp(): void {
    const { isBlocked, settings } = this.#session.port
    const used = settings.linkCredit - this.#credit - this.#pending
    if (used * 2 < settings.linkCredit || isBlocked || !this.#session.isAttached(this)) return
    this.#credit += used
    this.sendFlow()
  }

  sendFlow(): void {
    this.#session.sendFlow(this.handle, this.#deliveryCount, this.#credit, ABSENT, false)
  }

  /** Ends the broker's side of the link. */
  close(): void {
    this.#unfinished?.finish()
    this.#unfinished = undefined
    this.#session.forgetPending(this)
    this.#session.removeQueue(this.#ownedQueue)
  }

  #begin(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    if (transfer.resume) {
      throw new Amqp10Error("link", CONDITION.notImplemented, "resuming deliveries is not implemented")
    }
    if (transfer.messageFormat > 0) {
      const format = transfer.messageFormat.toString(16)
      throw new Amqp10Error("link", CONDITION.notImplemented, `message-format 0x${format} is not implemented`)
    }
    if (transfer.more) {
      this.#unfinished = new DeliveryAssembly(transfer, this.#session.port)
      this.#unfinished.append(bytes, transfer.payloadStart, end)
      return
    }
    const { maxMessageBytes } = this.#session.port.broker.limits
    if (end - transfer.payloadStart > maxMessageBytes) throw tooLarge(maxMessageBytes)
    this.#publish(bytes, transfer.payloadStart, end, transfer.deliveryId, transfer.settled)
  }

  #continue(unfinished: DeliveryAssembly, transfer: TransferFields, bytes: Uint8Array, end: number): void {
    unfinished.checkContinuation(transfer)
    if (!transfer.aborted) {
      unfinished.append(bytes, transfer.payloadStart, end)
      if (transfer.more) return
    }
    this.#unfinished = undefined
    unfinished.finish()
    if (!transfer.aborted) {
      this.#publish(unfinished.bytes, 0, unfinished.length, unfinished.deliveryId, unfinished.settled)
    }
    this.topUp()
  }

  #publish(bytes: Uint8Array, start: number, end: number, deliveryId: number, settled: boolean): void {
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
    } catch (error) {
      if (settled) throw error
      outcome = this.#refusal(error)
    }
    if (settled) return
    this.#pending++
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
    if (to !== this.#address) {
      this.#destination = destinationOf(wellFormed(to))
      this.#address = to
    }
    return this.#destination
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
