import { ByteWriter, readUint32 } from "@polymq/wire"
import type { DeathHistory } from "../envelope.ts"
import { createMessage, type Message } from "../message.ts"
import { isText } from "../text.ts"
import { isDeathHeader, writeDeathHeaders } from "./death-headers.ts"
import { flagOf, HEADERS, propertyFlags, propertyPlace } from "./properties.ts"
import { TAG, typeNumber, valueEnd } from "./values.ts"

const DELIVERY_COUNT = "x-delivery-count"

const LONG = TAG[typeNumber("long")] as number

/**
 * Heads together with the headers that the broker adds, in scratch storage: one at a time, because a delivery is asked
 * for its size and then written.
 */
class Merger {
  readonly #writer = new ByteWriter(1024)
  readonly #merged = createMessage("amqp091", 0)
  #message: Message | undefined
  #deliveryCount = 0

  merge(message: Message, deliveryCount: number): Message {
    const writer = this.#writer
    writer.reset()
    writeHead(writer, message, deliveryCount)
    const merged = this.#merged
    merged.ttlMs = message.ttlMs
    merged.head = writer.bytes
    merged.headEnd = writer.at
    this.#message = message
    this.#deliveryCount = deliveryCount
    return merged
  }

  /** What was merged last, if it was this. */
  again(message: Message, deliveryCount: number): Message {
    if (message === this.#message && deliveryCount === this.#deliveryCount) return this.#merged
    return this.merge(message, deliveryCount)
  }
}

const merger = new Merger()

/**
 * What `render` reads of a message: itself, or, of one that has a history or has failed `deliveryCount` times, a head in
 * scratch storage, good until the next call, whose headers end with what the broker says. Headers of those names that a
 * client made are left out.
 */
export function withBrokerHeaders(message: Message, deliveryCount: number): Message {
  return message.deaths === undefined && deliveryCount === 0 ? message : merger.merge(message, deliveryCount)
}

/** The same for the message that was asked for last, which need not be done again. */
export function withSameBrokerHeaders(message: Message, deliveryCount: number): Message {
  return message.deaths === undefined && deliveryCount === 0 ? message : merger.again(message, deliveryCount)
}

function writeHead(writer: ByteWriter, message: Message, deliveryCount: number): void {
  const { head, headStart, headEnd, deaths } = message
  const flags = propertyFlags(message)
  const isEmpty = headStart === headEnd
  const start = isEmpty ? headEnd : propertyPlace(message, HEADERS)
  const end = (flags & flagOf(HEADERS)) === 0 ? start : start + 4 + readUint32(head, start)
  writer.uint16(flags | flagOf(HEADERS))
  if (!isEmpty) writer.copy(head, headStart + 2, start)
  const length = writer.skip(4)
  if (end > start) copyHeaders(writer, message, start + 4, end, deliveryCount)
  if (deliveryCount > 0) writeDeliveryCount(writer, deliveryCount)
  if (deaths !== undefined) writeDeathHeaders(writer, deaths)
  writer.patchUint32(length, writer.at - length - 4)
  writer.copy(head, end, headEnd)
}

function copyHeaders(writer: ByteWriter, message: Message, start: number, end: number, deliveryCount: number): void {
  const { head: bytes, deaths } = message
  for (let at = start; at < end; ) {
    const keyEnd = at + 1 + (bytes[at] as number)
    const next = valueEnd(bytes, keyEnd)
    if (!isReplaced(bytes, at + 1, keyEnd, deaths, deliveryCount)) writer.copy(bytes, at, next)
    at = next
  }
}

/** Whether the broker writes a header with the key in `bytes[start, end)` itself. */
function isReplaced(
  bytes: Uint8Array,
  start: number,
  end: number,
  deaths: DeathHistory | undefined,
  deliveryCount: number,
): boolean {
  if (deaths !== undefined && isDeathHeader(bytes, start, end)) return true
  return deliveryCount > 0 && end - start === DELIVERY_COUNT.length && isText(bytes, start, end, DELIVERY_COUNT)
}

function writeDeliveryCount(writer: ByteWriter, deliveryCount: number): void {
  writer.uint8(DELIVERY_COUNT.length)
  writer.utf8(DELIVERY_COUNT)
  writer.uint8(LONG)
  writer.uint64(BigInt(deliveryCount))
}
