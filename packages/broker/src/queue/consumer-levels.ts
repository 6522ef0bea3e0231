import type { Consumer } from "../api/consumer.ts"
import { ConsumerCircle } from "./consumer-circle.ts"
import type { Consumers } from "./consumers.ts"

interface Level {
  readonly priority: number
  readonly circle: ConsumerCircle
}

/** Consumers with priorities: those of a lower one get something only while none of a higher one has credit. */
export class ConsumerLevels implements Consumers {
  /** The highest priority first; none is empty. */
  readonly #levels: Level[] = []
  readonly #levelOf = new Map<Consumer, Level>()

  /** With the consumers of a circle, whose priority is 0. */
  constructor(circle: ConsumerCircle) {
    for (const consumer of circle.clear()) this.add(consumer, 0)
  }

  get size(): number {
    return this.#levelOf.size
  }

  get isHungry(): boolean {
    for (const { circle } of this.#levels) if (circle.isHungry) return true
    return false
  }

  get hasExclusive(): boolean {
    return this.#levels.some(({ circle }) => circle.hasExclusive)
  }

  add(consumer: Consumer, priority: number): void {
    const level = this.#levelAt(priority)
    level.circle.add(consumer)
    this.#levelOf.set(consumer, level)
  }

  remove(consumer: Consumer): boolean {
    const level = this.#levelOf.get(consumer)
    if (level === undefined) return false
    this.#levelOf.delete(consumer)
    level.circle.remove(consumer)
    if (level.circle.size === 0) this.#levels.splice(this.#levels.indexOf(level), 1)
    return true
  }

  wake(consumer: Consumer): boolean {
    return this.#levelOf.get(consumer)?.circle.wake(consumer) ?? false
  }

  serves(): boolean {
    return true
  }

  take(): Consumer | undefined {
    for (const { circle } of this.#levels) {
      const consumer = circle.take()
      if (consumer !== undefined) return consumer
    }
    return undefined
  }

  clear(): readonly Consumer[] {
    const consumers = [...this.#levelOf.keys()]
    this.#levels.length = 0
    this.#levelOf.clear()
    return consumers
  }

  #levelAt(priority: number): Level {
    let at = 0
    for (; at < this.#levels.length; at++) {
      const level = this.#levels[at]
      if (level === undefined || level.priority < priority) break
      if (level.priority === priority) return level
    }
    const level = { priority, circle: new ConsumerCircle() }
    this.#levels.splice(at, 0, level)
    return level
  }
}
