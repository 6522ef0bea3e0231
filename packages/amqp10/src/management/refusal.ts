/** Status codes of responses (HTTP over AMQP, working draft 6, and RFC 9110 section 15). */
export type Status = 200 | 201 | 204 | 400 | 403 | 404 | 405 | 409

/** A request that is not done; the text is what the client reads. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly status: Status

  constructor(status: Status, message: string) {
    super(message)
    this.status = status
  }
}
