import { asBuffer } from "@polymq/wire"
import { CONDITION } from "../codec/constants.ts"
import { ABSENT, type TransferFields } from "../codec/hot-fields.ts"
import { Amqp10Error } from "../errors.ts"
import { ByteBlocks } from "./byte-blocks.ts"
import type { ConnectionPort } from "./connection-port.ts"

/** One delivery of which more transfers are to come (AMQP 1.0 part 2, 2.6.14); grows with what arrives, not with what is announced. */
export class DeliveryAssembly {
  readonly deliveryId: number
  settled: boolean
  readonly #tag: Uint8Array
  readonly #port: ConnectionPort
  readonly #maxMessageBytes: number
  readonly #bytes = new ByteBlocks()

  /** Begins with the first transfer's ids; its payload is for `append`. */
  constructor(transfer: TransferFields, port: ConnectionPort, maxMessageBytes: number) {
    this.deliveryId = transfer.deliveryId
    this.settled = transfer.settled
    this.#tag = new Uint8Array(transfer.tagBytes.subarray(Math.max(0, transfer.tagStart), Math.max(0, transfer.tagEnd)))
    this.#port = port
    this.#maxMessageBytes = maxMessageBytes
  }

  /** Checks that a further transfer belongs to this delivery. Raises `Amqp10Error`. */
  checkContinuation(transfer: TransferFields): void {
    if (transfer.deliveryId !== ABSENT && transfer.deliveryId !== this.deliveryId) {
      throw notAllowed("the delivery-id changes within a delivery")
    }
    if (transfer.tagStart !== ABSENT && !this.#isTag(transfer)) {
      throw notAllowed("the delivery-tag changes within a delivery")
    }
    if (transfer.settled) this.settled = true
  }

  /** Takes a payload. Raises `Amqp10Error` above the largest message, or when the connection has too much unfinished. */
  append(bytes: Uint8Array, start: number, end: number): void {
    if (this.#bytes.length + end - start > this.#maxMessageBytes) throw tooLarge(this.#maxMessageBytes)
    if (!this.#port.holdUnfinished(end - start)) {
      throw new Amqp10Error("session", CONDITION.resourceLimitExceeded, "too many unfinished deliveries")
    }
    this.#bytes.append(bytes, start, end)
  }

  /** The delivery, which is whole; the caller's own. */
  finish(): Uint8Array {
    this.drop()
    return this.#bytes.join()
  }

  /** Gives the delivery up. */
  drop(): void {
    this.#port.dropUnfinished(this.#bytes.length)
  }

  #isTag({ tagBytes, tagStart, tagEnd }: TransferFields): boolean {
    return asBuffer(tagBytes).subarray(tagStart, tagEnd).equals(this.#tag)
  }
}

/** The link's error for a message above the limit that attach announced. */
export function tooLarge(maxMessageBytes: number): Amqp10Error {
  return new Amqp10Error("link", CONDITION.messageSizeExceeded, `the largest message is ${maxMessageBytes} bytes`)
}

function notAllowed(description: string): Amqp10Error {
  return new Amqp10Error("link", CONDITION.notAllowed, description)
}
