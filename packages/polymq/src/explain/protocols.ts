import {
  amqp10Format,
  amqp091Format,
  type FormatName,
  mqttFormat,
  type Published,
  publishedAmqp091,
  publishedMqttV3,
} from "@polymq/message"

/** A protocol as the command names it. */
export interface Protocol {
  readonly label: string
  readonly format: FormatName
  /** Reads a message as it was published; `body` is given where it is apart from the rest. Raises `DecodeError` and `PropertyError`. */
  readonly read: (bytes: Uint8Array, body: Uint8Array | undefined, receivedAtMs: number) => Published
  /** What the format can carry and this version of the protocol cannot: fields that begin like this. */
  readonly lacks?: { readonly prefix: string; readonly reason: string }
}

/** The values of `--from` and `--to`. */
export const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  mqtt5: {
    label: "MQTT 5.0",
    format: "mqtt",
    read: (bytes, _body, receivedAtMs) => mqttFormat.published(bytes, receivedAtMs),
  },
  mqtt311: {
    label: "MQTT 3.1.1",
    format: "mqtt",
    read: (bytes, _body, receivedAtMs) => publishedMqttV3(bytes, receivedAtMs),
    lacks: { prefix: "properties.", reason: "MQTT 3.1.1 has no properties" },
  },
  amqp091: {
    label: "AMQP 0.9.1",
    format: "amqp091",
    read: (bytes, body, receivedAtMs) =>
      body === undefined ? amqp091Format.published(bytes, receivedAtMs) : publishedAmqp091(bytes, body, receivedAtMs),
  },
  amqp10: {
    label: "AMQP 1.0",
    format: "amqp10",
    read: (bytes, _body, receivedAtMs) => amqp10Format.published(bytes, receivedAtMs),
  },
}
