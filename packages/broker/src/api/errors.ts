/** Why the broker refuses; stable, turned into a reply code by each protocol's own table. */
export type BrokerErrorCode =
  /** An exchange, queue, binding or vhost that does not exist. */
  | "NOT_FOUND"
  /** It exists with other settings, is in use, is not empty, or an argument has a bad value. */
  | "PRECONDITION_FAILED"
  /** The user may not do this, or the name is reserved. */
  | "ACCESS_REFUSED"
  /** An exclusive queue of another connection, or a queue with an exclusive consumer. */
  | "RESOURCE_LOCKED"
  /** A known feature that this version does not have. */
  | "NOT_IMPLEMENTED"
  /** The operation makes no sense here, whoever asks. */
  | "NOT_ALLOWED"
  /** A limit of the configuration, of the vhost or of the user is reached. */
  | "LIMIT_EXCEEDED"

/** What ends with an error. */
export type ErrorScope = "message" | "channel" | "connection"

/** Raised by the operations of `Access`; the text names the thing and its vhost in the words RabbitMQ's clients look for. */
export class BrokerError extends Error {
  override readonly name = "BrokerError"
  readonly code: BrokerErrorCode
  readonly scope: ErrorScope

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions & { readonly scope?: ErrorScope }) {
    super(message, options)
    this.code = code
    this.scope = options?.scope ?? "channel"
  }
}
