import type { SubscriptionOptions } from "../api/client-session.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { Exchange } from "../exchange/exchange.ts"
import type { Membership, Sharer } from "./membership.ts"
import { ShareGroup } from "./share-group.ts"
import type { SharedFilter } from "./shared-filter.ts"
import { checkTopicLevels } from "./topic-levels.ts"

/** The share groups of a vhost: made by their first member, gone with their last. */
export class ShareGroups {
  readonly #exchange: Exchange
  readonly #context: BrokerContext
  readonly #byName = new Map<string, ShareGroup>()

  constructor(exchange: Exchange, context: BrokerContext) {
    this.#exchange = exchange
    this.#context = context
  }

  get size(): number {
    return this.#byName.size
  }

  /** Makes the session a member of the group `name`, or changes what it has subscribed with. Raises `LIMIT_EXCEEDED` for a filter of too many levels. */
  join(name: string, { filter }: SharedFilter, sharer: Sharer, options: SubscriptionOptions): Membership {
    checkTopicLevels(filter, this.#context.limits.maxTopicLevels)
    return this.#group(name, filter).join(sharer, options)
  }

  #group(name: string, filter: string): ShareGroup {
    const known = this.#byName.get(name)
    if (known !== undefined) return known
    const group = new ShareGroup(name, filter, this.#exchange, this.#context, () => this.#byName.delete(name))
    this.#byName.set(name, group)
    return group
  }
}
