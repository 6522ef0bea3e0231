import { copyBytes, DecodeError, putUint16, putVarint, readUint16, readVarint, varintBytes } from "@polymq/wire"
import { PACKET_TYPE, type ProtocolLevel, PUBLISH_FLAG } from "./constants.ts"

/** Where the parts of a PUBLISH are; one object per connection or door, overwritten by the next `readPublish`. */
export interface PublishRanges {
  flags: number
  topicStart: number
  topicEnd: number
  /** 0 with QoS 0. */
  packetId: number
  /** Properties without their length; empty before MQTT 5.0. */
  headStart: number
  headEnd: number
  bodyStart: number
  bodyEnd: number
}

/** Ranges to be filled by `readPublish`. */
export function createPublishRanges(): PublishRanges {
  return { flags: 0, topicStart: 0, topicEnd: 0, packetId: 0, headStart: 0, headEnd: 0, bodyStart: 0, bodyEnd: 0 }
}

/**
 * Finds the parts of the whole PUBLISH packet `bytes[start, end)`; text and properties are for the caller to judge.
 * Raises `DecodeError` `MALFORMED` or `TRUNCATED`.
 */
export function readPublish(
  bytes: Uint8Array,
  start: number,
  end: number,
  level: ProtocolLevel,
  ranges: PublishRanges,
): void {
  const flags = (bytes[start] as number) & 0x0f
  const qos = flags & PUBLISH_FLAG.qos
  if (qos === PUBLISH_FLAG.qos) throw malformed("PUBLISH with QoS 3 [MQTT-3.3.1-4]")
  if (qos === 0 && (flags & PUBLISH_FLAG.dup) !== 0) throw malformed("PUBLISH with DUP and QoS 0 [MQTT-3.3.1-2]")
  let at = bodyOffset(bytes, start)
  if (end - at < 2) throw truncated()
  ranges.flags = flags
  ranges.topicStart = at + 2
  at = ranges.topicEnd = at + 2 + readUint16(bytes, at)
  ranges.packetId = 0
  if (qos !== 0) {
    if (end - at < 2) throw truncated()
    ranges.packetId = readUint16(bytes, at)
    if (ranges.packetId === 0) throw malformed("packet identifier 0 [MQTT-2.2.1-3]")
    at += 2
  }
  if (level === 5) {
    const length = readVarint(bytes, at, end)
    if (length < 0) throw malformed("property length [MQTT-1.5.5-1]")
    at += varintBytes(length)
    ranges.headStart = at
    at += length
  } else {
    ranges.headStart = at
  }
  if (at > end) throw truncated()
  ranges.headEnd = ranges.bodyStart = at
  ranges.bodyEnd = end
}

/** Offset behind the fixed header of a whole packet. */
export function bodyOffset(bytes: Uint8Array, start: number): number {
  let at = start + 1
  while ((bytes[at] as number) >= 0x80) at++
  return at + 1
}

/** Result of `readAcknowledgement` for the forms that only the layout reads: with properties. */
export const NEEDS_LAYOUT = -1

/**
 * Packet identifier, and reason code times 65 536, of a PUBACK, PUBREC, PUBREL or PUBCOMP without properties.
 * Raises `DecodeError` `MALFORMED`.
 */
export function readAcknowledgement(bytes: Uint8Array, start: number, end: number, level: ProtocolLevel): number {
  const first = bytes[start] as number
  if ((first & 0x0f) !== (first >> 4 === PACKET_TYPE.pubrel ? 2 : 0))
    throw malformed("fixed header flags [MQTT-2.1.3-1]")
  const length = end - start - 2
  const reason = level === 5 && length === 3 ? (bytes[start + 4] as number) : 0
  if (length !== 2 && (level < 5 || length !== 3)) return NEEDS_LAYOUT
  const packetId = readUint16(bytes, start + 2)
  if (packetId === 0) throw malformed("packet identifier 0 [MQTT-2.2.1-3]")
  return packetId + reason * 65_536
}

/** Bytes of an acknowledgement with this reason: a reason of 0 is left out, properties are never sent (MQTT 5.0 section 3.4.2.1). */
export function acknowledgementBytes(reason: number): number {
  return reason === 0 ? 4 : 5
}

/** Writes an acknowledgement and returns the offset behind it. */
export function putAcknowledgement(
  target: Uint8Array,
  offset: number,
  firstByte: number,
  packetId: number,
  reason: number,
): number {
  target[offset] = firstByte
  target[offset + 1] = reason === 0 ? 2 : 3
  const at = putUint16(target, offset + 2, packetId)
  if (reason === 0) return at
  target[at] = reason
  return at + 1
}

/** Writes a PUBLISH's fixed header, topic length, topic and, with QoS, its packet identifier; returns the offset behind. */
export function putPublishStart(
  target: Uint8Array,
  offset: number,
  flags: number,
  remainingLength: number,
  topic: Uint8Array,
  topicLength: number,
  packetId: number,
): number {
  target[offset] = (PACKET_TYPE.publish << 4) | flags
  const topicAt = putUint16(target, putVarint(target, offset + 1, remainingLength), topicLength)
  copyBytes(topic, 0, topicLength, target, topicAt)
  const at = topicAt + topicLength
  return (flags & PUBLISH_FLAG.qos) === 0 ? at : putUint16(target, at, packetId)
}

/** Identifier and value of the property. */
const TOPIC_ALIAS_BYTES = 3
const TOPIC_ALIAS_ID = 0x23

/** Bytes by which a topic alias makes a property block of `blockBytes`, its length included, larger. */
export function aliasGrowth(blockBytes: number): number {
  const content = contentBytes(blockBytes)
  return varintBytes(content + TOPIC_ALIAS_BYTES) + TOPIC_ALIAS_BYTES - varintBytes(content)
}

/**
 * Makes a topic alias the first property: the block without it has been written `aliasGrowth(blockBytes)` bytes behind
 * `offset`, and its length is overwritten here.
 */
export function putTopicAlias(target: Uint8Array, offset: number, blockBytes: number, alias: number): void {
  const at = putVarint(target, offset, contentBytes(blockBytes) + TOPIC_ALIAS_BYTES)
  target[at] = TOPIC_ALIAS_ID
  putUint16(target, at + 1, alias)
}

/** Bytes of the properties in a block whose size includes their length. */
function contentBytes(blockBytes: number): number {
  return blockBytes - (blockBytes <= 128 ? 1 : blockBytes <= 16_385 ? 2 : blockBytes <= 2_097_154 ? 3 : 4)
}

function malformed(text: string): DecodeError {
  return new DecodeError("MALFORMED", text)
}

function truncated(): DecodeError {
  return new DecodeError("TRUNCATED", "PUBLISH ends within its header")
}
