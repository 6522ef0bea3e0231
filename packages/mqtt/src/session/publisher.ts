import { BrokerError, type ClientSession, type Receipt, type Ticket } from "@polymq/broker"
import {
  createMessage,
  isMqttText,
  type MessageDraft,
  NO_TOPIC_ALIAS,
  type Qos,
  topicToKey,
  validateMqttProperties,
} from "@polymq/message"
import { DecodeError, decodeUtf8 } from "@polymq/wire"
import { PACKET_TYPE, PUBLISH_FLAG, REASON, type ReasonCode } from "../codec/constants.ts"
import { acknowledgementBytes, putAcknowledgement, readPublish } from "../codec/hot.ts"
import { faultOf, MqttError } from "../errors.ts"
import { AcknowledgementRing } from "./acknowledgement-ring.ts"
import type { ClientContext } from "./client-context.ts"
import { isServerTopic, isTopicName } from "./topic-rules.ts"

/** Longest topic that stays remembered by a connection that pauses. */
const KEPT_TOPIC_BYTES = 256

/** A topic as publishes name it, with what is derived from it. */
interface Topic {
  readonly name: string
  readonly key: string
  readonly isServers: boolean
}

/** Item of the ring: packet type, reason code and packet identifier. */
function acknowledgementOf(type: number, packetId: number, reason: ReasonCode): number {
  return (type << 28) | (reason << 16) | packetId
}

/**
 * The publishing half of a connection: makes messages of PUBLISH packets and acknowledges them in order once they are
 * stored. One of QoS 2 is routed when it comes, and its identifier is kept until the client releases it (MQTT 5.0 section
 * 4.3.3, method B).
 */
export class Publisher {
  readonly #context: ClientContext
  readonly #session: ClientSession
  /** The session goes on from an earlier connection. */
  readonly #isResumed: boolean
  readonly #ring = new AcknowledgementRing()
  #watermark: Ticket = 0
  #isAwaiting = false
  #topic: Topic | undefined
  #topicBytes: Uint8Array = NO_TOPIC
  #topicLength = 0
  /** Topic aliases of the client, from 1; on first use. */
  #aliases: Topic[] | undefined
  /** What the client has used up of its quota on this connection (MQTT 5.0 section 4.9). */
  #underWay = 0
  #hasPublished = false

  constructor(context: ClientContext, session: ClientSession, isResumed: boolean) {
    this.#context = context
    this.#session = session
    this.#isResumed = isResumed
  }

  /** Whether the client has published on this connection. */
  get hasPublished(): boolean {
    return this.#hasPublished
  }

  /** Packets of the client that wait for their answers. */
  get unanswered(): number {
    return this.#ring.count
  }

  /** Takes the whole PUBLISH packet `bytes[start, end)`. Raises the errors that end a connection. */
  publish(bytes: Uint8Array, start: number, end: number): void {
    const { broker, access } = this.#context
    const { ranges } = this.#context.door
    const { level } = this.#context.terms
    readPublish(bytes, start, end, level, ranges)
    this.#hasPublished = true
    const qos = ((ranges.flags & PUBLISH_FLAG.qos) >> 1) as Qos
    const { packetId } = ranges
    if (qos > 0) this.#useQuota()
    const message = createMessage("mqtt", broker.turn.nowMs())
    const topic = this.#readHead(bytes, message)
    if (qos === 2 && this.#session.unreleased.has(packetId)) {
      // [MQTT-4.3.3-10]: not published again; acknowledged like, and after, the first one.
      this.#acknowledge(this.#session.unreleased.lastTicket, PACKET_TYPE.pubrec, packetId, REASON.success)
      return
    }
    message.vhost = access.vhost
    message.exchange = this.#context.door.settings.exchange
    message.routingKey = topic.key
    message.topic = topic.name
    message.publisher = access.connection
    message.durable = qos > 0
    message.qos = qos
    message.retain = (ranges.flags & PUBLISH_FLAG.retain) !== 0
    message.body = bytes
    message.bodyStart = ranges.bodyStart
    message.bodyEnd = ranges.bodyEnd
    this.#route(message, topic, qos, packetId)
  }

  /** Takes a PUBREL; its PUBCOMP leaves behind the acknowledgements before it. */
  release(packetId: number): void {
    const wasKnown = this.#session.unreleased.delete(packetId)
    // In a resumed session it was completed before, and its PUBCOMP was lost: many clients take 0x92 for a failure then, too.
    const isKnown = wasKnown || this.#isResumed || this.#context.terms.level < 5
    const reason = isKnown ? REASON.success : REASON.packetIdentifierNotFound
    this.#acknowledge(0, PACKET_TYPE.pubcomp, packetId, reason)
  }

  /** Everything up to the watermark is durable. */
  stored(watermark: Ticket): void {
    this.#watermark = watermark
    this.#isAwaiting = false
    this.flush()
  }

  /** Writes the acknowledgements that are due, and asks for the next watermark while some are not. */
  flush(): void {
    const ring = this.#ring
    if (ring.count === 0) return
    const due = ring.due(this.#watermark)
    if (due > 0) this.#write(due)
    if (ring.count === 0 || this.#isAwaiting) return
    this.#isAwaiting = true
    this.#context.broker.awaitStored(this.#context.owner)
  }

  /** Gives memory back that is not needed at present. */
  relax(): void {
    this.#ring.relax()
    if (this.#topicBytes.length > KEPT_TOPIC_BYTES) {
      this.#topic = undefined
      this.#topicBytes = NO_TOPIC
    }
  }

  /** Counts as the client does: a publish under way is one until PUBACK, PUBCOMP or a PUBREC that refuses is sent (4.9). */
  #useQuota(): void {
    const { broker, terms } = this.#context
    if (terms.level === 5 && this.#underWay >= broker.limits.receiveMaximum)
      throw new MqttError(REASON.receiveMaximumExceeded, "more than Receive Maximum publishes under way [MQTT-3.3.4-7]")
    this.#underWay++
  }

  /** Reads topic and properties; what they say goes into `message`. */
  #readHead(bytes: Uint8Array, message: MessageDraft): Topic {
    const { topicStart, topicEnd, headStart, headEnd } = this.#context.door.ranges
    if (headStart === headEnd) return this.#readTopic(bytes, topicStart, topicEnd)
    const alias = validateMqttProperties(bytes, headStart, headEnd, message)
    if (alias === NO_TOPIC_ALIAS) return this.#readTopic(bytes, topicStart, topicEnd)
    if (alias === 0 || alias > this.#context.broker.limits.topicAliasMaximum)
      throw new MqttError(REASON.topicAliasInvalid, `topic alias ${alias} [MQTT-3.3.2-8], [MQTT-3.3.2-9]`)
    this.#aliases ??= []
    if (topicStart < topicEnd) {
      const topic = this.#readTopic(bytes, topicStart, topicEnd)
      this.#aliases[alias] = topic
      return topic
    }
    const topic = this.#aliases[alias]
    if (topic === undefined) throw new MqttError(REASON.protocolError, `topic alias ${alias} has no topic (3.3.2.3.4)`)
    return topic
  }

  /** The topic of `bytes[start, end)`; most publishers name the same one as last time. */
  #readTopic(bytes: Uint8Array, start: number, end: number): Topic {
    if (this.#topic !== undefined && this.#isLastTopic(bytes, start, end)) return this.#topic
    if (start === end) throw new MqttError(REASON.protocolError, "no topic name and no topic alias (3.3.2.1)")
    if (!isTopicName(bytes, start, end)) throw badTopic(bytes, start, end)
    const name = decodeUtf8(bytes, start, end)
    const length = end - start
    if (length > this.#topicBytes.length) this.#topicBytes = new Uint8Array(length)
    this.#topicBytes.set(bytes.subarray(start, end))
    this.#topicLength = length
    this.#topic = { name, key: topicToKey(name), isServers: isServerTopic(name) }
    return this.#topic
  }

  #isLastTopic(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start
    if (length !== this.#topicLength) return false
    const last = this.#topicBytes
    // From the back: topics differ there more often than in front.
    for (let at = length - 1; at >= 0; at--) if (bytes[start + at] !== last[at]) return false
    return true
  }

  #route(message: MessageDraft, topic: Topic, qos: Qos, packetId: number): void {
    let reason: ReasonCode = REASON.success
    let waitFor: Ticket = 0
    try {
      if (topic.isServers)
        throw new BrokerError("ACCESS_REFUSED", `topic '${topic.name}' is written by the server only`)
      const receipt = this.#context.access.publish(message)
      waitFor = receipt.waitFor
      reason = RECEIPT_REASONS[receipt.result]
    } catch (cause) {
      reason = this.#refusalOf(cause, topic, qos)
    }
    const is5 = this.#context.terms.level === 5
    if (reason < REASON.unspecifiedError) {
      if (message.retain && !this.#retain(message, topic)) reason = REASON.quotaExceeded
    } else if (!is5) {
      // MQTT 3 has no acknowledgement that says no: it is withheld.
      return
    }
    if (qos === 0) return
    const told = is5 ? reason : REASON.success
    // Who is refused does not release (4.3.3).
    if (qos === 2 && told < REASON.unspecifiedError) this.#session.unreleased.add(packetId, waitFor)
    this.#acknowledge(waitFor, qos === 2 ? PACKET_TYPE.pubrec : PACKET_TYPE.puback, packetId, told)
  }

  /** The reason code of a publish that was refused; raises what ends the connection. */
  #refusalOf(cause: unknown, topic: Topic, qos: Qos): ReasonCode {
    const { reason, text, isOfMessage } = faultOf(cause)
    // Who may not publish hears of it: by an acknowledgement, or else by the end of the connection [MQTT-3.3.5-2].
    const isHeard = reason !== REASON.notAuthorized || (qos > 0 && this.#context.terms.level === 5)
    if (!isOfMessage || !isHeard) throw cause
    this.#context.broker.log.debug("mqtt publish refused", { topic: topic.name, reason: text })
    return reason
  }

  /** False when the message was routed but not kept. */
  #retain(message: MessageDraft, topic: Topic): boolean {
    try {
      this.#context.access.retain(message)
      return true
    } catch (cause) {
      const { text, isOfMessage } = faultOf(cause)
      if (!isOfMessage) throw cause
      this.#context.broker.log.warn("mqtt message not retained", { topic: topic.name, reason: text })
      return false
    }
  }

  #acknowledge(waitFor: Ticket, type: number, packetId: number, reason: ReasonCode): void {
    this.#ring.push(waitFor, acknowledgementOf(type, packetId, reason))
  }

  #write(due: number): void {
    const ring = this.#ring
    let size = 0
    for (let index = 0; index < due; index++) size += acknowledgementBytes((ring.peek(index) >>> 16) & 0xff)
    const room = this.#context.outbound.reserve(size)
    const { bytes } = room
    let at = room.start
    for (let index = 0; index < due; index++) {
      const item = ring.peek(index)
      const type = item >>> 28
      const reason = (item >>> 16) & 0xff
      at = putAcknowledgement(bytes, at, type << 4, item & 0xffff, reason)
      // What was resumed is completed without having been counted.
      if ((type !== PACKET_TYPE.pubrec || reason >= REASON.unspecifiedError) && this.#underWay > 0) this.#underWay--
    }
    ring.drop(due)
  }
}

const RECEIPT_REASONS: Readonly<Record<Receipt["result"], ReasonCode>> = {
  routed: REASON.success,
  unroutable: REASON.noMatchingSubscribers,
  refused: REASON.quotaExceeded,
}

const NO_TOPIC = new Uint8Array(0)

function badTopic(bytes: Uint8Array, start: number, end: number): Error {
  return isMqttText(bytes, start, end)
    ? new MqttError(REASON.topicNameInvalid, "topic name with wildcards [MQTT-3.3.2-2]")
    : new DecodeError("INVALID_UTF8", "topic name is not UTF-8 or holds U+0000 [MQTT-1.5.4-1], [MQTT-1.5.4-2]")
}
