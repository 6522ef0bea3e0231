import type { FlowFields, TransferFields } from "../codec/hot-fields.ts"

/** A link on which the peer sends, as its session knows it. */
export interface IncomingLink {
  readonly role: "publisher"
  readonly name: string
  readonly handle: number
  /** Takes one transfer frame. What it raises ends the link, or what the error's scope says. */
  transfer(transfer: TransferFields, bytes: Uint8Array, end: number): void
  /** The peer's view of the link. */
  flow(flow: FlowFields): void
  /** Grants credit as far as there is room. */
  topUp(): void
  /** Ends the broker's side of the link. */
  close(): void
}

/** A link on which the peer receives, as its session knows it. */
export interface OutgoingLink {
  readonly role: "consumer"
  readonly name: string
  readonly handle: number
  /** New credit from the peer (AMQP 1.0 part 2, 2.6.7). */
  flow(flow: FlowFields): void
  /** Session window or socket have room again. */
  wake(): void
  /** Takes nothing more; what is not settled stays with the link. */
  stop(): void
  /** Ends the broker's side of the link. */
  close(): void
}

/** A link that is attached. */
export type SessionLink = IncomingLink | OutgoingLink
