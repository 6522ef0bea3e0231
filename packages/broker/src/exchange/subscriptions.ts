import type { SubscriptionOptions } from "../api/client-session.ts"
import type { Match } from "../api/entry.ts"
import { PatternTrie, TOPIC_FILTERS } from "./pattern-trie.ts"
import type { RoutedHolder } from "./route.ts"

/** One filter of one MQTT session. */
export interface Subscription {
  readonly holder: RoutedHolder
  readonly filter: string
  readonly options: SubscriptionOptions
}

/** The MQTT side of a topic exchange: filters over the levels of the exact topic. */
export class Subscriptions {
  readonly #filters = new PatternTrie<Subscription>(TOPIC_FILTERS)

  add(subscription: Subscription): void {
    this.#filters.add(subscription.filter, subscription)
  }

  remove(subscription: Subscription): void {
    this.#filters.remove(subscription.filter, subscription)
  }

  match(topic: string, visit: (subscription: Subscription) => void): void {
    this.#filters.match(topic, visit)
  }
}

/**
 * All matching subscriptions of one session as one match: the highest quality of service and every identifier
 * (MQTT 5.0 section 3.3.4); undefined without subscriptions.
 */
export function mergedMatch(subscriptions: readonly Subscription[]): Match | undefined {
  if (subscriptions.length === 0) return undefined
  let qos: 0 | 1 | 2 = 0
  let retainAsPublished = false
  const identifiers: number[] = []
  for (const { options } of subscriptions) {
    if (options.qos > qos) qos = options.qos
    if (options.retainAsPublished) retainAsPublished = true
    if (options.identifier !== undefined && !identifiers.includes(options.identifier)) {
      identifiers.push(options.identifier)
    }
  }
  return { qos, identifiers, retainAsPublished, isRetained: false }
}
