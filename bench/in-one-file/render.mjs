import {
  amqp10HeadBytes,
  amqp091PropertiesBytes,
  mqttPropertiesBytes,
  renderAmqp10Head,
  renderAmqp091Properties,
  renderMqttProperties,
} from "@polymq/message"

const target = Buffer.alloc(64 * 1024)
const NO_IDENTIFIERS = []

/** By format: writes what leaves of a message beside its payload, its size known first. */
export const render = {
  amqp091: (message) => amqp091PropertiesBytes(message) + renderAmqp091Properties(message, target, 0),
  amqp10: (message) =>
    amqp10HeadBytes(message, message.ttlMs, 0) + renderAmqp10Head(message, message.ttlMs, true, 0, target, 0),
  mqtt: (message) => mqttPropertiesBytes(message) + renderMqttProperties(message, undefined, NO_IDENTIFIERS, target, 0),
}
