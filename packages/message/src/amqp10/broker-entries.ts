import { ByteWriter } from "@polymq/wire"
import type { DeathHistory } from "../envelope.ts"
import type { Message } from "../message.ts"
import { isText } from "../text.ts"
import { CODE } from "./constructors.ts"
import { DEATH_ELEMENTS, isDeathAnnotation, writeDeathAnnotations } from "./death-annotations.ts"
import { contentStart } from "./values.ts"
import { writeLong, writeString, writeSymbol } from "./writer.ts"

const ROUTING_KEY = "x-routing-key"
const EXCHANGE = "x-exchange"

const DELIVERY_COUNT = "x-delivery-count"
const ACQUIRED_COUNT = "x-acquired-count"

/** Both of these have this length. */
const COUNT_LENGTH = DELIVERY_COUNT.length

/** Keys and values of where a message was published to. */
const ORIGIN_ELEMENTS = 4

/** The entries that the broker puts before the client's annotations: what became of a message, and where it was published to. */
class BrokerEntries {
  /** Keys and values among the entries asked for last. */
  elements = 0
  readonly #writer = new ByteWriter(512)
  #exchange: string | undefined
  #routingKey: string | undefined
  #deaths: DeathHistory | undefined
  #deliveryCount = 0
  #acquiredCount = 0

  /**
   * The entries of `message`, in storage that the next call may overwrite; counts of 0 are not told. Messages of one route
   * come one after the other.
   */
  of({ exchange, routingKey, deaths }: Message, deliveryCount: number, acquiredCount: number): ByteWriter {
    const writer = this.#writer
    if (
      exchange === this.#exchange &&
      routingKey === this.#routingKey &&
      deaths === this.#deaths &&
      acquiredCount === this.#acquiredCount &&
      deliveryCount === this.#deliveryCount
    ) {
      return writer
    }
    writer.reset()
    this.elements = ORIGIN_ELEMENTS
    if (deliveryCount > 0) this.#writeCount(DELIVERY_COUNT, deliveryCount)
    if (acquiredCount > 0) this.#writeCount(ACQUIRED_COUNT, acquiredCount)
    if (deaths !== undefined) {
      writeDeathAnnotations(writer, deaths)
      this.elements += DEATH_ELEMENTS
    }
    writeSymbol(writer, ROUTING_KEY)
    writeString(writer, routingKey)
    writeSymbol(writer, EXCHANGE)
    writeString(writer, exchange)
    this.#exchange = exchange
    this.#routingKey = routingKey
    this.#deaths = deaths
    this.#deliveryCount = deliveryCount
    this.#acquiredCount = acquiredCount
    return writer
  }

  #writeCount(key: string, count: number): void {
    writeSymbol(this.#writer, key)
    writeLong(this.#writer, count)
    this.elements += 2
  }
}

export const brokerEntries: BrokerEntries = new BrokerEntries()

/**
 * Whether the key in `bytes[start, end)`, which has been checked, names an entry that the broker makes itself: where a
 * message was published to, of a message that has a history, what became of it, and, where that is told, how often it
 * has failed and come back.
 */
export function isBrokerKey(
  bytes: Uint8Array,
  start: number,
  end: number,
  hasDeaths: boolean,
  hasCounts: boolean,
): boolean {
  const code = bytes[start] as number
  if (code !== CODE.sym8 && code !== CODE.sym32) return false
  const from = contentStart(code, start)
  if (hasDeaths && isDeathAnnotation(bytes, from, end)) return true
  if (hasCounts && end - from === COUNT_LENGTH) {
    return isText(bytes, from, end, DELIVERY_COUNT) || isText(bytes, from, end, ACQUIRED_COUNT)
  }
  if (end - from === EXCHANGE.length) return isText(bytes, from, end, EXCHANGE)
  return end - from === ROUTING_KEY.length && isText(bytes, from, end, ROUTING_KEY)
}
