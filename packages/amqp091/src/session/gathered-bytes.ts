import type { Connection } from "@polymq/broker"
import { Amqp091Error } from "../errors.ts"

/** How many of the largest messages a connection may have under way to the broker at a time. */
const MAX_MESSAGES_OF_FULL_SIZE = 16

/**
 * Memory that the channels of one connection hold for what is not published yet: bodies that have not arrived whole, and
 * transactions. Each channel has its own limits; this one keeps a client from reaching them on all channels at once.
 */
export class GatheredBytes {
  readonly #connection: Connection
  readonly #maxBytes: number
  #bytes = 0

  constructor(connection: Connection, maxMessageBytes: number) {
    this.#connection = connection
    this.#maxBytes = maxMessageBytes * MAX_MESSAGES_OF_FULL_SIZE
  }

  /** Raises `Amqp091Error` where that is too much: nothing is taken then. */
  take(bytes: number): void {
    const total = this.#bytes + bytes
    if (total > this.#maxBytes) {
      throw new Amqp091Error("RESOURCE_ERROR", `${total} bytes of unfinished publishes, the limit is ${this.#maxBytes}`)
    }
    if (!this.#connection.gather(bytes)) {
      throw new Amqp091Error("RESOURCE_ERROR", "all connections together have too many bytes of unfinished publishes")
    }
    this.#bytes = total
  }

  /** Gives back what was taken. */
  give(bytes: number): void {
    this.#connection.gather(-bytes)
    this.#bytes -= bytes
  }
}
