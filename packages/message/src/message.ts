import type { Envelope, FormatName, Qos } from "./envelope.ts"

/**
 * One published message: the envelope, and the bytes as they came, as three ranges. One object and one allocation per
 * publish; ranges instead of views, because a view costs as much as a scan.
 */
export interface Message extends Envelope {
  readonly format: FormatName
  /**
   * What a delivery may add entries to: AMQP 0.9.1 property flags and property list (without BCC), AMQP 1.0 entries of
   * the message-annotations map, MQTT 5.0 properties without their length and without topic alias.
   */
  head: Uint8Array
  headStart: number
  headEnd: number
  /** AMQP 1.0 properties and application-properties sections as sent; empty in the other formats. */
  sections: Uint8Array
  sectionsStart: number
  sectionsEnd: number
  /** Payload, or AMQP 1.0 body sections and footer. Leaves byte-identical. */
  body: Uint8Array
  bodyStart: number
  bodyEnd: number
  /** Entries that still need the bytes. */
  holders: number
  /** One conversion worth keeping, filled only while there is more than one holder. */
  cached: Converted | undefined
}

/** A kept conversion and what made it. */
export interface Converted {
  /** The converter object, which stands for target, table, profile and names. */
  readonly by: object
  readonly message: Message
}

/** No bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array(0)

/** A message under construction by a door: every field may still be set. */
export type MessageDraft = { -readonly [Key in keyof Message]: Message[Key] }

/** A new message without bytes and without envelope facts; all messages are made here, so that they share one hidden class. */
export function createMessage(format: FormatName, receivedAtMs: number): MessageDraft {
  return {
    vhost: "/",
    exchange: "",
    routingKey: "",
    moreKeys: undefined,
    topic: undefined,
    publisher: undefined,
    durable: undefined,
    priority: undefined,
    qos: undefined,
    retain: false,
    ttlMs: undefined,
    receivedAtMs,
    deaths: undefined,
    format,
    head: NO_BYTES,
    headStart: 0,
    headEnd: 0,
    sections: NO_BYTES,
    sectionsStart: 0,
    sectionsEnd: 0,
    body: NO_BYTES,
    bodyStart: 0,
    bodyEnd: 0,
    holders: 0,
    cached: undefined,
  }
}

/** Copies the envelope facts of `from`; bytes, holders and cache of `to` stay. */
export function copyEnvelope(from: Message, to: MessageDraft): void {
  to.vhost = from.vhost
  to.exchange = from.exchange
  to.routingKey = from.routingKey
  to.moreKeys = from.moreKeys
  to.topic = from.topic
  to.publisher = from.publisher
  to.durable = from.durable
  to.priority = from.priority
  to.qos = from.qos
  to.retain = from.retain
  to.ttlMs = from.ttlMs
  to.receivedAtMs = from.receivedAtMs
  to.deaths = from.deaths
}

/** Has `to` share the bytes of `from`. */
export function shareBytes(from: Message, to: MessageDraft): void {
  to.head = from.head
  to.headStart = from.headStart
  to.headEnd = from.headEnd
  to.sections = from.sections
  to.sectionsStart = from.sectionsStart
  to.sectionsEnd = from.sectionsEnd
  to.body = from.body
  to.bodyStart = from.bodyStart
  to.bodyEnd = from.bodyEnd
}

/** Makes `draft` an empty conversion of `source`: its envelope, without what the target's own fields say, and no body. */
export function beginConversion(source: Message, draft: MessageDraft): void {
  copyEnvelope(source, draft)
  draft.durable = undefined
  draft.priority = undefined
  draft.qos = undefined
  draft.ttlMs = undefined
  draft.body = NO_BYTES
  draft.bodyStart = 0
  draft.bodyEnd = 0
  draft.cached = undefined
  draft.holders = 0
}

/** Bytes that the message itself occupies, without what its entries and envelope cost. */
export function messageBytes(message: Message): number {
  return (
    message.headEnd -
    message.headStart +
    (message.sectionsEnd - message.sectionsStart) +
    (message.bodyEnd - message.bodyStart)
  )
}

/** The quality of service a message counts as: as published by MQTT, else by durability. */
export function effectiveQos(message: Message): Qos {
  return message.qos ?? (message.durable === true ? 1 : 0)
}
