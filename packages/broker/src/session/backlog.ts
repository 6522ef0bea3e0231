import type { BrokerContext } from "../broker-context.ts"
import type { Expirable } from "../expirable.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import { WaitingLine } from "../queue/waiting-line.ts"
import { BacklogLimit } from "./backlog-limit.ts"

/** Whose messages wait. */
export interface BacklogOwner {
  readonly name: string
  /** The entry leaves for good. */
  forget(entry: HeldEntry): void
}

/** Messages of QoS 1 and 2 that wait for a client: those that came back first, then new ones, which are bounded and may expire. */
export class Backlog implements Expirable {
  readonly #owner: BacklogOwner
  readonly #context: BrokerContext
  readonly #limit: BacklogLimit
  readonly #line = new WaitingLine()

  constructor(owner: BacklogOwner, context: BrokerContext) {
    this.#owner = owner
    this.#context = context
    this.#limit = new BacklogLimit(owner.name, context)
  }

  get length(): number {
    return this.#line.length
  }

  /** Whether one more new message may wait; those whose time is over make room. Counts the message as dropped when not. */
  admits(): boolean {
    if (this.#line.fresh >= this.#context.limits.maxSessionBacklog) this.expire(this.#context.turn.nowMs())
    return this.#limit.admits(this.#line.fresh)
  }

  push(entry: HeldEntry): void {
    this.#line.push(entry)
    if (entry.expiresAtMs !== Number.POSITIVE_INFINITY) this.#context.expiring.add(this)
  }

  /** Back to its place among what goes out first. */
  giveBack(entry: HeldEntry): void {
    this.#line.giveBack(entry)
  }

  /** What was sent before is sent again even when its time is over (MQTT 5.0 section 4.4); what was not, is dropped then. */
  shift(): HeldEntry | undefined {
    this.expire(this.#context.turn.nowMs())
    return this.#line.shift()
  }

  expire(nowMs: number): boolean {
    for (let entry = this.#line.shiftExpired(nowMs); entry !== undefined; entry = this.#line.shiftExpired(nowMs)) {
      this.#context.counters.expired++
      this.#owner.forget(entry)
    }
    return this.#line.fresh > 0
  }

  clear(): void {
    for (const entry of this.#line) this.#owner.forget(entry)
    this.#line.clear()
    this.#context.expiring.delete(this)
  }
}
