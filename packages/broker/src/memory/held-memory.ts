import { type Message, messageBytes } from "@polymq/message"
import type { Deferred, Turn } from "../api/turn.ts"
import { Slabs } from "./slabs.ts"

/** What a kept message costs beside its bytes: the message object and its strings, in bytes. */
const MESSAGE_COST = 300
/** What one line of a dead-letter history costs, in bytes. */
const DEATH_COST = 300
/** What a kept entry costs, in bytes. */
const ENTRY_COST = 128
/** Publishers are taken on again below this part of the mark. */
const RESUME_AT = 0.8
/** What connections may gather of messages that have not arrived whole, as a part of the mark: consumers free the rest. */
const GATHERED_PART = 0.25

/**
 * Counts what the held messages occupy, moves them out of read chunks at the end of a turn, and raises the memory alarm.
 * Whoever holds a message counts itself in `message.holders` and calls `release` once.
 */
export class HeldMemory implements Deferred {
  /** Entries held, ready and unsettled; counted by their holders. */
  entries = 0
  readonly markBytes: number
  readonly #turn: Turn
  readonly #onAlarm: (isShort: boolean) => void
  readonly #slabs = new Slabs()
  #messageBytes = 0
  #gatheredBytes = 0
  /** Messages that came to be held in this turn. */
  readonly #fresh: Message[] = []
  #isScheduled = false
  #isShort = false

  constructor(turn: Turn, markBytes: number, onAlarm: (isShort: boolean) => void) {
    this.#turn = turn
    this.markBytes = markBytes
    this.#onAlarm = onAlarm
  }

  /** Bytes held at present. */
  get heldBytes(): number {
    return this.#messageBytes + this.#gatheredBytes + this.entries * ENTRY_COST
  }

  /** Whether publishers should pause. */
  get isShort(): boolean {
    return this.#isShort
  }

  /** Counts bytes that have been gathered, or given up; false, and nothing is counted, where those are too many. */
  gather(bytes: number): boolean {
    const gathered = this.#gatheredBytes + bytes
    if (bytes > 0 && gathered > this.markBytes * GATHERED_PART) return false
    this.#gatheredBytes = gathered
    this.#schedule()
    return true
  }

  /** Adds a holder. */
  hold(message: Message): void {
    if (message.holders++ > 0) return
    this.charge(message)
    this.stay(message)
  }

  /** Counts a message that is about to get its first holders; the last `release` counts it off again. */
  charge(message: Message): void {
    this.#messageBytes += costOf(message)
  }

  /** Has the message moved out of its read chunk if it is still held at the end of the turn. */
  stay(message: Message): void {
    this.#fresh.push(message)
    this.#schedule()
  }

  /** Takes a holder away. */
  release(message: Message): void {
    if (--message.holders !== 0) return
    this.#messageBytes -= costOf(message)
    message.cached = undefined
    if (this.#isShort) this.#schedule()
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    for (const message of this.#fresh) {
      if (message.holders > 0) this.#slabs.move(message)
    }
    this.#fresh.length = 0
    this.#watch()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#turn.deferLast(this)
  }

  #watch(): void {
    const held = this.heldBytes
    if (this.#isShort ? held >= this.markBytes * RESUME_AT : held <= this.markBytes) return
    this.#isShort = !this.#isShort
    this.#onAlarm(this.#isShort)
  }
}

function costOf(message: Message): number {
  const { deaths } = message
  return messageBytes(message) + MESSAGE_COST + (deaths === undefined ? 0 : deaths.deaths.length * DEATH_COST)
}
