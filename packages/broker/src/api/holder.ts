import type { Message } from "@polymq/message"
import type { Consumer } from "./consumer.ts"
import type { Entry, Match, Outcome } from "./entry.ts"
import type { Ticket } from "./store.ts"

/** What holds messages for consumers: a queue (messages leave when settled) or the session of an MQTT client. */
export interface Holder {
  readonly name: string
  /** Whether its durable messages go to the store. */
  readonly durable: boolean
  /** Whether its consumers are to read in the message how often it has failed and come back, as those of quorum queues expect. */
  readonly tellsDeliveryCount?: boolean
  /** Asked of every holder of a route before the store is touched. */
  admits(message: Message): boolean
  /** Takes the message; cannot fail any more. */
  publish(message: Message, ticket: Ticket, match: Match | undefined): void
  attach(consumer: Consumer): void
  /** The consumer gets nothing more; what it has not settled stays with it until it does. */
  detach(consumer: Consumer): void
  /** The consumer has credit again, or its socket has drained. */
  wake(consumer: Consumer): void
  /** Ends a delivery. The same entry must not be settled twice. */
  settle(entry: Entry, outcome: Outcome): void
}
