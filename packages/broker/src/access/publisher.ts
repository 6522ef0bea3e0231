import type { Message, MessageDraft } from "@polymq/message"
import type { Receipt } from "../api/access.ts"
import { BrokerError } from "../api/errors.ts"
import type { BrokerContext } from "../broker-context.ts"
import { parseAddress } from "../exchange/address.ts"
import type { Exchange } from "../exchange/exchange.ts"
import { Placement } from "../exchange/placement.ts"
import { NO_ROUTE, type Route, routeFrom, routeTo } from "../exchange/route.ts"
import type { NameRule } from "../users/name-rule.ts"
import type { Vhost } from "../vhost.ts"
import type { Rights } from "./rights.ts"

/** Publishes for one user in one vhost: route, ask every holder, store once, enqueue. */
export class Publisher {
  readonly #vhost: Vhost
  readonly #rights: Rights
  readonly #placement: Placement
  /** The exchange published to last, and what its being allowed rested on. */
  #exchange: Exchange | undefined
  #exchangeName = ""
  /** Which keys may be published to that exchange; undefined for all, as is usual. */
  #topicRule: NameRule | undefined
  #isDefaultAllowed = false
  #rightsVersion = -1
  #topologyVersion = -1

  constructor(vhost: Vhost, context: BrokerContext, rights: Rights) {
    this.#vhost = vhost
    this.#placement = new Placement(context)
    this.#rights = rights
  }

  /** Raises `NOT_FOUND` without the exchange, `ACCESS_REFUSED` without the right or when it is internal. */
  publish(message: Message): Receipt {
    const name = message.exchange
    const route = name === "" ? this.#defaultRoute(message) : this.#routeThrough(name, message)
    if (!route.hasNoLocal || message.publisher === undefined) return this.#placement.place(message, route)
    return this.#placement.place(message, routeFrom(route, message.publisher))
  }

  #routeThrough(name: string, message: Message): Route {
    const exchange = this.#exchangeFor(name)
    if (this.#topicRule !== undefined) this.#checkTopics(this.#topicRule, name, message)
    return exchange.routeOf(message)
  }

  #checkTopics(rule: NameRule, exchange: string, { routingKey, moreKeys }: Message): void {
    this.#rights.checkTopic("write", rule, exchange, routingKey)
    for (const key of moreKeys ?? []) this.#rights.checkTopic("write", rule, exchange, key)
  }

  #exchangeFor(name: string): Exchange {
    if (
      this.#exchange !== undefined &&
      this.#exchangeName === name &&
      this.#rightsVersion === this.#rights.version &&
      this.#topologyVersion === this.#vhost.version
    ) {
      return this.#exchange
    }
    const exchange = this.#vhost.existingExchange(name)
    this.#rights.check("write", "exchange", name)
    if (exchange.settings.internal) {
      throw new BrokerError(
        "ACCESS_REFUSED",
        `cannot publish to internal exchange '${name}' in vhost '${this.#vhost.name}'`,
      )
    }
    this.#remember()
    this.#exchange = exchange
    this.#exchangeName = name
    this.#topicRule = exchange.settings.type === "topic" ? this.#rights.topicRule("write", name) : undefined
    return exchange
  }

  #defaultRoute(message: Message): Route {
    if (!this.#isDefaultAllowed || this.#rightsVersion !== this.#rights.version) {
      this.#rights.check("write", "exchange", "")
      this.#remember()
      this.#isDefaultAllowed = true
    }
    if (message.moreKeys !== undefined) return this.#defaultRoutes([message.routingKey, ...message.moreKeys])
    return this.#vhost.queue(message.routingKey)?.route ?? this.#addressRoute(message)
  }

  #defaultRoutes(keys: readonly string[]): Route {
    const queues = new Set(keys.flatMap((key) => this.#vhost.queue(key) ?? []))
    return queues.size === 0 ? NO_ROUTE : routeTo([...queues].flatMap((queue) => queue.route.targets))
  }

  /** A key that names no queue may be the reply address of another protocol: the message then goes there. */
  #addressRoute(message: MessageDraft): Route {
    const address = parseAddress(message.routingKey)
    if (address === undefined) return NO_ROUTE
    const { exchange, routingKey } = address
    if (exchange === "") {
      const queue = this.#vhost.queue(routingKey)
      if (queue === undefined) return NO_ROUTE
      message.routingKey = routingKey
      return queue.route
    }
    if (this.#vhost.exchange(exchange) === undefined) return NO_ROUTE
    const target = this.#exchangeFor(exchange)
    if (this.#topicRule !== undefined) this.#rights.checkTopic("write", this.#topicRule, exchange, routingKey)
    const written = message.routingKey
    message.exchange = exchange
    message.routingKey = routingKey
    const route = target.routeOf(message)
    if (route.targets.length === 0) {
      message.exchange = ""
      message.routingKey = written
    }
    return route
  }

  /** What has been allowed so far holds while neither rights nor exchanges change. */
  #remember(): void {
    if (this.#rightsVersion !== this.#rights.version || this.#topologyVersion !== this.#vhost.version) {
      this.#exchange = undefined
      this.#isDefaultAllowed = false
    }
    this.#rightsVersion = this.#rights.version
    this.#topologyVersion = this.#vhost.version
  }
}
