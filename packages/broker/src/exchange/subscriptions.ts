import type { Qos } from "@polymq/message"
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

  /** Nodes that the filters take; 0 when there are none. */
  get size(): number {
    return this.#filters.size
  }

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
  let qos: Qos = 0
  let retainAsPublished = false
  const identifiers = new Set<number>()
  for (const { options } of subscriptions) {
    if (options.qos > qos) qos = options.qos
    if (options.retainAsPublished) retainAsPublished = true
    if (options.identifier !== undefined) identifiers.add(options.identifier)
  }
  if (identifiers.size === 0) return (retainAsPublished ? AS_PUBLISHED : PLAIN)[qos]
  const sorted = [...identifiers].sort((left, right) => left - right)
  return { qos, identifiers: sorted, retainAsPublished, isRetained: false }
}

/** Matches without identifiers by their quality of service; equal ones are one object, so that doors can compare them cheaply. */
const PLAIN = { 0: anonymous(0, false), 1: anonymous(1, false), 2: anonymous(2, false) } as const
const AS_PUBLISHED = { 0: anonymous(0, true), 1: anonymous(1, true), 2: anonymous(2, true) } as const

function anonymous(qos: Qos, retainAsPublished: boolean): Match {
  return { qos, identifiers: [], retainAsPublished, isRetained: false }
}
