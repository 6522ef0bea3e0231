import type { DeathHistory, DeathReason, Message } from "@polymq/message"
import type { BrokerContext } from "../broker-context.ts"
import type { Expirable } from "../expirable.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import { Ring } from "../queue/ring.ts"
import type { DeadLetterTarget } from "./dead-letter.ts"
import type { Dead, DeadLetterLine } from "./dead-letter-line.ts"

/** Kept letters that are tried again at a time; each that arrives is followed by one more. */
const RETRIED_LETTERS = 32

/** The dead letters of one queue. */
export class DeadLetters implements Expirable {
  readonly queue: string
  readonly #line: DeadLetterLine
  readonly #context: BrokerContext
  readonly #onPublished: (entry: HeldEntry) => void
  /** Letters that nobody has taken, or not everybody who should. */
  readonly #kept = new Ring<Dead>()
  #pending = 0
  #isCycleReported = false
  /** Undefined while what dies is lost. */
  #target: DeadLetterTarget | undefined
  #isEnded = false

  /** `onPublished` is called with every entry that may leave its queue now. */
  constructor(queue: string, line: DeadLetterLine, context: BrokerContext, onPublished: (entry: HeldEntry) => void) {
    this.queue = queue
    this.#line = line
    this.#context = context
    this.#onPublished = onPublished
  }

  /** Entries that wait for their letters to be published. */
  get pending(): number {
    return this.#pending
  }

  /** Where letters go from now on, those that are kept included; undefined: nowhere, they are lost. */
  aim(target: DeadLetterTarget | undefined): void {
    this.#target = target
    if (target === undefined) this.#dropKept()
  }

  /** Sends the message of an entry that is no longer ready; the entry stays in the queue's log until then. */
  send(entry: HeldEntry, reason: DeathReason): void {
    if (this.#target === undefined) {
      this.#onPublished(entry)
      return
    }
    this.#pending++
    this.#add(entry.message, entry, reason, this.#target)
  }

  /** Sends a message that the queue had no room for. */
  sendRefused(message: Message): void {
    if (this.#target === undefined) return
    this.#context.memory.hold(message)
    this.#add(message, undefined, "maxlen", this.#target)
  }

  /** A letter has been published. */
  published(dead: Dead): void {
    this.#finish(dead)
    this.#retry()
  }

  /** A letter has not arrived where it should: it is tried again about once a second. */
  keep(dead: Dead): void {
    if (this.#isEnded || this.#target === undefined) {
      this.#finish(dead)
      return
    }
    this.#kept.push(dead)
    this.#context.expiring.add(this)
  }

  expire(): boolean {
    for (let left = Math.min(RETRIED_LETTERS, this.#kept.length); left > 0; left--) this.#retry()
    return this.#kept.length > 0
  }

  /** The queue is gone, and what is kept with it. */
  end(): void {
    this.#isEnded = true
    this.#context.expiring.delete(this)
    this.#dropKept()
  }

  /** Says once that messages go round in a circle and are dropped. */
  reportCycle({ deaths }: DeathHistory): void {
    if (this.#isCycleReported) return
    this.#isCycleReported = true
    const queues = deaths.map(({ queue }) => queue).join(", ")
    this.#context.log.warn("dead-letter-cycle", { queue: this.queue, queues })
  }

  #add(message: Message, entry: HeldEntry | undefined, reason: DeathReason, target: DeadLetterTarget): void {
    this.#context.counters.deadLettered++
    const diedAtMs = this.#context.turn.nowMs()
    this.#line.add({ letters: this, message, entry, reason, target, diedAtMs, taken: undefined })
  }

  /** Tries the first letter that is kept once more, where letters go now. */
  #retry(): void {
    const dead = this.#kept.shift()
    if (dead === undefined) return
    dead.target = this.#target ?? dead.target
    this.#line.add(dead)
  }

  #dropKept(): void {
    for (let dead = this.#kept.shift(); dead !== undefined; dead = this.#kept.shift()) this.#finish(dead)
  }

  #finish({ message, entry }: Dead): void {
    if (entry === undefined) {
      this.#context.memory.release(message)
      return
    }
    this.#pending--
    this.#onPublished(entry)
  }
}
