import { ByteWriter, readUint32 } from "@polymq/wire"
import type { DeathHistory } from "../envelope.ts"
import { createMessage, type Message } from "../message.ts"
import { isDeathHeader, writeDeathHeaders } from "./death-headers.ts"
import { flagOf, HEADERS, propertyFlags, propertyPlace } from "./properties.ts"
import { valueEnd } from "./values.ts"

/** Head of a message together with its history, made anew for every dead-lettered message that is delivered. */
class DeathMerger {
  readonly #writer = new ByteWriter(1024)
  readonly #merged = createMessage("amqp091", 0)
  #history: DeathHistory | undefined

  of(message: Message, history: DeathHistory): Message {
    const merged = this.#merged
    // A history belongs to one message, which is asked for its size and then rendered.
    if (history === this.#history) return merged
    this.#history = history
    const writer = this.#writer
    writer.reset()
    writeHead(writer, message, history)
    merged.ttlMs = message.ttlMs
    merged.head = writer.bytes
    merged.headEnd = writer.at
    return merged
  }
}

const merger = new DeathMerger()

/**
 * What `render` reads of a message: itself, or for a dead-lettered one a head in scratch storage, good until the next
 * call, whose headers end with the history. Headers of those names that a client made are left out.
 */
export function withDeaths(message: Message): Message {
  return message.deaths === undefined ? message : merger.of(message, message.deaths)
}

function writeHead(writer: ByteWriter, message: Message, history: DeathHistory): void {
  const { head, headStart, headEnd } = message
  const flags = propertyFlags(message)
  const isEmpty = headStart === headEnd
  const start = isEmpty ? headEnd : propertyPlace(message, HEADERS)
  const end = (flags & flagOf(HEADERS)) === 0 ? start : start + 4 + readUint32(head, start)
  writer.uint16(flags | flagOf(HEADERS))
  if (!isEmpty) writer.copy(head, headStart + 2, start)
  const length = writer.skip(4)
  if (end > start) copyHeaders(writer, head, start + 4, end)
  writeDeathHeaders(writer, history)
  writer.patchUint32(length, writer.at - length - 4)
  writer.copy(head, end, headEnd)
}

function copyHeaders(writer: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const keyEnd = at + 1 + (bytes[at] as number)
    const next = valueEnd(bytes, keyEnd)
    if (!isDeathHeader(bytes, at + 1, keyEnd)) writer.copy(bytes, at, next)
    at = next
  }
}
