/** The formats a message can be kept in; MQTT 3.1.1 is the mqtt format with an empty property block. */
export type FormatName = "amqp091" | "amqp10" | "mqtt"

/** Why a queue gave a message away: its time was over, a consumer refused it, the queue was full, or it had failed too often. */
export type DeathReason = "expired" | "rejected" | "maxlen" | "delivery_limit"

/** How often, and since when, a message has died in one queue for one reason. */
export interface Death {
  readonly queue: string
  readonly reason: DeathReason
  readonly count: number
  /** The first and the last time, in milliseconds since 1970-01-01T00:00Z. */
  readonly firstAtMs: number
  readonly lastAtMs: number
  /** Where the message had been published to when it died there first: the exchange, and all keys but those of BCC. */
  readonly exchange: string
  readonly routingKeys: readonly string[]
  /** Time to live that the message itself then had, in milliseconds; undefined without one. */
  readonly ttlMs: number | undefined
}

/** One death, in short. */
export interface DeathSummary {
  readonly queue: string
  readonly reason: DeathReason
  /** The exchange that the message had been published to. */
  readonly exchange: string
}

/** What has become of a dead-lettered message so far. */
export interface DeathHistory {
  readonly first: DeathSummary
  readonly last: DeathSummary
  /** One line per queue and reason, the newest first. */
  readonly deaths: readonly Death[]
  /** Whether a consumer has had it. */
  readonly wasDelivered: boolean
  /** Deliveries that failed in the queues where it has died. */
  readonly failures: number
}

/** MQTT quality of service. */
export type Qos = 0 | 1 | 2

/**
 * The facts a broker routes, expires and dead-letters by. Only broker and doors write them; what a client puts into
 * its own `x-` entries stays in the bytes. `undefined` means that the publisher did not say: its protocol's default holds.
 */
export interface Envelope {
  readonly vhost: string
  /** Name of the exchange published to; empty for the default exchange. */
  readonly exchange: string
  readonly routingKey: string
  /** Further keys of the AMQP 0.9.1 headers CC and BCC and of the AMQP 1.0 annotation x-cc. */
  readonly moreKeys: readonly string[] | undefined
  /** The exact MQTT topic; undefined when the message was born in another protocol. */
  readonly topic: string | undefined
  /** Number of the publishing connection, for no-local; undefined for the broker's own messages. */
  readonly publisher: number | undefined
  readonly durable: boolean | undefined
  /** 0 to 255. */
  readonly priority: number | undefined
  /** As published by MQTT. */
  readonly qos: Qos | undefined
  readonly retain: boolean
  /** Time to live in milliseconds from `receivedAtMs`. Cleared by dead-lettering: a ttl in the bytes then no longer counts. */
  readonly ttlMs: number | undefined
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly receivedAtMs: number
  /** Undefined for a message that was never dead-lettered. */
  readonly deaths: DeathHistory | undefined
}
