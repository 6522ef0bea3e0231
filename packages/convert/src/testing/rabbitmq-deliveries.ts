import { readFileSync } from "node:fs"
import { brotliDecompressSync } from "node:zlib"

/** A version of a protocol that messages were published or consumed with. */
export type Wire = "amqp091" | "amqp10" | "mqtt5" | "mqtt311"

/**
 * What RabbitMQ 4.3.6 did with one message; all octets in hexadecimal. AMQP 0.9.1: property flags and list, with the body
 * apart; AMQP 1.0: all sections; MQTT: the whole PUBLISH, with packet identifier 1.
 */
export interface Recorded {
  readonly id: string
  readonly from: Wire
  readonly to: Wire
  /** Where an AMQP message was published to. */
  readonly exchange?: string
  readonly key?: string
  readonly published: string
  readonly publishedBody?: string
  /** Absent where nothing was delivered. */
  readonly delivered?: string
  readonly deliveredBody?: string
  /** Fields that differ from run to run. */
  readonly varies?: readonly string[]
  /** What the publisher was told where the message was refused. */
  readonly refused?: string
  /** What the consumer was told where it was closed instead of delivered to. */
  readonly lost?: string
}

/** Why some recorded deliveries differ from PolyMQ's, by a short name. */
export type Exceptions = Readonly<Record<string, { readonly why: string; readonly lines: readonly string[] }>>

const FIXTURES = new URL("../../../../test/fixtures/", import.meta.url)

/** Every recorded delivery between AMQP 0.9.1, AMQP 1.0 and MQTT. */
export function recordedDeliveries(): readonly Recorded[] {
  const packed = readFileSync(new URL("rabbitmq-4.3-deliveries.jsonl.br", FIXTURES))
  const lines = brotliDecompressSync(packed).toString("utf8").trim().split("\n")
  return lines.map((line) => JSON.parse(line) as Recorded)
}

/** The deliveries that differ on purpose. */
export function recordedExceptions(): Exceptions {
  return JSON.parse(readFileSync(new URL("rabbitmq-4.3-exceptions.json", FIXTURES), "utf8")) as Exceptions
}
