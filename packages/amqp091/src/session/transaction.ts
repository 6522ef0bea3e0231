import type { Outcome } from "@polymq/broker"
import { type Message, messageBytes } from "@polymq/message"
import { copyBytes } from "@polymq/wire"
import { Amqp091Error } from "../errors.ts"
import type { GatheredBytes } from "./gathered-bytes.ts"

/** A publish that waits for tx.commit. */
export interface PendingPublish {
  readonly message: Message
  readonly mandatory: boolean
}

/** An acknowledgement that waits for tx.commit. */
export interface PendingSettlement {
  readonly tag: number
  readonly multiple: boolean
  readonly outcome: Outcome
}

/** How many of the largest messages a transaction may hold in bytes. */
const MAX_MESSAGES_OF_FULL_SIZE = 4

/** Publishes and acknowledgements together that a transaction may hold. */
const MAX_OPERATIONS = 100_000

/** What an operation costs beside a message's bytes. */
const OPERATION_BYTES = 256

/** What a transactional channel has gathered since the last commit or rollback (1.9). */
export class Transaction {
  readonly #gathered: GatheredBytes
  readonly #maxBytes: number
  #publishes: PendingPublish[] = []
  #settlements: PendingSettlement[] = []
  #bytes = 0

  constructor(gathered: GatheredBytes, maxMessageBytes: number) {
    this.#gathered = gathered
    this.#maxBytes = maxMessageBytes * MAX_MESSAGES_OF_FULL_SIZE
  }

  /** Raises `Amqp091Error` when the transaction is too large. */
  publish(message: Message, mandatory: boolean): void {
    this.#grow(messageBytes(message))
    this.#publishes.push({ message: detached(message), mandatory })
  }

  /** Raises `Amqp091Error` when the transaction is too large. */
  settle(tag: number, multiple: boolean, outcome: Outcome): void {
    this.#grow(0)
    this.#settlements.push({ tag, multiple, outcome })
  }

  /** Gives out what was gathered and begins anew. */
  take(): { readonly publishes: readonly PendingPublish[]; readonly settlements: readonly PendingSettlement[] } {
    const taken = { publishes: this.#publishes, settlements: this.#settlements }
    this.#gathered.give(this.#bytes + this.#operations * OPERATION_BYTES)
    this.#publishes = []
    this.#settlements = []
    this.#bytes = 0
    return taken
  }

  get #operations(): number {
    return this.#publishes.length + this.#settlements.length
  }

  /** Makes room for one operation. */
  #grow(bytes: number): void {
    const total = this.#bytes + bytes
    const operations = this.#operations + 1
    if (total > this.#maxBytes || operations > MAX_OPERATIONS) {
      throw new Amqp091Error("PRECONDITION_FAILED", `transaction of ${operations} operations and ${total} bytes`)
    }
    this.#gathered.take(bytes + OPERATION_BYTES)
    this.#bytes = total
  }
}

/** Gives the message bytes of its own, so that a small one does not keep the whole chunk it came in. */
function detached(message: Message): Message {
  const headBytes = message.headEnd - message.headStart
  const bytes = new Uint8Array(messageBytes(message))
  copyBytes(message.head, message.headStart, message.headEnd, bytes, 0)
  copyBytes(message.body, message.bodyStart, message.bodyEnd, bytes, headBytes)
  message.head = message.body = bytes
  message.headStart = 0
  message.headEnd = message.bodyStart = headBytes
  message.bodyEnd = bytes.length
  return message
}
