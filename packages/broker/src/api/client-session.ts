import type { Message } from "@polymq/message"
import type { Consumer } from "./consumer.ts"
import type { Entry } from "./entry.ts"
import type { Holder } from "./holder.ts"
import type { Ticket } from "./store.ts"

/** The receiving end of an MQTT connection: messages of QoS 0 need no credit, only a socket that keeps up. */
export interface SessionConsumer extends Consumer {
  /** Whether the socket keeps up; `hasCredit` says in addition that one more message of QoS 1 or 2 may be under way. */
  keepsUp(): boolean
}

/** How a CONNECT asks for its session (MQTT 5.0 section 3.1.2; for 3.1.1 clean session means expiry 0). */
export interface SessionRequest {
  readonly clientId: string
  /** Discards an earlier session of the same client. */
  readonly cleanStart: boolean
  /** How long the session lives on after the connection, in seconds; 0: not at all. */
  readonly expirySeconds: number
  /** Attached at once; an earlier connection of the same client is cancelled with "taken-over". */
  readonly consumer: SessionConsumer
}

/** What a client subscribes with (MQTT 5.0 section 3.8.3.1). */
export interface SubscriptionOptions {
  readonly qos: 0 | 1 | 2
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  /** 0: send retained messages; 1: only when the subscription is new; 2: do not. */
  readonly retainHandling: 0 | 1 | 2
  /** Subscription identifier; undefined without one. */
  readonly identifier: number | undefined
}

/** A message to be published when the connection ends without a proper goodbye. */
export interface Will {
  readonly message: Message
  readonly delaySeconds: number
}

/**
 * Packet identifiers of QoS 2 publishes that a client has sent and not released yet (MQTT 5.0 section 4.3.3, method B). They
 * are part of the session: the same publish may come again on a later connection, and must not be routed again then.
 */
export interface UnreleasedPublishes {
  has(packetId: number): boolean
  /** Adds the identifier of a publish that was routed and waits for `ticket`. */
  add(packetId: number, ticket: Ticket): void
  /** False when it is not there. */
  delete(packetId: number): boolean
  /** The highest ticket that any of them waits for, or has waited for. */
  readonly lastTicket: Ticket
}

/**
 * The session of one MQTT client: a holder with subscriptions that may outlive its connection. A delivery counts as QoS
 * `min(entry.match.qos, effectiveQos(entry.message))`. One of QoS 0 is done when `deliver` returns and must not be settled;
 * others are settled by the door, those of QoS 2 when they are completed. A resumed session delivers what was not settled again,
 * in order, `redelivered` set and `tag` as the door left it, before anything new; but not what the client has `received`.
 */
export interface ClientSession extends Holder {
  readonly clientId: string
  readonly unreleased: UnreleasedPublishes
  /** Deliveries of QoS 2 that were received and not settled, in the order of their receipt. Of an entry only `tag` still counts. */
  readonly received: Iterable<Entry>
  /** The client has received a delivery of QoS 2 (PUBREC): its message is let go, the entry is settled when the client completes it. */
  receive(entry: Entry): void
  /**
   * Adds or replaces a subscription of `amq.topic`'s MQTT side; true when the filter was not subscribed before. The filter
   * is valid; with a share name, messages go to one session of the group each (MQTT 5.0 section 4.8.2). `LIMIT_EXCEEDED` when
   * it has more levels than `Limits.maxTopicLevels`.
   */
  subscribe(filter: string, options: SubscriptionOptions): boolean
  /**
   * Looks up the retained messages that match, as `retainHandling` asks, and queues them up to the first that finds no
   * room (`Limits.maxSessionBacklog`, `maxSessionQos0Backlog`); called after the acknowledgement is written. Long lookups
   * go on in later turns, one filter after the other; those of a filter end with its subscription, all with the
   * session. Nothing is retained for a filter with share name.
   */
  sendRetained(filter: string, options: SubscriptionOptions, wasNew: boolean): void
  /** False when there was no such subscription. */
  unsubscribe(filter: string): boolean
  setWill(will: Will | undefined): void
  /**
   * Ends the connection's use of the session: unsettled deliveries go back and will be redelivered (DUP), the will is
   * published (after its delay) or discarded, and the session lives on for `expirySeconds`. Nothing happens when the
   * consumer is no longer the session's: it was taken over.
   */
  release(consumer: Consumer, ending: { readonly will: "publish" | "discard"; readonly expirySeconds: number }): void
}
