import { Buffer } from "node:buffer"
import type { Entry, Match, Outbound, Turn } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { keyToTopic, type Message, mqttPropertiesBytes, renderMqttProperties } from "@polymq/message"
import { byteLength, copyBytes, MAX_VARINT, putUint16, varintBytes } from "@polymq/wire"
import { MAX_UINT16, type ProtocolLevel, PUBLISH_FLAG } from "../codec/constants.ts"
import { aliasGrowth, putPublishStart, putTopicAlias } from "../codec/hot.ts"
import type { OutgoingAliases } from "./topic-aliases.ts"

/** Payloads from this size on leave by reference; copying is cheaper below. */
const SHARED_BODY_BYTES = 1024
/** Packets up to this size are kept for equal deliveries: those with a long topic or many properties are not. */
const KEPT_BYTES = 4096

/** The connection that a delivery goes to, as far as its bytes depend on it. */
export interface Receiver {
  readonly level: ProtocolLevel
  readonly outbound: Outbound
  readonly turn: Turn
  /** Largest packet that the client takes, in bytes. */
  readonly maxPacketBytes: number
  /** Undefined when the client takes no topic aliases. */
  readonly aliases: OutgoingAliases | undefined
}

/** What became of a delivery. */
export type Sent =
  | "sent"
  /** Larger than the client's Maximum Packet Size, or than any packet. */
  | "too-large"
  /** Its routing key cannot be a topic name. */
  | "no-topic"
  /** A defect of this program; the log has it. */
  | "failed"

const NO_IDENTIFIERS: readonly number[] = []

/**
 * Encodes deliveries as PUBLISH packets, for all connections of a door. A delivery that equals the one before, as in a
 * fan-out, is a copy of it with another packet identifier; the bytes for that are kept from the second one on, so
 * that single deliveries pay nothing.
 */
export class DeliveryEncoder {
  readonly #converters: Converters
  #keyOfTopic: string | undefined
  #topicOfKey = ""

  // The packet under construction.
  #message: Message | undefined
  #topic: string | undefined
  #topicBytes: Buffer = Buffer.allocUnsafeSlow(256)
  #topicBytesLength = 0
  #topicLength = 0
  #alias = 0
  #propertyBytes = 0
  #remainingSeconds: number | undefined
  #remainingLength = 0

  // The last packet.
  #lastMessage: Message | undefined
  #lastFlags = 0
  #lastIs5 = false
  #lastSeconds: number | undefined
  #lastIdentifiers = NO_IDENTIFIERS
  readonly #kept: Buffer = Buffer.allocUnsafeSlow(KEPT_BYTES)
  /** Bytes of the last packet in `#kept`; 0 while there was only one of its kind. */
  #keptBytes = 0
  #keptPacketIdAt = 0

  constructor(converters: Converters) {
    this.#converters = converters
  }

  /** Writes a delivery with the packet identifier `entry.tag`; nothing is written unless it is "sent". */
  send(to: Receiver, entry: Entry, qos: 0 | 1 | 2): Sent {
    const { message, match } = entry
    const is5 = to.level === 5
    const flags = flagsOf(message, match, qos) | (qos > 0 && entry.redelivered ? PUBLISH_FLAG.dup : 0)
    const identifiers = is5 && match !== undefined ? match.identifiers : NO_IDENTIFIERS
    if (to.aliases !== undefined) return this.#sendOne(to, message, flags, entry.tag, identifiers)
    const seconds = is5 ? remainingSecondsOf(message, to.turn) : undefined
    if (
      message === this.#lastMessage &&
      flags === this.#lastFlags &&
      is5 === this.#lastIs5 &&
      seconds === this.#lastSeconds &&
      isSame(identifiers, this.#lastIdentifiers)
    ) {
      if (this.#keptBytes > 0 || this.#keep(to, message, flags, identifiers)) return this.#repeat(to, flags, entry.tag)
    } else {
      this.#lastMessage = message
      this.#lastFlags = flags
      this.#lastIs5 = is5
      this.#lastSeconds = seconds
      this.#lastIdentifiers = identifiers
      this.#keptBytes = 0
    }
    return this.#sendOne(to, message, flags, entry.tag, identifiers)
  }

  /** Lets go of the last message; called now and then. */
  relax(): void {
    this.#message = undefined
    this.#lastMessage = undefined
    this.#keptBytes = 0
  }

  #sendOne(to: Receiver, source: Message, flags: number, packetId: number, identifiers: readonly number[]): Sent {
    const prepared = this.#prepare(to, source, flags, identifiers)
    if (prepared !== "sent") return prepared
    const message = this.#message ?? source
    this.#message = undefined
    const { body, bodyStart, bodyEnd } = message
    const bodyBytes = bodyEnd - bodyStart
    const total = 1 + varintBytes(this.#remainingLength) + this.#remainingLength
    // A converted body may lie in the converter's scratch, which the next conversion overwrites.
    const isShared = bodyBytes >= SHARED_BODY_BYTES && body === source.body
    const room = to.outbound.reserve(isShared ? total - bodyBytes : total)
    const at = this.#put(room.bytes, room.start, message, flags, packetId, identifiers, to.level)
    if (isShared) to.outbound.share(body, bodyStart, bodyEnd)
    else copyBytes(body, bodyStart, bodyEnd, room.bytes, at)
    if (this.#alias > 0 && this.#topicLength > 0) to.aliases?.taught(this.#topic ?? "", this.#alias)
    return "sent"
  }

  /** Encodes into what is kept; false when it is too large for that or cannot be sent. */
  #keep(to: Receiver, source: Message, flags: number, identifiers: readonly number[]): boolean {
    if (source.bodyEnd - source.bodyStart >= SHARED_BODY_BYTES) return false
    if (this.#prepare(to, source, flags, identifiers) !== "sent") return false
    const message = this.#message ?? source
    this.#message = undefined
    const total = 1 + varintBytes(this.#remainingLength) + this.#remainingLength
    if (total > KEPT_BYTES) return false
    const at = this.#put(this.#kept, 0, message, flags, 0, identifiers, to.level)
    copyBytes(message.body, message.bodyStart, message.bodyEnd, this.#kept, at)
    this.#keptBytes = total
    this.#keptPacketIdAt = 1 + varintBytes(this.#remainingLength) + 2 + this.#topicLength
    return true
  }

  #repeat(to: Receiver, flags: number, packetId: number): Sent {
    const size = this.#keptBytes
    if (size > to.maxPacketBytes) return "too-large"
    const { bytes, start } = to.outbound.reserve(size)
    copyBytes(this.#kept, 0, size, bytes, start)
    if ((flags & PUBLISH_FLAG.qos) !== 0) putUint16(bytes, start + this.#keptPacketIdAt, packetId)
    return "sent"
  }

  /** Converts the message and finds the sizes of the packet's parts. */
  #prepare(to: Receiver, source: Message, flags: number, identifiers: readonly number[]): Sent {
    const message = source.format === "mqtt" ? source : this.#converters.convert(source, "mqtt")
    const topic = source.topic ?? this.#topicOf(source.routingKey)
    if (topic === "") return "no-topic"
    if (topic !== this.#topic) this.#encodeTopic(topic)
    if (this.#topicBytesLength > MAX_UINT16) return "no-topic"
    this.#message = message
    this.#topicLength = this.#topicBytesLength
    this.#alias = 0
    if (to.aliases !== undefined) this.#chooseAlias(to.aliases, topic)
    const bodyBytes = message.bodyEnd - message.bodyStart
    let length = 2 + this.#topicLength + ((flags & PUBLISH_FLAG.qos) === 0 ? 0 : 2) + bodyBytes
    if (to.level === 5) {
      this.#remainingSeconds = remainingSecondsOf(message, to.turn)
      const plain = mqttPropertiesBytes(message, identifiers)
      this.#propertyBytes = plain
      length += this.#alias === 0 ? plain : plain + aliasGrowth(plain)
    }
    this.#remainingLength = length
    return length <= MAX_VARINT && 1 + varintBytes(length) + length <= to.maxPacketBytes ? "sent" : "too-large"
  }

  /** Writes everything up to the payload and returns the offset behind it. */
  #put(
    target: Uint8Array,
    offset: number,
    message: Message,
    flags: number,
    packetId: number,
    identifiers: readonly number[],
    level: ProtocolLevel,
  ): number {
    const at = putPublishStart(
      target,
      offset,
      flags,
      this.#remainingLength,
      this.#topicBytes,
      this.#topicLength,
      packetId,
    )
    if (level < 5) return at
    if (this.#alias === 0) return renderMqttProperties(message, this.#remainingSeconds, identifiers, target, at)
    const behind = at + aliasGrowth(this.#propertyBytes)
    const end = renderMqttProperties(message, this.#remainingSeconds, identifiers, target, behind)
    putTopicAlias(target, at, this.#propertyBytes, this.#alias)
    return end
  }

  #chooseAlias(aliases: OutgoingAliases, topic: string): void {
    const { alias, isKnown } = aliases.use(topic)
    this.#alias = alias
    if (isKnown) this.#topicLength = 0
  }

  #topicOf(routingKey: string): string {
    if (routingKey !== this.#keyOfTopic) {
      this.#keyOfTopic = routingKey
      this.#topicOfKey = keyToTopic(routingKey)
    }
    return this.#topicOfKey
  }

  #encodeTopic(topic: string): void {
    const length = byteLength(topic)
    if (length > this.#topicBytes.length) this.#topicBytes = Buffer.allocUnsafeSlow(length)
    this.#topicBytes.write(topic, 0, "utf8")
    this.#topicBytesLength = length
    this.#topic = topic
  }
}

/**
 * QoS and RETAIN of a delivery: RETAIN is 1 for what was retained before the subscription (3.3.1.3), and otherwise only
 * as published where the subscription asks for it [MQTT-3.3.1-12], [MQTT-3.3.1-13].
 */
function flagsOf(message: Message, match: Match | undefined, qos: 0 | 1 | 2): number {
  const isRetained = match !== undefined && (match.isRetained || (match.retainAsPublished && message.retain))
  return (qos << 1) | (isRetained ? PUBLISH_FLAG.retain : 0)
}

/** What is left of the message's time to live, in whole seconds, rounded up [MQTT-3.3.2-6]. */
function remainingSecondsOf(message: Message, turn: Turn): number | undefined {
  if (message.ttlMs === undefined) return undefined
  return Math.max(0, Math.ceil((message.receivedAtMs + message.ttlMs - turn.nowMs()) / 1000))
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  if (one === other) return true
  if (one.length !== other.length) return false
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false
  return true
}
