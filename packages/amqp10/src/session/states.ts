import type { User } from "@polymq/broker"
import type { Handshake } from "./handshake.ts"
import type { OpenConnection } from "./open-connection.ts"

/** Credentials are being checked; frames that arrive meanwhile are held. */
export interface Authenticating {
  readonly kind: "authenticating"
  readonly layer: "sasl" | "none"
  readonly held: Uint8Array[]
  heldBytes: number
}

/** Where the way to an open connection stands (AMQP 1.0 part 2, 2.4.1; part 5, 5.3.2). */
export type HandshakeState =
  | { readonly kind: "awaiting-header" }
  | { readonly kind: "awaiting-sasl-init" }
  | { readonly kind: "awaiting-sasl-response" }
  | Authenticating
  /** SASL has succeeded: the header of AMQP comes next. */
  | { readonly kind: "awaiting-amqp-header"; readonly user: User }
  | { readonly kind: "awaiting-open"; readonly user: User }
  /** Our open is sent, the peer's is being judged: from here on errors are answered by a close. */
  | { readonly kind: "opening" }
  /** Nothing more is to be done here. */
  | { readonly kind: "over" }

/** Where a connection stands. */
export type ConnectionState =
  | { readonly kind: "handshake"; readonly handshake: Handshake }
  | { readonly kind: "open"; readonly open: OpenConnection }
  | { readonly kind: "closed" }
