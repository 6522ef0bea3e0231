import type { Message } from "@polymq/message"
import type { Ticket } from "./store.ts"

/** A message's place in one holder, and its delivery at the same time: there is no second object per unacknowledged message. */
export interface Entry {
  readonly message: Message
  /** What the store knows it by; 0 when it was never stored. */
  readonly ticket: Ticket
  /** Place in the holder; grows by publish order. A requeued entry goes back to its place. */
  readonly position: number
  /** How it matched an MQTT session's subscriptions; undefined in queues. */
  readonly match: Match | undefined
  /** Milliseconds since 1970; Infinity for never. */
  readonly expiresAtMs: number
  /** Failed deliveries so far. */
  deliveryCount: number
  /** How often it has come back to its queue, for whatever reason. */
  acquiredCount: number
  redelivered: boolean
  /** The door's number for the delivery under way (delivery tag, packet identifier, delivery id); 0 when there is none. */
  tag: number
}

/** How a message matched the subscriptions of one MQTT session; shared by all messages of a cached route. */
export interface Match {
  /** Highest quality of service granted by a matching subscription. */
  readonly qos: 0 | 1 | 2
  /** Subscription identifiers of all matching subscriptions. */
  readonly identifiers: readonly number[]
  /** Whether RETAIN leaves as it was published (MQTT 5.0 section 3.8.3.1). */
  readonly retainAsPublished: boolean
  /** Whether the message was already retained when the subscription was made: it leaves with RETAIN 1. */
  readonly isRetained: boolean
}

/** What became of a delivery. */
export type Outcome =
  /** Done: the message leaves the holder. */
  | "accepted"
  /** Not to be delivered again. */
  | "rejected"
  /** Back to its place; not counted as a failed delivery. */
  | "released"
  /** Back to its place; counted as a failed delivery. */
  | "failed"
