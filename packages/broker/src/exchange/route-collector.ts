import { keyToTopic, type Message } from "@polymq/message"
import type { Bound } from "./bound.ts"
import type { Exchange } from "./exchange.ts"
import { NO_ROUTE, type Route, type RoutedHolder, routeTo, type Target } from "./route.ts"
import { mergedMatch, type Subscription } from "./subscriptions.ts"

/** What queues are found with. */
const NO_SUBSCRIPTIONS = new Set<Subscription>()

/** Gathers where one message goes: follows bindings from exchange to exchange, each exchange once, and finds every holder once. */
export class RouteCollector {
  readonly #message: Message
  readonly #keys: readonly string[]
  readonly #visited = new Set<Exchange>()
  /** Holders found, with their subscriptions; queues have none. */
  readonly #found = new Map<RoutedHolder, Set<Subscription>>()
  #isByKey = true

  constructor(message: Message) {
    this.#message = message
    this.#keys = message.moreKeys === undefined ? [message.routingKey] : [message.routingKey, ...message.moreKeys]
  }

  /** Whether every message with the same keys and topic takes the same route. */
  get isByKey(): boolean {
    return this.#isByKey
  }

  collect(exchange: Exchange): Route {
    this.#follow(exchange)
    if (this.#found.size === 0) return NO_ROUTE
    return routeTo([...this.#found].map(([holder, subscriptions]) => targetOf(holder, [...subscriptions])))
  }

  #follow(exchange: Exchange): void {
    if (this.#visited.has(exchange)) return
    this.#visited.add(exchange)
    if (!exchange.matcher.isByKey) this.#isByKey = false
    let matches = 0
    const onward = new Set<Exchange>()
    const visit = ({ destination }: Bound) => {
      matches++
      if (destination.kind === "exchange") onward.add(destination.exchange)
      else if (!this.#found.has(destination.queue)) this.#found.set(destination.queue, NO_SUBSCRIPTIONS)
    }
    const subscribe = (subscription: Subscription) => {
      matches++
      const known = this.#found.get(subscription.holder)
      if (known === undefined) this.#found.set(subscription.holder, new Set([subscription]))
      else known.add(subscription)
    }
    for (const [index, key] of this.#keys.entries()) {
      exchange.matcher.match(key, this.#message, visit)
      if (exchange.subscriptions === undefined) continue
      const topic = (index === 0 ? this.#message.topic : undefined) ?? keyToTopic(key)
      // A topic name has at least one character (MQTT 5.0 section 4.7.3): an empty key means nothing to MQTT.
      if (topic !== "") exchange.subscriptions.match(topic, subscribe)
    }
    for (const next of onward) this.#follow(next)
    if (matches === 0) this.#followAlternate(exchange)
  }

  #followAlternate(exchange: Exchange): void {
    const alternate = exchange.alternate
    if (alternate !== undefined) this.#follow(alternate)
  }
}

function targetOf(holder: RoutedHolder, subscriptions: readonly Subscription[]): Target {
  const match = mergedMatch(subscriptions)
  const isPartlyLocal = subscriptions.some(({ options }) => options.noLocal)
  const localMatch = isPartlyLocal ? mergedMatch(subscriptions.filter(({ options }) => !options.noLocal)) : match
  return { holder, match, localMatch }
}
