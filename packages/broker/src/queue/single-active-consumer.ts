import type { Consumer } from "../api/consumer.ts"
import type { Consumers } from "./consumers.ts"

/**
 * Consumers of which only one gets anything: the first to come, until it leaves. The next one is that of the highest
 * priority, among equals who came first; a newcomer takes nothing away from the active one.
 */
export class SingleActiveConsumer implements Consumers {
  /** With their priorities, in the order of their coming. */
  readonly #candidates = new Map<Consumer, number>()
  #active: Consumer | undefined
  #isHungry = false

  get size(): number {
    return this.#candidates.size
  }

  get isHungry(): boolean {
    return this.#isHungry
  }

  /** Nobody can be alone here by force: exclusive consumers are refused. */
  get hasExclusive(): boolean {
    return false
  }

  add(consumer: Consumer, priority: number): void {
    this.#candidates.set(consumer, priority)
    if (this.#active === undefined) this.#activate(consumer)
  }

  remove(consumer: Consumer): boolean {
    if (!this.#candidates.delete(consumer)) return false
    if (this.#active === consumer) this.#activate(this.#next())
    return true
  }

  wake(consumer: Consumer): boolean {
    if (!this.#candidates.has(consumer)) return false
    if (this.#active === consumer) this.#isHungry = true
    return true
  }

  serves(consumer: Consumer): boolean {
    return this.#active === consumer
  }

  take(): Consumer | undefined {
    if (!this.#isHungry) return undefined
    this.#isHungry = this.#active?.hasCredit() ?? false
    return this.#isHungry ? this.#active : undefined
  }

  clear(): readonly Consumer[] {
    const consumers = [...this.#candidates.keys()]
    this.#candidates.clear()
    this.#activate(undefined)
    return consumers
  }

  #activate(consumer: Consumer | undefined): void {
    this.#active = consumer
    this.#isHungry = consumer !== undefined
  }

  #next(): Consumer | undefined {
    let next: Consumer | undefined
    let highest = Number.NEGATIVE_INFINITY
    for (const [consumer, priority] of this.#candidates) {
      if (priority <= highest) continue
      next = consumer
      highest = priority
    }
    return next
  }
}
