import type { BrokerContext } from "../broker-context.ts"

/** The bound of what waits for one client, or for a group of them (`Limits.maxSessionBacklog`); counts what does not fit, and logs that once per episode. */
export class BacklogLimit {
  readonly #holder: string
  readonly #context: BrokerContext
  /** It was reached, and the backlog is not half empty yet. */
  #isReached = false

  constructor(holder: string, context: BrokerContext) {
    this.#holder = holder
    this.#context = context
  }

  /** Whether one more may wait behind those that do. */
  admits(waiting: number): boolean {
    const { counters, limits, log } = this.#context
    if (waiting < limits.maxSessionBacklog) {
      if (waiting * 2 <= limits.maxSessionBacklog) this.#isReached = false
      return true
    }
    counters.droppedBacklog++
    if (!this.#isReached) log.warn("session-backlog-full", { holder: this.#holder, messages: waiting })
    this.#isReached = true
    return false
  }
}
