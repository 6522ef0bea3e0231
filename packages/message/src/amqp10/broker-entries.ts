import { ByteWriter } from "@polymq/wire"
import type { Message } from "../message.ts"
import { isText } from "../text.ts"
import { CODE } from "./constructors.ts"
import { contentStart } from "./values.ts"
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

/** Whether the key in `bytes[start, end)`, which has been checked, names an entry that only the broker may make. */
export function isBrokerKey(bytes: Uint8Array, start: number, end: number): boolean {
  const code = bytes[start] as number
  if (code !== CODE.sym8 && code !== CODE.sym32) return false
  const from = contentStart(code, start)
  if (end - from === EXCHANGE.length) return isText(bytes, from, end, EXCHANGE)
  return end - from === ROUTING_KEY.length && isText(bytes, from, end, ROUTING_KEY)
}
