import type { Message } from "@polymq/message"
import type { Entry, Match } from "../api/entry.ts"
import type { Ticket } from "../api/store.ts"

/** The one implementation of `Entry`, with what its holder needs to find it again. */
export class HeldEntry implements Entry {
  /** Replaced by `Access.amend`, and when the client has it and the entry stays. */
  message: Message
  readonly ticket: Ticket
  readonly position: number
  readonly match: Match | undefined
  readonly expiresAtMs: number
  deliveryCount = 0
  acquiredCount = 0
  redelivered = false
  tag = 0
  /** Offset in the holder's log; -1 when it is not stored there. */
  readonly offset: number
  /** Delivered, and neither settled nor put back. */
  isUnsettled = false
  /** Neighbours among a session's unsettled entries. */
  earlier: HeldEntry | undefined = undefined
  later: HeldEntry | undefined = undefined

  constructor(
    message: Message,
    ticket: Ticket,
    position: number,
    match: Match | undefined,
    expiresAtMs: number,
    offset: number,
  ) {
    this.message = message
    this.ticket = ticket
    this.position = position
    this.match = match
    this.expiresAtMs = expiresAtMs
    this.offset = offset
  }
}
