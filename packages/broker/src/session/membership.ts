import type { SubscriptionOptions } from "../api/client-session.ts"
import type { Match } from "../api/entry.ts"
import { Place } from "./line.ts"
import type { ShareGroup } from "./share-group.ts"
import type { SharedEntry } from "./shared-entry.ts"

/** A session, as the groups see it that it is a member of. */
export interface Sharer {
  /** Whether it may outlive its connection. */
  readonly durable: boolean
  readonly isAttached: boolean
  /** Whether it takes one more message of QoS 1 or 2 now. */
  takesShared(): boolean
  /** It was asked and did not: it calls `ShareGroup.serve` as soon as it does. */
  starve(membership: Membership): void
  /** Takes a message; one of QoS 1 or 2 only when it says so. */
  takeShared(entry: SharedEntry): void
}

/** One session's part in one group. */
export class Membership {
  readonly group: ShareGroup
  readonly sharer: Sharer
  /** As its subscription was granted. */
  qos: SubscriptionOptions["qos"] = 0
  match: Match | undefined
  /** Either in the group's line of those that may have credit, or in the session's of those that had none when they were asked. */
  readonly turn = new Place<Membership>(this)
  /** In the group's line of those that are connected. */
  readonly presence = new Place<Membership>(this)

  constructor(group: ShareGroup, sharer: Sharer) {
    this.group = group
    this.sharer = sharer
  }
}
