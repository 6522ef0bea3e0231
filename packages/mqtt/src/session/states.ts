import type { ConnectedClient } from "./connected-client.ts"
import type { Handshake } from "./handshake.ts"
import type { HeldPackets } from "./held-packets.ts"
import type { Login } from "./login.ts"

/** Where the way to an open connection stands (MQTT 5.0 sections 3.1 and 3.2). */
export type HandshakeState =
  | { readonly kind: "awaiting-connect" }
  /** The password is being checked; what the client sends meanwhile is held. */
  | { readonly kind: "authenticating"; readonly login: Login; readonly held: HeldPackets }
  /** Nothing more is to be done here. */
  | { readonly kind: "over" }

/** Where a connection stands. */
export type ConnectionState =
  | { readonly kind: "handshake"; readonly handshake: Handshake }
  | { readonly kind: "open"; readonly client: ConnectedClient }
  /** Nothing is read or written any more. */
  | { readonly kind: "closed" }
