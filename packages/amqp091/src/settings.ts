/** What the operator sets for AMQP 0.9.1 beside the broker's limits. */
export interface Amqp091Settings {
  /** The server property cluster_name. */
  readonly clusterName: string
  /** Consumers that one channel may have. */
  readonly maxConsumersPerChannel: number
  /** Makes a consumer tag for a client that names none; it has to be unique on its connection. */
  readonly makeConsumerTag: () => string
}
