/** Why bytes could not be decoded; stable, for tables that turn it into a protocol's own error. */
export type DecodeErrorCode =
  /** A length, count or fixed-width value reaches beyond the bytes at hand. */
  | "TRUNCATED"
  /** A value, type code or structure that its specification does not allow. */
  | "MALFORMED"
  /** Text that must be UTF-8 and is not. */
  | "INVALID_UTF8"
  /** A frame, packet or value above the configured limit. */
  | "TOO_LARGE"
  /** Nesting deeper than the configured limit. */
  | "TOO_DEEP"

/** Raised by decoders for bytes from a peer; the session that fed them turns it into its protocol's error. */
export class DecodeError extends Error {
  override readonly name = "DecodeError"
  readonly code: DecodeErrorCode

  constructor(code: DecodeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
