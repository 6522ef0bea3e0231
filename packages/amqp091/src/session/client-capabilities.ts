import type { Arguments } from "@polymq/broker"

/** What the client can do beyond the specification. */
export interface ClientCapabilities {
  /** basic.cancel from the server (consumer_cancel_notify). */
  readonly takesCancel: boolean
  /** connection.blocked and connection.unblocked. */
  readonly takesBlocked: boolean
  /** connection.close after a refused login (authentication_failure_close). */
  readonly takesFailedLogin: boolean
}

/** What a client can do that has not said so. */
export const NO_CAPABILITIES: ClientCapabilities = { takesCancel: false, takesBlocked: false, takesFailedLogin: false }

/** Reads the client properties of connection.start-ok. */
export function readCapabilities(clientProperties: Arguments): ClientCapabilities {
  const capabilities = clientProperties.get("capabilities")
  if (!(capabilities instanceof Map)) return NO_CAPABILITIES
  return {
    takesCancel: capabilities.get("consumer_cancel_notify") === true,
    takesBlocked: capabilities.get("connection.blocked") === true,
    takesFailedLogin: capabilities.get("authentication_failure_close") === true,
  }
}
