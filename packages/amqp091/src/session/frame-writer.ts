import type { Entry, Outbound } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { amqp091PropertiesBytes, type Message, renderAmqp091Properties } from "@polymq/message"
import { ByteWriter, copyBytes, putUint16, putUint32, putUint64 } from "@polymq/wire"
import { encodeMethod } from "../codec/codec.ts"
import {
  BASIC_CLASS,
  CONTENT_HEADER_BYTES,
  FRAME_END,
  FRAME_HEADER_BYTES,
  FRAME_OVERHEAD_BYTES,
  FRAME_TYPE,
  HEARTBEAT_FRAME,
  MIN_FRAME_BYTES,
  REPLY,
} from "../codec/constants.ts"
import { ACK, CONFIRM_FRAME_BYTES, deliverBytes, NACK, putConfirm, putDeliver, putFrameHeader } from "../codec/hot.ts"
import type { ArgumentsOf, MethodName } from "../codec/methods.ts"
import { LastRoute } from "../codec/short-strings.ts"
import { type Amqp091Error, replyText } from "../errors.ts"

/** From this size on a body leaves by reference. */
const SHARED_BODY_BYTES = 1024

/** One method at a time is encoded here before it is copied to its frame. */
const METHOD = new ByteWriter(1024)

/** Routes of deliveries repeat across connections, which all are served by one thread. */
const ROUTE = new LastRoute()

/** Methods that a content header and body follow when the server sends them. */
type ContentMethodName = "basic.get-ok" | "basic.return"

/** Writes frames of one connection. */
export class FrameWriter {
  /** Largest frame in bytes, as negotiated. */
  maxFrameBytes = MIN_FRAME_BYTES
  /** Whether anything was written since somebody set it to false; for heartbeats. */
  hasWritten = false
  readonly #outbound: Outbound
  readonly #converters: Converters
  /** Reservation that is being written. */
  #bytes: Uint8Array = HEARTBEAT_FRAME
  #at = 0

  constructor(outbound: Outbound, converters: Converters) {
    this.#outbound = outbound
    this.#converters = converters
  }

  /** Writes bytes as they are: protocol header, heartbeat. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    copyBytes(bytes, 0, bytes.length, this.#bytes, this.#at)
  }

  method<Name extends MethodName>(channel: number, name: Name, methodArguments: ArgumentsOf<Name>): void {
    METHOD.reset()
    encodeMethod(METHOD, name, methodArguments)
    this.#reserve(FRAME_OVERHEAD_BYTES + METHOD.at)
    this.#putMethod(channel)
  }

  /** Closes a channel, or the connection as channel 0, because of an error in `method`, class and method as one number. */
  close(channel: number, error: Amqp091Error, method: number): void {
    this.method(channel, channel === 0 ? "connection.close" : "channel.close", {
      replyCode: REPLY[error.reply].code,
      replyText: replyText(error),
      classId: method >>> 16,
      methodId: method & 0xffff,
    })
  }

  /** Acknowledges a publish, and with `multiple` all before it. */
  ack(channel: number, deliveryTag: number, multiple: boolean): void {
    this.#reserve(CONFIRM_FRAME_BYTES)
    putConfirm(this.#bytes, this.#at, channel, ACK, deliveryTag, multiple)
  }

  /** Refuses a publish, and with `multiple` all before it. */
  nack(channel: number, deliveryTag: number, multiple: boolean): void {
    this.#reserve(CONFIRM_FRAME_BYTES)
    putConfirm(this.#bytes, this.#at, channel, NACK, deliveryTag, multiple)
  }

  /**
   * Writes a basic.deliver with its content, converted if need be. `deliveryCount` is how often it has failed, where the
   * client is to know; 0 says nothing.
   */
  deliver(channel: number, consumerTag: Uint8Array, deliveryTag: number, entry: Entry, deliveryCount: number): void {
    const original = entry.message
    const message = this.#converters.convert(original, "amqp091")
    const route = ROUTE.encode(original.exchange, original.routingKey)
    const methodBytes = deliverBytes(consumerTag, route)
    this.#reserveContent(methodBytes, message, deliveryCount)
    this.#at = putFrameHeader(this.#bytes, this.#at, FRAME_TYPE.method, channel, methodBytes)
    this.#at = putDeliver(this.#bytes, this.#at, consumerTag, deliveryTag, entry.redelivered, route)
    this.#bytes[this.#at++] = FRAME_END
    this.#putContent(channel, message, original, deliveryCount)
  }

  /** Writes a method with content that is rarer than a delivery. */
  content<Name extends ContentMethodName>(
    channel: number,
    name: Name,
    methodArguments: ArgumentsOf<Name>,
    original: Message,
    deliveryCount = 0,
  ): void {
    const message = this.#converters.convert(original, "amqp091")
    METHOD.reset()
    encodeMethod(METHOD, name, methodArguments)
    this.#reserveContent(METHOD.at, message, deliveryCount)
    this.#putMethod(channel)
    this.#putContent(channel, message, original, deliveryCount)
  }

  #reserve(bytes: number): void {
    const room = this.#outbound.reserve(bytes)
    this.#bytes = room.bytes
    this.#at = room.start
    this.hasWritten = true
  }

  /** Room for the method's frame, the content header's and, where the body is small, the body's. */
  #reserveContent(methodBytes: number, message: Message, deliveryCount: number): void {
    const propertyBytes = amqp091PropertiesBytes(message, this.maxFrameBytes, deliveryCount)
    const bodyBytes = message.bodyEnd - message.bodyStart
    const inPlace = bodyBytes > 0 && bodyBytes < SHARED_BODY_BYTES ? FRAME_OVERHEAD_BYTES + bodyBytes : 0
    this.#reserve(
      FRAME_OVERHEAD_BYTES + methodBytes + FRAME_OVERHEAD_BYTES + CONTENT_HEADER_BYTES + propertyBytes + inPlace,
    )
  }

  #putMethod(channel: number): void {
    const at = putFrameHeader(this.#bytes, this.#at, FRAME_TYPE.method, channel, METHOD.at)
    copyBytes(METHOD.bytes, 0, METHOD.at, this.#bytes, at)
    this.#at = at + METHOD.at
    this.#bytes[this.#at++] = FRAME_END
  }

  #putContent(channel: number, message: Message, original: Message, deliveryCount: number): void {
    const { body, bodyStart, bodyEnd } = message
    const bodyBytes = bodyEnd - bodyStart
    this.#putContentHeader(channel, message, bodyBytes, deliveryCount)
    if (bodyBytes === 0) return
    if (bodyBytes < SHARED_BODY_BYTES) {
      const at = putFrameHeader(this.#bytes, this.#at, FRAME_TYPE.body, channel, bodyBytes)
      copyBytes(body, bodyStart, bodyEnd, this.#bytes, at)
      this.#bytes[at + bodyBytes] = FRAME_END
      return
    }
    // What a conversion wrote itself is overwritten by the next one.
    if (body === original.body) this.#shareBody(channel, body, bodyStart, bodyEnd)
    else this.#shareBody(channel, body.slice(bodyStart, bodyEnd), 0, bodyBytes)
  }

  #putContentHeader(channel: number, message: Message, bodyBytes: number, deliveryCount: number): void {
    const sizeAt = this.#at + 3
    const start = this.#at + FRAME_HEADER_BYTES
    let at = putUint32(this.#bytes, start, BASIC_CLASS * 0x1_0000)
    at = putUint64(this.#bytes, at, bodyBytes)
    at = renderAmqp091Properties(message, this.#bytes, at, this.maxFrameBytes, deliveryCount)
    this.#bytes[this.#at] = FRAME_TYPE.header
    putUint16(this.#bytes, this.#at + 1, channel)
    putUint32(this.#bytes, sizeAt, at - start)
    this.#bytes[at] = FRAME_END
    this.#at = at + 1
  }

  #shareBody(channel: number, body: Uint8Array, start: number, end: number): void {
    const maxPayloadBytes = this.maxFrameBytes - FRAME_OVERHEAD_BYTES
    for (let at = start; at < end; ) {
      const next = Math.min(end, at + maxPayloadBytes)
      this.#reserve(FRAME_HEADER_BYTES)
      putFrameHeader(this.#bytes, this.#at, FRAME_TYPE.body, channel, next - at)
      this.#outbound.share(body, at, next)
      this.#reserve(1)
      this.#bytes[this.#at] = FRAME_END
      at = next
    }
  }
}
