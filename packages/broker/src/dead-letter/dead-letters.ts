import type { DeathHistory, DeathReason, Message } from "@polymq/message"
import type { BrokerContext } from "../broker-context.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import type { DeadLetterTarget } from "./dead-letter.ts"
import type { Dead, DeadLetterLine } from "./dead-letter-line.ts"

/** The dead letters of one queue. */
export class DeadLetters {
  readonly queue: string
  readonly target: DeadLetterTarget
  readonly #line: DeadLetterLine
  readonly #context: BrokerContext
  readonly #onPublished: (entry: HeldEntry) => void
  #pending = 0
  #isCycleReported = false

  /** `onPublished` is called with every entry that may leave its queue now. */
  constructor(
    queue: string,
    target: DeadLetterTarget,
    line: DeadLetterLine,
    context: BrokerContext,
    onPublished: (entry: HeldEntry) => void,
  ) {
    this.queue = queue
    this.target = target
    this.#line = line
    this.#context = context
    this.#onPublished = onPublished
  }

  /** Entries on their way. */
  get pending(): number {
    return this.#pending
  }

  /** Sends the message of an entry that is no longer ready; the entry stays in the queue's log until then. */
  send(entry: HeldEntry, reason: DeathReason): void {
    this.#pending++
    this.#line.add({ letters: this, message: entry.message, entry, reason })
  }

  /** Sends a message that the queue had no room for. */
  sendRefused(message: Message): void {
    this.#context.memory.hold(message)
    this.#line.add({ letters: this, message, entry: undefined, reason: "maxlen" })
  }

  published({ message, entry }: Dead): void {
    if (entry === undefined) {
      this.#context.memory.release(message)
      return
    }
    this.#pending--
    this.#onPublished(entry)
  }

  /** Says once that messages go round in a circle and are dropped. */
  reportCycle({ deaths }: DeathHistory): void {
    if (this.#isCycleReported) return
    this.#isCycleReported = true
    const queues = deaths.map(({ queue }) => queue).join(", ")
    this.#context.log.warn("dead-letter-cycle", { queue: this.queue, queues })
  }
}
