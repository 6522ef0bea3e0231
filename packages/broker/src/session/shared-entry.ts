import type { Message } from "@polymq/message"
import type { Match } from "../api/entry.ts"
import type { Ticket } from "../api/store.ts"
import { HeldEntry } from "../queue/held-entry.ts"
import type { Sharer } from "./membership.ts"
import type { ShareGroup } from "./share-group.ts"

/** A message of a share group: its place in the group, and while it is under way in the session of one member. */
export class SharedEntry extends HeldEntry {
  readonly group: ShareGroup
  /** Place in the group, when it is there again. */
  readonly groupPosition: number
  /** Place in the session of the member that has it, else in the group. */
  declare position: number
  /** How the member has subscribed that has it, or had it last. */
  declare match: Match | undefined
  /** The member that has it, or had it last. */
  sharer: Sharer | undefined = undefined

  /** `offset` is that in the group's log. */
  constructor(
    group: ShareGroup,
    message: Message,
    ticket: Ticket,
    position: number,
    expiresAtMs: number,
    offset: number,
  ) {
    super(message, ticket, position, undefined, expiresAtMs, offset)
    this.group = group
    this.groupPosition = position
  }
}
