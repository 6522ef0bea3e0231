import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { ExchangeSettings, ExchangeType } from "../api/topology.ts"

/** Where MQTT sessions subscribe, and where the worlds meet. */
export const TOPIC_EXCHANGE = "amq.topic"

/** Names that begin so belong to the broker. */
export const RESERVED_PREFIX = "amq."

const NAMES: readonly (readonly [name: string, type: ExchangeType])[] = [
  ["amq.direct", "direct"],
  ["amq.fanout", "fanout"],
  [TOPIC_EXCHANGE, "topic"],
  ["amq.headers", "headers"],
  ["amq.match", "headers"],
]

/** The exchanges that every vhost has from the start (AMQP 0.9.1 section 3.1.3.1). */
export const PREDECLARED: readonly ExchangeSettings[] = NAMES.map(([name, type]) => ({
  name,
  type,
  durable: true,
  autoDelete: false,
  internal: false,
  arguments: NO_ARGUMENTS,
}))
