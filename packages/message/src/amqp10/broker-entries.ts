import { ByteWriter } from "@polymq/wire"
import type { DeathHistory } from "../envelope.ts"
import type { Message } from "../message.ts"
import { isText } from "../text.ts"
import { CODE } from "./constructors.ts"
import { DEATH_ELEMENTS, isDeathAnnotation, writeDeathAnnotations } from "./death-annotations.ts"
import { contentStart } from "./values.ts"
import { writeString, writeSymbol } from "./writer.ts"

const ROUTING_KEY = "x-routing-key"
const EXCHANGE = "x-exchange"

/** Keys and values of where a message was published to. */
const ORIGIN_ELEMENTS = 4

/** The entries that the broker puts before the client's annotations: what became of a message, and where it was published to. */
class BrokerEntries {
  readonly #writer = new ByteWriter(512)
  #exchange: string | undefined
  #routingKey: string | undefined
  #deaths: DeathHistory | undefined

  /** The entries of `message`, in storage that the next call may overwrite. Messages of one route come one after the other. */
  of({ exchange, routingKey, deaths }: Message): ByteWriter {
    const writer = this.#writer
    if (exchange === this.#exchange && routingKey === this.#routingKey && deaths === this.#deaths) return writer
    writer.reset()
    if (deaths !== undefined) writeDeathAnnotations(writer, deaths)
    writeSymbol(writer, ROUTING_KEY)
    writeString(writer, routingKey)
    writeSymbol(writer, EXCHANGE)
    writeString(writer, exchange)
    this.#exchange = exchange
    this.#routingKey = routingKey
    this.#deaths = deaths
    return writer
  }
}

export const brokerEntries: BrokerEntries = new BrokerEntries()

/** Keys and values that the annotations of a delivery begin with. */
export function brokerElements({ deaths }: Message): number {
  return deaths === undefined ? ORIGIN_ELEMENTS : ORIGIN_ELEMENTS + DEATH_ELEMENTS
}

/**
 * Whether the key in `bytes[start, end)`, which has been checked, names an entry that the broker makes itself: where a
 * message was published to, and, of a message that has a history, what became of it.
 */
export function isBrokerKey(bytes: Uint8Array, start: number, end: number, hasDeaths: boolean): boolean {
  const code = bytes[start] as number
  if (code !== CODE.sym8 && code !== CODE.sym32) return false
  const from = contentStart(code, start)
  if (hasDeaths && isDeathAnnotation(bytes, from, end)) return true
  if (end - from === EXCHANGE.length) return isText(bytes, from, end, EXCHANGE)
  return end - from === ROUTING_KEY.length && isText(bytes, from, end, ROUTING_KEY)
}
