import { mqttFormat, type Published } from "@polymq/message"
import { ByteWriter, writeVarint } from "@polymq/wire"

type Text = string | Uint8Array

/** What a test publishes by MQTT 5.0; properties are written in the order of this list. */
export interface MqttPublish {
  /** Writes the user properties in front of all others. */
  readonly userPropertiesFirst?: boolean
  readonly dup?: boolean
  readonly qos?: 0 | 1 | 2
  readonly retain?: boolean
  readonly topic?: string
  readonly payloadFormatIndicator?: 0 | 1
  readonly messageExpiryInterval?: number
  readonly topicAlias?: number
  readonly responseTopic?: Text
  readonly correlationData?: Text
  readonly userProperties?: readonly (readonly [name: Text, value: Text])[]
  readonly contentType?: Text
  readonly payload?: Text
}

/** The PUBLISH packet (MQTT 5.0 section 3.3). */
function mqttPacket(publish: MqttPublish): Uint8Array {
  const rest = new ByteWriter()
  putText(rest, publish.topic ?? "t")
  const qos = publish.qos ?? 0
  if (qos > 0) rest.uint16(7)
  const properties = propertiesOf(publish)
  writeVarint(rest, properties.length)
  rest.copy(properties)
  rest.copy(bytesOf(publish.payload ?? ""))
  const packet = new ByteWriter()
  packet.uint8(0x30 | (publish.dup === true ? 8 : 0) | (qos << 1) | (publish.retain === true ? 1 : 0))
  writeVarint(packet, rest.at)
  packet.copy(rest.view())
  return packet.take()
}

/** The packet as its receiver sees it, published at 1 s after the epoch. */
export function mqttPublish(publish: MqttPublish): Published {
  return mqttFormat.published(mqttPacket(publish), 1000)
}

function propertiesOf(publish: MqttPublish): Uint8Array {
  const writer = new ByteWriter()
  if (publish.userPropertiesFirst === true) putUserProperties(writer, publish)
  if (publish.payloadFormatIndicator !== undefined) {
    writer.uint8(0x01)
    writer.uint8(publish.payloadFormatIndicator)
  }
  if (publish.messageExpiryInterval !== undefined) {
    writer.uint8(0x02)
    writer.uint32(publish.messageExpiryInterval)
  }
  if (publish.topicAlias !== undefined) {
    writer.uint8(0x23)
    writer.uint16(publish.topicAlias)
  }
  putProperty(writer, 0x08, publish.responseTopic)
  putProperty(writer, 0x09, publish.correlationData)
  if (publish.userPropertiesFirst !== true) putUserProperties(writer, publish)
  putProperty(writer, 0x03, publish.contentType)
  return writer.take()
}

function putUserProperties(writer: ByteWriter, { userProperties = [] }: MqttPublish): void {
  for (const [name, value] of userProperties) {
    putProperty(writer, 0x26, name)
    putText(writer, value)
  }
}

function putProperty(writer: ByteWriter, id: number, value: Text | undefined): void {
  if (value === undefined) return
  writer.uint8(id)
  putText(writer, value)
}

function putText(writer: ByteWriter, value: Text): void {
  const bytes = bytesOf(value)
  writer.uint16(bytes.length)
  writer.copy(bytes)
}

function bytesOf(value: Text): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value
}
