import type { Message } from "@polymq/message"
import type { Arguments } from "../api/arguments.ts"
import type { ExchangeSettings } from "../api/topology.ts"
import { type AppliedPolicies, definitionOf } from "../policy/applied-policies.ts"
import type { Bound } from "./bound.ts"
import type { HeaderReader } from "./headers-matcher.ts"
import { type Matcher, matcherFor } from "./matcher.ts"
import { NO_ROUTE, type Route } from "./route.ts"
import { RouteCache } from "./route-cache.ts"
import { RouteCollector } from "./route-collector.ts"
import type { Subscriptions } from "./subscriptions.ts"

/** What an exchange needs to know of its vhost. */
export interface ExchangeSurroundings {
  /** Entries of a message, for headers exchanges. */
  readonly header: HeaderReader
  /** The exchange of a name, for alternates; undefined when there is none. */
  exchange(name: string): Exchange | undefined
  /** Every exchange whose routes pass through this one by being its alternate. */
  alternatesOf(exchange: Exchange): Iterable<Exchange>
}

/** Routes messages to queues, sessions and other exchanges. */
export class Exchange {
  readonly settings: ExchangeSettings
  readonly matcher: Matcher
  /** Its MQTT side; undefined for most. */
  readonly subscriptions: Subscriptions | undefined
  /** Bindings with this exchange as their source, by identity. */
  readonly outgoing = new Map<string, Bound>()
  /** Bindings with this exchange as their destination. */
  readonly incoming = new Set<Bound>()
  readonly #surroundings: ExchangeSurroundings
  readonly #cache = new RouteCache()
  #alternateName: string | undefined
  #lastKey: string | undefined
  #lastTopic: string | undefined
  #lastRoute: Route = NO_ROUTE

  constructor(
    settings: ExchangeSettings,
    policies: AppliedPolicies,
    surroundings: ExchangeSurroundings,
    subscriptions?: Subscriptions,
  ) {
    this.settings = settings
    this.policies = policies
    this.matcher = matcherFor(settings.type, surroundings.header)
    this.subscriptions = subscriptions
    this.#surroundings = surroundings
  }

  /** Name of the exchange where messages go that find no match here; undefined without one. */
  get alternateName(): string | undefined {
    return this.#alternateName
  }

  /** Other policies apply from now on. Routes that this changes are to be forgotten by `changed`. */
  set policies(policies: AppliedPolicies) {
    this.#alternateName = alternateOf(this.settings.arguments) ?? alternateOf(definitionOf(policies))
  }

  /** Where messages go that find no match here. */
  get alternate(): Exchange | undefined {
    const name = this.#alternateName
    return name === undefined ? undefined : this.#surroundings.exchange(name)
  }

  /** Where this message goes. */
  routeOf(message: Message): Route {
    const key = message.routingKey
    const topic = message.topic
    if (message.moreKeys !== undefined) return new RouteCollector(message).collect(this)
    if (key === this.#lastKey && topic === this.#lastTopic) return this.#lastRoute
    let route = this.#cache.get(key, topic)
    if (route === undefined) {
      const collector = new RouteCollector(message)
      route = collector.collect(this)
      if (!collector.isByKey) return route
      this.#cache.set(key, topic, route)
    }
    this.#lastKey = key
    this.#lastTopic = topic
    this.#lastRoute = route
    return route
  }

  add(bound: Bound): void {
    this.outgoing.set(bound.identity, bound)
    this.matcher.add(bound)
    this.changed()
  }

  remove(bound: Bound): void {
    this.outgoing.delete(bound.identity)
    this.matcher.remove(bound)
    this.changed()
  }

  /** Forgets the routes of this exchange and of every exchange that leads here. */
  changed(): void {
    const visited = new Set<Exchange>()
    const pending: Exchange[] = [this]
    for (let exchange = pending.pop(); exchange !== undefined; exchange = pending.pop()) {
      if (visited.has(exchange)) continue
      visited.add(exchange)
      exchange.#forget()
      for (const { source } of exchange.incoming) pending.push(source)
      pending.push(...this.#surroundings.alternatesOf(exchange))
    }
  }

  #forget(): void {
    this.#cache.clear()
    this.#lastKey = undefined
    this.#lastRoute = NO_ROUTE
  }
}

/** Name of the exchange where unmatched messages go, by arguments or the definition of a policy; undefined without one. */
export function alternateOf(declared: Arguments): string | undefined {
  const name = declared.get("alternate-exchange")
  return typeof name === "string" ? name : undefined
}
