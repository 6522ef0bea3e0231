import { type Published, publishedAmqp091 } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"

type Text = string | Uint8Array

/** A field value of AMQP 0.9.1 as its letter and its bytes behind the letter, in hexadecimal; spaces are ignored. */
export interface FieldValue {
  readonly letter: string
  readonly bytes: Uint8Array
}

/** What a test publishes by AMQP 0.9.1. */
export interface Amqp091Content {
  readonly contentType?: Text
  readonly contentEncoding?: Text
  readonly headers?: readonly (readonly [key: Text, value: FieldValue])[]
  readonly deliveryMode?: number
  readonly priority?: number
  readonly correlationId?: Text
  readonly replyTo?: Text
  readonly expiration?: Text
  readonly messageId?: Text
  readonly timestamp?: bigint
  readonly type?: Text
  readonly userId?: Text
  readonly appId?: Text
  readonly clusterId?: Text
  readonly body?: Text
}

/** A field value by its letter and bytes: `field("I", "00 00 00 2a")`. */
export function field(letter: string, hex: string): FieldValue {
  return { letter, bytes: Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")) }
}

/** A longstr field value. */
export function longstr(text: Text): FieldValue {
  const writer = new ByteWriter()
  const bytes = bytesOf(text)
  writer.uint32(bytes.length)
  writer.copy(bytes)
  return { letter: "S", bytes: writer.take() }
}

/** Property flags and property list (AMQP 0.9.1 section 4.2.6.1). */
function amqp091Properties(content: Amqp091Content): Uint8Array {
  const writer = new ByteWriter()
  let flags = 0
  writer.skip(2)
  put(0, content.contentType)
  put(1, content.contentEncoding)
  if (content.headers !== undefined) {
    flags |= 0x8000 >>> 2
    const start = writer.skip(4)
    for (const [key, value] of content.headers) {
      putShort(writer, key)
      writer.uint8(value.letter.charCodeAt(0))
      writer.copy(value.bytes)
    }
    writer.patchUint32(start, writer.at - start - 4)
  }
  putOctet(3, content.deliveryMode)
  putOctet(4, content.priority)
  put(5, content.correlationId)
  put(6, content.replyTo)
  put(7, content.expiration)
  put(8, content.messageId)
  if (content.timestamp !== undefined) {
    flags |= 0x8000 >>> 9
    writer.uint64(content.timestamp)
  }
  put(10, content.type)
  put(11, content.userId)
  put(12, content.appId)
  put(13, content.clusterId)
  writer.patchUint16(0, flags)
  return writer.take()

  function put(bit: number, value: Text | undefined): void {
    if (value === undefined) return
    flags |= 0x8000 >>> bit
    putShort(writer, value)
  }

  function putOctet(bit: number, value: number | undefined): void {
    if (value === undefined) return
    flags |= 0x8000 >>> bit
    writer.uint8(value)
  }
}

/** The content as its receiver sees it, published at 1 s after the epoch. */
export function amqp091Publish(content: Amqp091Content): Published {
  return publishedAmqp091(amqp091Properties(content), bytesOf(content.body ?? ""), 1000)
}

function putShort(writer: ByteWriter, value: Text): void {
  const bytes = bytesOf(value)
  writer.uint8(bytes.length)
  writer.copy(bytes)
}

function bytesOf(value: Text): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value
}
