import type { User } from "@polymq/broker"
import type { OpenConnection } from "./open-connection.ts"

/** A connection that waits for the answer about its credentials; frames that arrive meanwhile are held. */
export interface Authenticating {
  readonly kind: "authenticating"
  readonly layer: "sasl" | "none"
  readonly held: Uint8Array[]
  heldBytes: number
}

/** Where a connection stands (AMQP 1.0 part 2, 2.4.7; part 5, 5.3.2). */
export type ConnectionState =
  | { readonly kind: "awaiting-header" }
  | { readonly kind: "awaiting-sasl-init" }
  | { readonly kind: "awaiting-sasl-response" }
  | Authenticating
  /** SASL has succeeded: the header of AMQP comes next. */
  | { readonly kind: "awaiting-amqp-header"; readonly user: User }
  | { readonly kind: "awaiting-open"; readonly user: User }
  /** Our open is sent, the peer's is being judged: from here on errors are answered by a close. */
  | { readonly kind: "opening" }
  | { readonly kind: "open"; readonly open: OpenConnection }
  | { readonly kind: "closed" }
