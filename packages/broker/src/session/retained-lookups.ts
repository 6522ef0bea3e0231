import type { Message } from "@polymq/message"
import type { SubscriptionOptions } from "../api/client-session.ts"
import type { Match } from "../api/entry.ts"
import type { Turn } from "../api/turn.ts"
import type { LookupLine, PortionedWork } from "./lookup-line.ts"
import type { Retained, RetainedMessages } from "./retained-messages.ts"
import type { TopicWalk } from "./topic-walk.ts"

/** What one message more that is sent costs, in steps of the walk. */
const SEND_STEPS = 16

/** Whom retained messages are looked up for. */
export interface RetainedReader {
  /** Number of its connection, for subscriptions that do not want what it has published. */
  readonly connection: number | undefined
  /** Queues the message; false when there is no room. */
  takeRetained(message: Message, match: Match): boolean
}

interface Lookup {
  readonly filter: string
  readonly noLocal: boolean
  readonly match: Match
}

/** The lookups of one session, in order, each filter once: they are no more than its subscriptions. */
export class RetainedLookups implements PortionedWork {
  readonly #reader: RetainedReader
  readonly #retained: RetainedMessages
  readonly #line: LookupLine
  readonly #turn: Turn
  #waiting: Map<string, Lookup> | undefined
  /** Goes through `#waiting` once: a fresh one each time would pass over everything that has been removed. */
  #order: Iterator<Lookup> | undefined
  #current: Lookup | undefined
  #walk: TopicWalk<Retained> | undefined

  constructor(reader: RetainedReader, retained: RetainedMessages, line: LookupLine, turn: Turn) {
    this.#reader = reader
    this.#retained = retained
    this.#line = line
    this.#turn = turn
  }

  get isDone(): boolean {
    return this.#walk === undefined && this.#waiting === undefined
  }

  /** Looks up the filter behind those that wait; in place of an earlier lookup of it that has not begun. */
  add(filter: string, { qos, identifier, retainAsPublished, noLocal }: SubscriptionOptions): void {
    const identifiers = identifier === undefined ? [] : [identifier]
    this.#waiting ??= new Map()
    this.#waiting.delete(filter)
    this.#waiting.set(filter, { filter, noLocal, match: { qos, identifiers, retainAsPublished, isRetained: true } })
    this.#line.add(this)
  }

  /** The filter is not subscribed any more. */
  drop(filter: string): void {
    this.#waiting?.delete(filter)
    if (this.#current?.filter === filter) this.#finish()
  }

  clear(): void {
    this.#waiting = undefined
    this.#order = undefined
    this.#finish()
    this.#line.remove(this)
  }

  work(maxSteps: number): number {
    let steps = 0
    while (steps < maxSteps) {
      this.#walk ??= this.#begin()
      const walk = this.#walk
      if (walk === undefined) break
      steps++
      const retained = walk.step()
      const isTaken = retained === undefined || this.#send(retained)
      if (retained !== undefined) steps += SEND_STEPS
      if (!isTaken || walk.isOver) this.#finish()
    }
    return steps
  }

  #begin(): TopicWalk<Retained> | undefined {
    if (this.#waiting === undefined) return undefined
    this.#order ??= this.#waiting.values()
    const next = this.#order.next()
    if (next.done === true) {
      this.#waiting = undefined
      this.#order = undefined
      return undefined
    }
    this.#current = next.value
    this.#waiting.delete(next.value.filter)
    return this.#retained.walk(next.value.filter)
  }

  #finish(): void {
    this.#current = undefined
    this.#walk = undefined
  }

  /** False when the rest would find no room either. */
  #send({ message, expiresAtMs }: Retained): boolean {
    const lookup = this.#current
    if (lookup === undefined || expiresAtMs <= this.#turn.nowMs()) return true
    const { publisher } = message
    if (lookup.noLocal && publisher !== undefined && publisher === this.#reader.connection) return true
    return this.#reader.takeRetained(message, lookup.match)
  }
}
