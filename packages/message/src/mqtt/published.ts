import { DecodeError, decodeUtf8, readUint16, readVarint, varintBytes } from "@polymq/wire"
import type { Qos } from "../envelope.ts"
import type { Published } from "../format.ts"
import { createMessage, type MessageDraft } from "../message.ts"
import { topicToKey } from "../topic.ts"
import type { Value } from "../value.ts"
import { FIELDS } from "./catalogue.ts"
import { DUP, FIELD_OF_PROPERTY, PACKET_IDENTIFIER, TOPIC_NAME } from "./fields.ts"
import { PROPERTIES } from "./properties.ts"
import { isMqttText } from "./text.ts"
import { validateAnyProperties } from "./validate.ts"
import { propertyAt, readInteger, valueEnd } from "./values.ts"

/** Packet type of PUBLISH, in the high half of the first byte (MQTT 5.0 section 2.1.2). */
const PUBLISH = 3

interface HopField {
  readonly field: string
  readonly value: Value
}

/** `Format.published` for a whole PUBLISH packet of MQTT 5.0. Raises `DecodeError` and `PropertyError`. */
export function published(bytes: Uint8Array, receivedAtMs: number): Published {
  return publishedPacket(bytes, receivedAtMs, true)
}

/** Reads a whole PUBLISH packet of MQTT 3.1.1, which has no properties. Raises `DecodeError`. */
export function publishedV3(bytes: Uint8Array, receivedAtMs: number): Published {
  return publishedPacket(bytes, receivedAtMs, false)
}

function publishedPacket(bytes: Uint8Array, receivedAtMs: number, hasProperties: boolean): Published {
  const flags = bytes[0] ?? 0
  const qos = (flags >>> 1) & 3
  if (flags >>> 4 !== PUBLISH || qos === 3) throw new DecodeError("MALFORMED", "not the first byte of a PUBLISH")
  const message = createMessage("mqtt", receivedAtMs)
  const hop: HopField[] = [hopField(DUP, "bits", (flags >>> 3) & 1)]
  message.qos = qos as Qos
  message.durable = qos > 0
  message.retain = (flags & 1) === 1
  let at = remainingStart(bytes)
  at = readTopic(bytes, at, message, hop)
  if (qos > 0) {
    if (bytes.length - at < 2) throw new DecodeError("TRUNCATED", "a packet identifier expected")
    hop.push(hopField(PACKET_IDENTIFIER, "ushort", readUint16(bytes, at)))
    at += 2
  }
  if (hasProperties) at = readProperties(bytes, at, message, hop)
  message.body = bytes
  message.bodyStart = at
  message.bodyEnd = bytes.length
  return { message, hop }
}

function remainingStart(bytes: Uint8Array): number {
  const remaining = readVarint(bytes, 1, bytes.length)
  const start = 1 + varintBytes(remaining)
  if (remaining < 0 || remaining !== bytes.length - start) {
    throw new DecodeError("MALFORMED", "the remaining length is not that of the packet")
  }
  return start
}

function readTopic(bytes: Uint8Array, start: number, message: MessageDraft, hop: HopField[]): number {
  if (bytes.length - start < 2) throw new DecodeError("TRUNCATED", "a topic name expected")
  const end = start + 2 + readUint16(bytes, start)
  if (end > bytes.length) throw new DecodeError("TRUNCATED", "a topic name beyond the packet")
  if (!isMqttText(bytes, start + 2, end)) throw new DecodeError("INVALID_UTF8", "the topic name is not UTF-8")
  const topic = decodeUtf8(bytes, start + 2, end)
  message.exchange = "amq.topic"
  message.topic = topic
  message.routingKey = topicToKey(topic)
  hop.push(hopField(TOPIC_NAME, "utf8", topic))
  return end
}

function readProperties(bytes: Uint8Array, start: number, message: MessageDraft, hop: HopField[]): number {
  const length = readVarint(bytes, start, bytes.length)
  const from = start + varintBytes(length)
  if (length < 0 || length > bytes.length - from) throw new DecodeError("TRUNCATED", "properties beyond the packet")
  const end = from + length
  validateAnyProperties(bytes, from, end, message)
  for (let at = from; at < end; ) {
    const property = propertyAt(bytes, at)
    const next = valueEnd(property, bytes, at + 1)
    const field = FIELDS[FIELD_OF_PROPERTY[property] as number]
    if (field?.isHop === true) {
      const type = PROPERTIES[property]?.type ?? ""
      hop.push({ field: field.name, value: { type, value: readInteger(property, bytes, at + 1, next) } })
    }
    at = next
  }
  return end
}

function hopField(field: number, type: string, value: number | string): HopField {
  return { field: FIELDS[field]?.name ?? "", value: { type, value } }
}
