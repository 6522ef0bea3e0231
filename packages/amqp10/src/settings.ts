/** What the operator sets for AMQP 1.0 beside the broker's limits. */
export interface Amqp10Settings {
  /** Deliveries that a sender may have under way on one link, sent and not yet stored: 1 to 65 535. */
  readonly linkCredit: number
  /** Transfers that a peer may send on one session before a flow reopens the window: 1 to 65 535. */
  readonly incomingWindow: number
}
