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
  readonly #terms: PriorityTerms
  /** By priority, on first use. */
  readonly #lines: (WaitingLine | undefined)[] = []
  /** The highest priority with a line that is not empty; any when all are. */
  #highest = 0
  #length = 0

  constructor(terms: PriorityTerms) {
    this.#terms = terms
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
    return this.#length === 0 ? undefined : this.#lines[this.#highest]?.peek()
  }

  shift(): HeldEntry | undefined {
    if (this.#length === 0) return undefined
    const line = this.#lines[this.#highest]
    const entry = line?.shift()
    this.#length--
    if (this.#length > 0 && line?.length === 0) this.#descend()
    return entry
  }

  clear(): void {
    for (const line of this.#lines) line?.clear()
    this.#length = 0
    this.#highest = 0
  }

  *[Symbol.iterator](): Generator<HeldEntry> {
    for (const line of this.#lines.toReversed()) if (line !== undefined) yield* line
  }

  /** The line that the entry is about to be put into. */
  #lineFor({ message }: HeldEntry): WaitingLine {
    const { max, usual } = this.#terms
    const priority = Math.min(message.priority ?? usual, max)
    if (this.#length === 0 || priority > this.#highest) this.#highest = priority
    this.#length++
    let line = this.#lines[priority]
    if (line === undefined) {
      line = new WaitingLine()
      while (this.#lines.length < priority) this.#lines.push(undefined)
      this.#lines[priority] = line
    }
    return line
  }

  /** Finds the highest line that is not empty: there is one. */
  #descend(): void {
    while ((this.#lines[this.#highest]?.length ?? 0) === 0) this.#highest--
  }
}
