import type { BrokerContext } from "../broker-context.ts"
import type { Expirable } from "../expirable.ts"

/** The time for which a queue may be unused before it is deleted: consumers use it, and so do gets and declarations. */
export class Lease implements Expirable {
  readonly #leaseMs: number
  readonly #context: BrokerContext
  readonly #isInUse: () => boolean
  readonly #end: () => void
  #usedAtMs: number

  /** `end` is called once, when nobody has used the queue for `leaseMs` and `isInUse` says that nobody does. */
  constructor(leaseMs: number, context: BrokerContext, isInUse: () => boolean, end: () => void) {
    this.#leaseMs = leaseMs
    this.#context = context
    this.#isInUse = isInUse
    this.#end = end
    this.#usedAtMs = context.turn.nowMs()
    context.expiringSoon.add(this)
  }

  /** The queue has been used just now. */
  renew(): void {
    this.#usedAtMs = this.#context.turn.nowMs()
  }

  /** The queue is gone. */
  cancel(): void {
    this.#context.expiringSoon.delete(this)
  }

  expire(nowMs: number): boolean {
    if (nowMs - this.#usedAtMs < this.#leaseMs || this.#isInUse()) return true
    this.#end()
    return false
  }
}
