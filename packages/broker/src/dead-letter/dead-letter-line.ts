import type { DeathReason, Message } from "@polymq/message"
import type { Deferred } from "../api/turn.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { Exchange } from "../exchange/exchange.ts"
import { Placement } from "../exchange/placement.ts"
import { NO_ROUTE, type Route, routeTo, type Target } from "../exchange/route.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import type { Queue } from "../queue/queue.ts"
import { Ring } from "../queue/ring.ts"
import { deadLetterOf } from "./dead-letter.ts"
import type { DeadLetters } from "./dead-letters.ts"
import { closesCycle } from "./recorded-death.ts"

/**
 * Placings per round of the turn: a fraction of a millisecond, as a rule. What is left waits for the next round, so that
 * dead letters that give rise to others keep nobody from the rest of the turn's work.
 */
const PORTION_PLACINGS = 128

/** What dead letters need to know of their vhost. */
export interface DeadLetterSurroundings {
  exchange(name: string): Exchange | undefined
  queue(name: string): Queue | undefined
}

/** A message that is dead, and whose it was. */
export interface Dead {
  readonly letters: DeadLetters
  readonly message: Message
  /** Undefined for a message that its queue had no room for. */
  readonly entry: HeldEntry | undefined
  readonly reason: DeathReason
}

/**
 * The dead letters of a vhost on their way: published in order, in portions, by the broker itself, without anybody's
 * rights. A letter that is to be stored is appended before its message leaves the queue that it died in.
 */
export class DeadLetterLine implements Deferred {
  readonly #surroundings: DeadLetterSurroundings
  readonly #context: BrokerContext
  readonly #placement: Placement
  readonly #waiting = new Ring<Dead>()
  #isScheduled = false

  constructor(surroundings: DeadLetterSurroundings, context: BrokerContext) {
    this.#surroundings = surroundings
    this.#context = context
    this.#placement = new Placement(context)
  }

  add(dead: Dead): void {
    if (this.#waiting.length === 0) this.#context.idle.delivered()
    this.#waiting.push(dead)
    this.#schedule()
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    for (let left = PORTION_PLACINGS; left > 0; ) {
      const dead = this.#waiting.peek()
      if (dead === undefined) return
      left -= 1 + this.#publish(dead)
      dead.letters.published(dead)
      this.#waiting.shift()
      if (this.#waiting.length === 0) this.#context.idle.settled()
    }
    if (this.#waiting.length > 0) this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#context.turn.defer(this)
  }

  /** Returns to how many holders it went. */
  #publish({ letters, message, reason }: Dead): number {
    const letter = deadLetterOf(message, letters.queue, reason, letters.target, this.#context.turn.nowMs())
    this.#context.counters.deadLettered++
    const route = this.#withoutCycles(letter, reason, letters, this.#routeOf(letter))
    this.#placement.place(letter, route)
    return route.targets.length
  }

  #routeOf(letter: Message): Route {
    if (letter.exchange !== "") return this.#surroundings.exchange(letter.exchange)?.routeOf(letter) ?? NO_ROUTE
    const { routingKey, moreKeys } = letter
    if (moreKeys === undefined) return this.#surroundings.queue(routingKey)?.route ?? NO_ROUTE
    const queues = new Set([routingKey, ...moreKeys].flatMap((key) => this.#surroundings.queue(key) ?? []))
    return queues.size === 0 ? NO_ROUTE : routeTo([...queues].flatMap((queue) => queue.route.targets))
  }

  /** What a consumer rejects may go round: it is the consumer's doing. */
  #withoutCycles({ deaths }: Message, reason: DeathReason, letters: DeadLetters, route: Route): Route {
    if (deaths === undefined || reason === "rejected") return route
    const isCycle = ({ holder, match }: Target) => match === undefined && closesCycle(deaths, holder.name)
    if (!route.targets.some(isCycle)) return route
    letters.reportCycle(deaths)
    const targets = route.targets.filter((target) => !isCycle(target))
    return targets.length === 0 ? NO_ROUTE : routeTo(targets)
  }
}
