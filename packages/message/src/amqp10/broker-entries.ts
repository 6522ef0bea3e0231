import { ByteWriter } from "@polymq/wire"
import type { Message } from "../message.ts"
import { isText } from "../text.ts"
import { CODE } from "./constructors.ts"
import { writeString, writeSymbol } from "./writer.ts"

const ROUTING_KEY = "x-routing-key"
const EXCHANGE = "x-exchange"

/** Keys and values that every delivery's annotations begin with. */
export const BROKER_ELEMENTS = 4

/** The entries that the broker puts before the client's annotations: where the message was published to. */
class BrokerEntries {
  readonly #writer = new ByteWriter(512)
  #exchange: string | undefined
  #routingKey: string | undefined

  /** The entries of `message`, in storage that the next call may overwrite. Messages of one route come one after the other. */
  of({ exchange, routingKey }: Message): ByteWriter {
    const writer = this.#writer
    if (exchange === this.#exchange && routingKey === this.#routingKey) return writer
    writer.reset()
    writeSymbol(writer, ROUTING_KEY)
    writeString(writer, routingKey)
    writeSymbol(writer, EXCHANGE)
    writeString(writer, exchange)
    this.#exchange = exchange
    this.#routingKey = routingKey
    return writer
  }
}

export const brokerEntries: BrokerEntries = new BrokerEntries()

/** Whether the key at `start`, in bytes that have been checked, names an entry that only the broker may make. */
export function isBrokerKey(bytes: Uint8Array, start: number): boolean {
  if (bytes[start] !== CODE.sym8) return false
  const from = start + 2
  const length = bytes[start + 1] as number
  if (length === EXCHANGE.length) return isText(bytes, from, from + length, EXCHANGE)
  return length === ROUTING_KEY.length && isText(bytes, from, from + length, ROUTING_KEY)
}
