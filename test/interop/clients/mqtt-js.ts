import { connectAsync, type IClientPublishOptions, type IPublishPacket } from "mqtt"
import { Inbox, type MqttArrived, type MqttClient, type MqttLibrary, type MqttOutgoing, present } from "./client.ts"

function arrived(topic: string, payload: Buffer, packet: IPublishPacket): MqttArrived {
  const properties = packet.properties ?? {}
  return present<MqttArrived>({
    protocol: "mqtt",
    topic,
    qos: packet.qos as 0 | 1,
    retain: packet.retain ? true : undefined,
    payloadFormatIndicator: properties.payloadFormatIndicator,
    messageExpiryInterval: properties.messageExpiryInterval,
    responseTopic: properties.responseTopic,
    correlationData: properties.correlationData?.toString(),
    userProperties: properties.userProperties === undefined ? undefined : { ...properties.userProperties },
    contentType: properties.contentType,
    body: payload.toString(),
  })
}

function optionsOf(
  { qos, retain, body: _, correlationData, ...properties }: MqttOutgoing,
  version: 4 | 5,
): IClientPublishOptions {
  const options = { qos: qos ?? 0, retain: retain ?? false } as const
  if (version === 4) return options
  const correlation = correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }
  return {
    ...options,
    properties: { ...properties, ...correlation } as NonNullable<IClientPublishOptions["properties"]>,
  }
}

function library(version: 4 | 5): MqttLibrary {
  return {
    name: version === 4 ? "mqtt 3.1.1" : "mqtt 5.0",
    version,
    async connect(broker): Promise<MqttClient> {
      const client = await connectAsync(broker.urls.mqtt, { protocolVersion: version, reconnectPeriod: 0 })
      const inbox = new Inbox<MqttArrived>()
      client.on("message", (topic, payload, packet) => inbox.put(arrived(topic, payload, packet)))
      return {
        async subscribe(filter) {
          await client.subscribeAsync(filter, { qos: 1 })
          return inbox
        },
        async publish(topic, message) {
          await client.publishAsync(topic, message.body, optionsOf(message, version))
        },
        async close() {
          await client.endAsync()
        },
      }
    },
  }
}

/** https://github.com/mqttjs/MQTT.js, speaking MQTT 3.1.1. */
export const mqtt311: MqttLibrary = library(4)
/** https://github.com/mqttjs/MQTT.js, speaking MQTT 5.0. */
export const mqtt5: MqttLibrary = library(5)
