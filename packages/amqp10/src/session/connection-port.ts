import type { Access, Broker, Outbound, Reservation } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import type { PerformativeDraft } from "../codec/composites.ts"
import type { Amqp10Settings } from "../settings.ts"
import type { Amqp10Session } from "./session.ts"

/** What sessions and links see of their connection. */
export interface ConnectionPort {
  readonly broker: Broker
  readonly access: Access
  readonly converters: Converters
  readonly outbound: Outbound
  readonly settings: Amqp10Settings
  /** Name of the user that is logged in, as UTF-8. */
  readonly userId: Uint8Array
  /** Largest frame that the peer takes, in bytes. */
  readonly remoteMaxFrameBytes: number
  /** The broker takes no publishes for now: credit is withheld. */
  readonly isBlocked: boolean

  /** Sends a performative. */
  send(channel: number, draft: PerformativeDraft): void
  /** Room for a frame, or its beginning, that the caller writes in place at once. */
  reserve(bytes: number): Reservation
  /** Hands over bytes that stay as they are, as the next part of a frame. */
  share(bytes: Uint8Array, start: number, end: number): void
  /** Has `flush` of the session called at the end of the turn. */
  flushAtTurnEnd(session: Amqp10Session): void
  /** Has `flush` of every session called once more is durable. */
  awaitStored(): void
  /** Counts bytes of deliveries that have not arrived whole, or wait to leave; false when this connection, or all together, hold too many. */
  holdUnfinished(bytes: number): boolean
  /** Takes back what `holdUnfinished` counted. */
  dropUnfinished(bytes: number): void
}
