import type { Access, Broker, CancelReason, Outbound, Session } from "@polymq/broker"
import type { ProtocolLevel } from "../codec/constants.ts"
import type { DoorContext } from "../door-context.ts"

/** What client and server have agreed on; kept as long as the connection lives. */
export interface ClientTerms {
  readonly level: ProtocolLevel
  readonly clientId: string
  /** Session expiry that was asked for, in seconds. */
  readonly askedExpirySeconds: number
  /** Session expiry that was granted, in seconds. */
  readonly expirySeconds: number
  /** As it holds, in seconds; 0: off. */
  readonly keepAliveSeconds: number
  /** QoS 1 and 2 deliveries that the client takes at once. */
  readonly receiveMaximum: number
  /** Largest packet that the client takes, in bytes. */
  readonly maxPacketBytes: number
  /** Topic aliases that the client takes. */
  readonly topicAliasMaximum: number
  /** Whether reason strings may go with any packet (MQTT 5.0 section 3.1.2.11.7). */
  readonly wantsProblemInformation: boolean
}

/** What all parts of a connected client work with: one object for the three of them. */
export interface ClientContext {
  readonly terms: ClientTerms
  readonly door: DoorContext
  readonly broker: Broker
  readonly access: Access
  readonly outbound: Outbound
  /** The connection: told of watermarks, and when the broker takes the session away. */
  readonly owner: Session & { cancelled(reason: CancelReason): void }
}
