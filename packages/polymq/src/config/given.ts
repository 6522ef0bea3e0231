/** A value that somebody gave for a key, and where: "polymq.yaml:3:11", "POLYMQ_LOG_LEVEL", "--amqp". */
export interface Given {
  readonly path: readonly string[]
  readonly value: unknown
  readonly origin: string
}
