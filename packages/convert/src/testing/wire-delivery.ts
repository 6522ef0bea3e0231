import {
  amqp10Format,
  amqp10HeadBytes,
  amqp091PropertiesBytes,
  effectiveQos,
  type FormatName,
  keyToTopic,
  type Message,
  mqttFormat,
  mqttPropertiesBytes,
  type Published,
  publishedAmqp091,
  publishedMqttV3,
  renderAmqp10Head,
  renderAmqp091Properties,
  renderMqttProperties,
} from "@polymq/message"
import { ByteWriter, encodeUtf8, writeVarint } from "@polymq/wire"
import type { Converters } from "../converters.ts"
import type { Recorded, Wire } from "./rabbitmq-deliveries.ts"
import { octets } from "./slot.ts"

/** What a consumer gets: the octets, with the body of AMQP 0.9.1 apart. */
export interface Delivery {
  readonly octets: Uint8Array
  readonly body: Uint8Array
}

const NO_BODY = new Uint8Array(0)

/** The format that a wire's messages are kept in. */
function formatOfWire(wire: Wire): FormatName {
  return wire === "mqtt5" || wire === "mqtt311" ? "mqtt" : wire
}

/** Reads what `wire` carries. Raises `DecodeError` and `PropertyError`. */
export function readDelivery(wire: Wire, { octets, body }: Delivery): Published {
  if (wire === "amqp091") return publishedAmqp091(octets, body, 0)
  if (wire === "amqp10") return amqp10Format.published(octets, 0)
  return wire === "mqtt5" ? mqttFormat.published(octets, 0) : publishedMqttV3(octets, 0)
}

/** The recorded message as the broker has it after its receipt. */
export function receivedMessage({ from, published, publishedBody = "", exchange, key }: Recorded): Message {
  const { message } = readDelivery(from, { octets: octets(published), body: octets(publishedBody) })
  return exchange === undefined || key === undefined ? message : { ...message, exchange, routingKey: key }
}

/** The first delivery of a message, as the doors write it. */
export function delivered(message: Message, wire: Wire, converters: Converters): Delivery {
  const converted = converters.convert(message, formatOfWire(wire))
  if (wire === "amqp091") return amqp091Delivery(converted)
  return wire === "amqp10" ? amqp10Delivery(converted) : mqttDelivery(message, converted, wire === "mqtt5")
}

function bodyOf({ body, bodyStart, bodyEnd }: Message): Uint8Array {
  return body.slice(bodyStart, bodyEnd)
}

function amqp091Delivery(message: Message): Delivery {
  const properties = new Uint8Array(amqp091PropertiesBytes(message))
  renderAmqp091Properties(message, properties, 0)
  return { octets: properties, body: bodyOf(message) }
}

function amqp10Delivery(message: Message): Delivery {
  const head = new Uint8Array(amqp10HeadBytes(message, message.ttlMs, 0))
  renderAmqp10Head(message, message.ttlMs, true, 0, head, 0)
  return { octets: Uint8Array.from([...head, ...bodyOf(message)]), body: NO_BODY }
}

function mqttDelivery(source: Message, message: Message, hasProperties: boolean): Delivery {
  const qos = Math.min(effectiveQos(source), 1)
  const rest = new ByteWriter()
  const topic = encodeUtf8(source.topic ?? keyToTopic(source.routingKey))
  rest.prefixed16(topic, 0, topic.length)
  if (qos > 0) rest.uint16(1)
  if (hasProperties) {
    const properties = new Uint8Array(mqttPropertiesBytes(message))
    renderMqttProperties(message, undefined, [], properties, 0)
    rest.copy(properties)
  }
  rest.copy(bodyOf(message))
  const packet = new ByteWriter()
  packet.uint8(0x30 | (qos << 1))
  writeVarint(packet, rest.at)
  packet.copy(rest.view())
  return { octets: packet.take(), body: NO_BODY }
}
