import type { Consumer } from "../api/consumer.ts"

/** The consumers of one queue, and whose turn it is. */
export interface Consumers {
  readonly size: number
  /** Whether some consumer whose turn may come may have credit. */
  readonly isHungry: boolean
  readonly hasExclusive: boolean
  /** `priority` is any integer; consumers of a higher one come first. */
  add(consumer: Consumer, priority: number): void
  /** False when it is not here. */
  remove(consumer: Consumer): boolean
  /** Asks the consumer again from now on; false when it is not here. */
  wake(consumer: Consumer): boolean
  /** Whether its turn may come. */
  serves(consumer: Consumer): boolean
  /** The next consumer that has credit, and moves on; undefined when there is none. */
  take(): Consumer | undefined
  /** Takes all consumers away. */
  clear(): readonly Consumer[]
}
