import type { Message } from "@polymq/message"
import type { HeldEntry } from "./held-entry.ts"
import type { Line } from "./line.ts"

/** What may wait in a queue: only what is ready counts, and of a message only its body. */
export interface LengthLimit {
  readonly maxMessages: number
  readonly maxBytes: number
}

/** A line that knows how long it may be. What to do when it is longer is its queue's to decide. */
export class BoundedLine implements Line {
  readonly #line: Line
  #limit: LengthLimit
  #bytes = 0

  constructor(line: Line, limit: LengthLimit) {
    this.#line = line
    this.#limit = limit
    for (const { message } of line) this.#bytes += bodyBytes(message)
  }

  set limit(limit: LengthLimit) {
    this.#limit = limit
  }

  get length(): number {
    return this.#line.length
  }

  /** Whether more waits than may. */
  get isTooLong(): boolean {
    return this.#line.length > this.#limit.maxMessages || this.#bytes > this.#limit.maxBytes
  }

  /** Whether the message may wait behind those that do. */
  hasRoomFor(message: Message): boolean {
    const { maxMessages, maxBytes } = this.#limit
    return this.#line.length < maxMessages && this.#bytes + bodyBytes(message) <= maxBytes
  }

  push(entry: HeldEntry): void {
    this.#bytes += bodyBytes(entry.message)
    this.#line.push(entry)
  }

  giveBack(entry: HeldEntry): void {
    this.#bytes += bodyBytes(entry.message)
    this.#line.giveBack(entry)
  }

  peek(): HeldEntry | undefined {
    return this.#line.peek()
  }

  shift(): HeldEntry | undefined {
    const entry = this.#line.shift()
    if (entry !== undefined) this.#bytes -= bodyBytes(entry.message)
    return entry
  }

  clear(): void {
    this.#bytes = 0
    this.#line.clear()
  }

  [Symbol.iterator](): Iterator<HeldEntry> {
    return this.#line[Symbol.iterator]()
  }
}

function bodyBytes({ bodyStart, bodyEnd }: Message): number {
  return bodyEnd - bodyStart
}
