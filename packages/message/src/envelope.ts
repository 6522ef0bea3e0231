/** The formats a message can be kept in; MQTT 3.1.1 is the mqtt format with an empty property block. */
export type FormatName = "amqp091" | "amqp10" | "mqtt"

/** One line of a message's dead-letter history; the newest comes first. */
export interface Death {
  readonly queue: string
  readonly reason: "expired" | "rejected" | "maxlen" | "delivery_limit"
  readonly count: number
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
  readonly deaths: readonly Death[] | undefined
}
