import type { DeathReason, Message } from "@polymq/message"
import type { Deferred } from "../api/turn.ts"
import type { BrokerContext } from "../broker-context.ts"
import { Placement } from "../exchange/placement.ts"
import { type Route, type RoutedHolder, routeTo, type Target } from "../exchange/route.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import { Ring } from "../queue/ring.ts"
import { type DeadLetterTarget, deadLetterOf } from "./dead-letter.ts"
import { type DeadLetterSurroundings, routeOfLetter, routeWithoutCycles } from "./dead-letter-route.ts"
import type { DeadLetters } from "./dead-letters.ts"

/**
 * Placings per round of the turn: a fraction of a millisecond, as a rule. What is left waits for the next round, so that
 * dead letters that give rise to others keep nobody from the rest of the turn's work.
 */
const PORTION_PLACINGS = 128

/** A message that is dead, and whose it was. */
export interface Dead {
  readonly letters: DeadLetters
  readonly message: Message
  /** Undefined for a message that its queue had no room for. */
  readonly entry: HeldEntry | undefined
  readonly reason: DeathReason
  /** Where its queue sent letters when it died, or when it was tried again. */
  target: DeadLetterTarget
  /** Milliseconds since 1970. */
  readonly diedAtMs: number
  /** Those that have it already, of a letter that others would not take; undefined before. */
  taken: Set<RoutedHolder> | undefined
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
  /** Whether some letter has not arrived yet. */
  #isBusy = false

  constructor(surroundings: DeadLetterSurroundings, context: BrokerContext) {
    this.#surroundings = surroundings
    this.#context = context
    this.#placement = new Placement(context)
  }

  add(dead: Dead): void {
    if (!this.#isBusy) this.#context.idle.delivered()
    this.#isBusy = true
    this.#waiting.push(dead)
    this.#schedule()
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    try {
      this.#publishPortion()
    } finally {
      if (this.#waiting.length > 0) this.#schedule()
      else this.#rest()
    }
  }

  #publishPortion(): void {
    for (let left = PORTION_PLACINGS; left > 0; ) {
      const dead = this.#waiting.shift()
      if (dead === undefined) return
      left -= 1 + this.#publish(dead)
    }
  }

  #rest(): void {
    this.#isBusy = false
    this.#context.idle.settled()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#context.turn.defer(this)
  }

  /** Returns to how many holders it went. */
  #publish(dead: Dead): number {
    const { letters, message, entry, reason, target, diedAtMs } = dead
    const failures = entry?.deliveryCount ?? 0
    const letter = deadLetterOf(message, letters.queue, reason, failures, target, diedAtMs)
    const found = routeOfLetter(letter, this.#surroundings)
    const route = routeWithoutCycles(letter, found)
    if (route !== found && letter.deaths !== undefined) letters.reportCycle(letter.deaths)
    if (target.isSure && !this.#isCertain(dead, letter, route, found))
      return this.#publishToWilling(dead, letter, route)
    this.#placement.place(letter, route)
    letters.published(dead)
    return route.targets.length
  }

  /** Whether nothing of a letter that must not be lost is going to be lost: somebody is there, and all take it. */
  #isCertain({ taken }: Dead, letter: Message, route: Route, found: Route): boolean {
    if (taken !== undefined || this.#isUnstorable(letter, route)) return false
    const isOnlyCycles = route.targets.length === 0 && found.targets.length > 0
    return isOnlyCycles || (route.targets.length > 0 && route.targets.every(({ holder }) => holder.admits(letter)))
  }

  #isUnstorable(letter: Message, { logs }: Route): boolean {
    return letter.durable === true && logs.length > 0 && this.#context.journal.hasFailed
  }

  /** Gives a letter to those who take it and have not got it yet, and keeps it until all others have it, too. */
  #publishToWilling(dead: Dead, letter: Message, route: Route): number {
    const taken = dead.taken ?? new Set()
    const missing = route.targets.filter(({ holder }) => !taken.has(holder))
    const willing: Target[] = this.#isUnstorable(letter, route)
      ? []
      : missing.filter(({ holder }) => holder.admits(letter))
    if (willing.length > 0) this.#placement.place(letter, routeTo(willing))
    for (const { holder } of willing) taken.add(holder)
    if (taken.size > 0) dead.taken = taken
    if (taken.size > 0 && willing.length === missing.length) dead.letters.published(dead)
    else dead.letters.keep(dead)
    return willing.length
  }
}
