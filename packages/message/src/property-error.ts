/**
 * Raised on receipt for properties whose bytes are well-formed but whose meaning the standard or the broker refuses:
 * AMQP 0.9.1 answers with 406 (precondition failed), MQTT 5.0 with reason 0x82 (protocol error).
 */
export class PropertyError extends Error {
  override readonly name = "PropertyError"
  /** Name of the property as its specification spells it: "expiration", "CC", "response-topic" … */
  readonly property: string

  constructor(property: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.property = property
  }
}
