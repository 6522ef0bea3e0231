import type { HeldEntry } from "./held-entry.ts"
import type { Line } from "./line.ts"
import { WaitingLine } from "./waiting-line.ts"

/** How priorities of messages are counted. */
export interface PriorityTerms {
  /** From 1 to 255; higher ones count as this one. */
  readonly max: number
  /** The priority of a message that has none. */
  readonly usual: number
}

/** A waiting line for every priority; the highest goes first, and what came back goes to its place among its like. */
export class PriorityLine implements Line {
  readonly #max: number
  readonly #usual: number
  /** By priority, on first use. */
  readonly #lines: (WaitingLine | undefined)[] = []
  /** The highest priority with a line that is not empty; any when all are. */
  #highest = 0
  /** The line of that priority. */
  #front = new WaitingLine()
  #length = 0

  constructor({ max, usual }: PriorityTerms) {
    this.#max = max
    this.#usual = usual
    this.#lines[0] = this.#front
  }

  get length(): number {
    return this.#length
  }

  push(entry: HeldEntry): void {
    this.#lineFor(entry).push(entry)
  }

  giveBack(entry: HeldEntry): void {
    this.#lineFor(entry).giveBack(entry)
  }

  peek(): HeldEntry | undefined {
    return this.#front.peek()
  }

  shift(): HeldEntry | undefined {
    const entry = this.#front.shift()
    if (entry === undefined) return undefined
    this.#length--
    if (this.#front.length === 0 && this.#length > 0) this.#descend()
    return entry
  }

  clear(): void {
    for (const line of this.#lines) line?.clear()
    this.#length = 0
  }

  *[Symbol.iterator](): Generator<HeldEntry> {
    for (const line of this.#lines.toReversed()) if (line !== undefined) yield* line
  }

  /** The line that the entry is about to be put into. */
  #lineFor({ message }: HeldEntry): WaitingLine {
    const priority = Math.min(message.priority ?? this.#usual, this.#max)
    this.#length++
    if (priority === this.#highest) return this.#front
    const line = this.#lineOf(priority)
    if (priority > this.#highest || this.#length === 1) {
      this.#highest = priority
      this.#front = line
    }
    return line
  }

  #lineOf(priority: number): WaitingLine {
    const known = this.#lines[priority]
    if (known !== undefined) return known
    const line = new WaitingLine()
    while (this.#lines.length < priority) this.#lines.push(undefined)
    this.#lines[priority] = line
    return line
  }

  /** Finds the highest line that is not empty: there is one. */
  #descend(): void {
    while (this.#front.length === 0) this.#front = this.#lines[--this.#highest] ?? this.#front
  }
}
