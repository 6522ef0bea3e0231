import { CONDITION, MAX_DELIVERY_TAG_BYTES, SENDER_SETTLE_MODE } from "../codec/constants.ts"
import { ABSENT, type FlowFields, type TransferFields } from "../codec/hot-fields.ts"
import { serialAdd, serialSteps } from "../codec/serial.ts"
import { Amqp10Error } from "../errors.ts"
import { DeliveryAssembly, tooLarge } from "./delivery-assembly.ts"
import type { Amqp10Session } from "./session.ts"
import type { IncomingLink } from "./session-link.ts"

/** Who settles first, as attach has agreed (AMQP 1.0 part 2, 2.8.2 and 2.8.3). */
export interface SettleModes {
  readonly sender: number
  readonly receiver: number
}

/** A link on which the peer sends, as what counts its credit sees it. */
export interface DeliveryTaker extends IncomingLink {
  /** Deliveries that the peer may have under way. */
  readonly maxCredit: number
  /** Deliveries that have arrived and are not done with: they count as under way. */
  readonly unfinishedDeliveries: number
  /** Largest message, in bytes. */
  readonly maxMessageBytes: number
  readonly settleModes: SettleModes
  /** Takes a whole delivery, in bytes that are the caller's. Raises what ends the link. */
  take(bytes: Uint8Array, start: number, end: number, deliveryId: number, settled: boolean): void
}

/** What arrives on a link on which the peer sends: its credit, and transfers made whole (AMQP 1.0 part 2, 2.6.7 and 2.6.14). */
export class IncomingDeliveries {
  readonly #link: DeliveryTaker
  readonly #session: Amqp10Session
  #deliveryCount: number
  #credit = 0
  #unfinished: DeliveryAssembly | undefined

  constructor(link: DeliveryTaker, session: Amqp10Session, initialDeliveryCount: number) {
    this.#link = link
    this.#session = session
    this.#deliveryCount = initialDeliveryCount
  }

  /** Takes one transfer frame. Raises `Amqp10Error`, and what `DeliveryTaker.take` raises. */
  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    checkTransfer(transfer, this.#link.settleModes)
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
    if (flow.echo) this.#sendFlow()
  }

  /** Grants full credit again when half of it is used, counting what is not done with; not while the broker takes nothing. */
  topUp(): void {
    const { maxCredit, unfinishedDeliveries } = this.#link
    const used = maxCredit - this.#credit - unfinishedDeliveries
    if (used * 2 < maxCredit || this.#session.port.isBlocked || !this.#session.links.has(this.#link)) return
    this.#credit += used
    this.#sendFlow()
  }

  /** Forgets a delivery of which more was to come. */
  close(): void {
    this.#unfinished?.drop()
    this.#unfinished = undefined
  }

  #sendFlow(): void {
    this.#session.sendFlow(this.#link.handle, this.#deliveryCount, this.#credit, ABSENT, false)
  }

  #begin(transfer: TransferFields, bytes: Uint8Array, end: number): void {
    const { maxMessageBytes } = this.#link
    if (transfer.more) {
      this.#unfinished = new DeliveryAssembly(transfer, this.#session.port, maxMessageBytes)
      this.#unfinished.append(bytes, transfer.payloadStart, end)
      return
    }
    if (end - transfer.payloadStart > maxMessageBytes) throw tooLarge(maxMessageBytes)
    this.#take(bytes, transfer.payloadStart, end, transfer.deliveryId, transfer.settled)
  }

  #continue(unfinished: DeliveryAssembly, transfer: TransferFields, bytes: Uint8Array, end: number): void {
    unfinished.checkContinuation(transfer)
    if (transfer.aborted) unfinished.drop()
    else unfinished.append(bytes, transfer.payloadStart, end)
    if (transfer.more && !transfer.aborted) return
    this.#unfinished = undefined
    if (!transfer.aborted) {
      const whole = unfinished.finish()
      this.#take(whole, 0, whole.length, unfinished.deliveryId, unfinished.settled)
    }
    this.topUp()
  }

  /** A delivery is settled, or not, as the link's mode says (part 2, 2.7.5, settled). */
  #take(bytes: Uint8Array, start: number, end: number, deliveryId: number, settled: boolean): void {
    const { sender } = this.#link.settleModes
    if (sender !== SENDER_SETTLE_MODE.mixed && settled !== (sender === SENDER_SETTLE_MODE.settled)) {
      const [is, mode] = settled ? ["settled", "unsettled"] : ["not settled", "settled"]
      throw new Amqp10Error("link", CONDITION.invalidField, `a delivery that is ${is} on a link of the mode ${mode}`)
    }
    this.#link.take(bytes, start, end, deliveryId, settled)
  }
}

/** Raises `Amqp10Error` for what no transfer may say, be it the first of its delivery or a further one. */
function checkTransfer({ tagStart, tagEnd, messageFormat, rcvSettleMode, resume }: TransferFields, modes: SettleModes) {
  if (tagEnd - tagStart > MAX_DELIVERY_TAG_BYTES) {
    const description = `a delivery-tag of ${tagEnd - tagStart} octets, ${MAX_DELIVERY_TAG_BYTES} are the most`
    throw new Amqp10Error("link", CONDITION.invalidField, description)
  }
  if (messageFormat > 0) throw notImplemented(`message-format 0x${messageFormat.toString(16)}`)
  if (rcvSettleMode !== ABSENT && rcvSettleMode !== modes.receiver) {
    throw notImplemented("a transfer with another rcv-settle-mode than its link")
  }
  if (resume) throw notImplemented("resuming deliveries")
}

function notImplemented(what: string): Amqp10Error {
  return new Amqp10Error("link", CONDITION.notImplemented, `${what} is not implemented`)
}
