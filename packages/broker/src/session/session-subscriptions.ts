import type { SubscriptionOptions } from "../api/client-session.ts"
import type { Exchange } from "../exchange/exchange.ts"
import type { RoutedHolder } from "../exchange/route.ts"
import type { Subscription } from "../exchange/subscriptions.ts"
import { checkTopicLevels } from "./topic-levels.ts"

/** The subscriptions of one session, by filter. */
export class SessionSubscriptions {
  readonly #holder: RoutedHolder
  readonly #exchange: Exchange
  readonly #maxLevels: number
  #byFilter: Map<string, Subscription> | undefined

  constructor(holder: RoutedHolder, exchange: Exchange, maxLevels: number) {
    this.#holder = holder
    this.#exchange = exchange
    this.#maxLevels = maxLevels
  }

  /** Adds or replaces; true when the filter is new. Raises `LIMIT_EXCEEDED` for a filter of too many levels. */
  add(filter: string, options: SubscriptionOptions): boolean {
    checkTopicLevels(filter, this.#maxLevels)
    const isNew = !this.remove(filter)
    const subscription = { holder: this.#holder, filter, options }
    this.#byFilter ??= new Map()
    this.#byFilter.set(filter, subscription)
    this.#exchange.subscriptions?.add(subscription)
    this.#exchange.changed()
    return isNew
  }

  /** False when there was none. */
  remove(filter: string): boolean {
    const subscription = this.#byFilter?.get(filter)
    if (subscription === undefined) return false
    this.#byFilter?.delete(filter)
    this.#exchange.subscriptions?.remove(subscription)
    this.#exchange.changed()
    return true
  }

  clear(): void {
    for (const filter of [...(this.#byFilter?.keys() ?? [])]) this.remove(filter)
  }
}
