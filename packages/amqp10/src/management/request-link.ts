import type { Value } from "@polymq/message"
import { CONDITION, RECEIVER_SETTLE_MODE, SENDER_SETTLE_MODE } from "../codec/constants.ts"
import type { FlowFields, TransferFields } from "../codec/hot-fields.ts"
import { Amqp10Error } from "../errors.ts"
import { type DeliveryTaker, IncomingDeliveries } from "../session/incoming-deliveries.ts"
import type { Amqp10Session } from "../session/session.ts"
import { answerRequest, refusalResponse } from "./answer.ts"
import { Refusal } from "./refusal.ts"
import { readRequest } from "./request.ts"
import { encodeResponse, type Response } from "./response.ts"
import { ResponseLink } from "./response-link.ts"

/** Requests that a pair may have under way; RabbitMQ's figure. */
const MAX_CREDIT = 8

/** Largest request, in bytes: a declaration with a thousand arguments is far below it. */
const MAX_REQUEST_BYTES = 1024 * 1024

/** What the half of a pair is made of on which the peer sends. */
export interface RequestLinkRequest {
  readonly name: string
  readonly handle: number
  readonly initialDeliveryCount: number
  /** The peer's end of the pair: the address of its source. */
  readonly peerAddress: string | undefined
}

/** The link of a pair on which the peer sends its requests (Link Pair 1.0, 2.1). */
export class RequestLink implements DeliveryTaker {
  readonly role = "publisher"
  readonly name: string
  readonly handle: number
  readonly peerAddress: string | undefined
  readonly maxCredit = MAX_CREDIT
  readonly maxMessageBytes: number
  readonly settleModes = { sender: SENDER_SETTLE_MODE.settled, receiver: RECEIVER_SETTLE_MODE.first }
  readonly #session: Amqp10Session
  readonly #incoming: IncomingDeliveries

  constructor(request: RequestLinkRequest, session: Amqp10Session) {
    this.name = request.name
    this.handle = request.handle
    this.peerAddress = request.peerAddress
    this.maxMessageBytes = Math.min(MAX_REQUEST_BYTES, session.port.broker.limits.maxMessageBytes)
    this.#session = session
    this.#incoming = new IncomingDeliveries(this, session, request.initialDeliveryCount)
  }

  /** Requests whose responses have not left: they hold their credit, so that a peer which does not read cannot ask on. */
  get unfinishedDeliveries(): number {
    return this.#responses?.waiting ?? 0
  }

  /** Raises `Amqp10Error` of link or session, and `DecodeError`. */
  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    this.#incoming.transfer(transfer, bytes, end)
  }

  flow(flow: FlowFields): void {
    this.#incoming.flow(flow)
  }

  topUp(): void {
    this.#incoming.topUp()
  }

  take(bytes: Uint8Array, start: number, end: number): void {
    const responses = this.#responses
    if (responses === undefined) {
      const description = "received transfer on half open management link pair"
      throw new Amqp10Error("session", CONDITION.preconditionFailed, description)
    }
    const request = readRequest(bytes, start, end)
    responses.respond(encoded(answerRequest(this.#session.port.access, request), request.messageId))
  }

  close(): void {
    this.#incoming.close()
  }

  /** The other half of the pair; undefined while it is not attached. */
  get #responses(): ResponseLink | undefined {
    const link = this.#session.links.outgoingNamed(this.name)
    return link instanceof ResponseLink ? link : undefined
  }
}

function encoded(response: Response, messageId: Value | undefined): Uint8Array {
  try {
    return encodeResponse(response, messageId)
  } catch (error) {
    // Arguments of AMQP 0.9.1 may be nested deeper than the answer, which wraps them, can be.
    if (!(error instanceof RangeError)) throw error
    return encodeResponse(refusalResponse(new Refusal(400, `no answer in AMQP 1.0: ${error.message}`)), messageId)
  }
}
