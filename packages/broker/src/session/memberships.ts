import type { SubscriptionOptions } from "../api/client-session.ts"
import { Line } from "./line.ts"
import type { Membership, Sharer } from "./membership.ts"
import type { ShareGroups } from "./share-groups.ts"
import type { SharedFilter } from "./shared-filter.ts"

/** The shared subscriptions of one session, by filter with share name. */
export class Memberships {
  readonly #sharer: Sharer
  readonly #groups: ShareGroups
  readonly #byFilter = new Map<string, Membership>()
  /** Those that found no credit when their group had something, in the order in which they get some. */
  readonly #starving = new Line<Membership>()

  constructor(sharer: Sharer, groups: ShareGroups) {
    this.#sharer = sharer
    this.#groups = groups
  }

  /** Adds or replaces; true when the filter is new. Raises `LIMIT_EXCEEDED` for a filter of too many levels. */
  join(name: string, shared: SharedFilter, options: SubscriptionOptions): boolean {
    const isNew = !this.#byFilter.has(name)
    this.#byFilter.set(name, this.#groups.join(name, shared, this.#sharer, options))
    return isNew
  }

  /** False when there was none. */
  leave(name: string): boolean {
    const membership = this.#byFilter.get(name)
    if (membership === undefined) return false
    this.#byFilter.delete(name)
    membership.group.leave(membership)
    return true
  }

  clear(): void {
    for (const name of [...this.#byFilter.keys()]) this.leave(name)
  }

  /** The session is connected or is not any more. */
  attend(isPresent: boolean): void {
    for (const membership of this.#byFilter.values()) membership.group.attend(membership, isPresent)
  }

  starve(membership: Membership): void {
    this.#starving.append(membership.turn)
  }

  /** Lets the groups give what they have, while the session takes something; who got something stands behind the others. */
  serve(): void {
    for (let turn = this.#starving.first; turn !== undefined; turn = this.#starving.first) {
      if (!this.#sharer.takesShared()) return
      turn.item.group.serve(turn.item)
    }
  }
}
