import type { Access } from "@polymq/broker"
import {
  amqp091UserId,
  createMessage,
  type Message,
  type MessageDraft,
  validateAmqp091Properties,
} from "@polymq/message"
import { copyBytes, DecodeError, readUint16, readUint32 } from "@polymq/wire"
import { BASIC_CLASS, CONTENT_HEADER_BYTES, REPLY_TO_FLAG, USER_ID_FLAG } from "../codec/constants.ts"
import { decodePublish, type PublishArguments } from "../codec/hot.ts"
import { LastShortstr } from "../codec/short-strings.ts"
import { Amqp091Error } from "../errors.ts"
import type { GatheredBytes } from "./gathered-bytes.ts"
import { resolveReplyTo } from "./reply-address.ts"
import { CHANNEL_INPUT, type Expected } from "./states.ts"

/** What a publisher needs of its surroundings. */
export interface PublisherContext {
  readonly access: Access
  readonly maxMessageBytes: number
  /** Where replies reach the channel's reply consumer; undefined when it has none. */
  readonly replyName: string | undefined
  readonly gathered: GatheredBytes
  nowMs(): number
  /** Takes a message whose content is complete. */
  publish(message: Message, mandatory: boolean): void
}

/** Where the last basic.publish has its arguments; used and read within one frame. */
const ARGUMENTS: PublishArguments = {
  exchangeStart: 0,
  exchangeEnd: 0,
  keyStart: 0,
  keyEnd: 0,
  mandatory: false,
  immediate: false,
}

/**
 * Puts the frames of a publish together: method, content header, body (4.2.6). A body that comes in one frame is lent
 * from the chunk it came in; a longer one is gathered in a buffer that grows with what has arrived.
 */
export class Publisher {
  /** What has to come next. */
  expected: Expected = "method"
  readonly #context: PublisherContext
  readonly #lastExchange = new LastShortstr()
  readonly #lastKey = new LastShortstr()
  #exchange = ""
  #routingKey = ""
  #mandatory = false
  #message: MessageDraft | undefined
  #bodyBytes = 0
  #receivedBytes = 0
  /** Size of the buffer that the body has moved to from its first frame; 0 while it has not. */
  #ownBytes = 0

  constructor(context: PublisherContext) {
    this.#context = context
  }

  /** Takes the arguments of a basic.publish. Raises `DecodeError` and `Amqp091Error`. */
  begin(bytes: Uint8Array, start: number, end: number): void {
    decodePublish(bytes, start, end, ARGUMENTS)
    this.#exchange = this.#lastExchange.decode(bytes, ARGUMENTS.exchangeStart, ARGUMENTS.exchangeEnd)
    this.#routingKey = this.#lastKey.decode(bytes, ARGUMENTS.keyStart, ARGUMENTS.keyEnd)
    if (ARGUMENTS.immediate) throw new Amqp091Error("NOT_IMPLEMENTED", "immediate=true")
    this.#mandatory = ARGUMENTS.mandatory
    this.expected = "header"
  }

  /** Takes a content header (4.2.6.1). Raises `DecodeError`, `PropertyError` and `Amqp091Error`. */
  header(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < CONTENT_HEADER_BYTES) throw new DecodeError("TRUNCATED", "a content header ends early")
    const classId = readUint16(bytes, start)
    if (classId !== BASIC_CLASS) {
      throw new Amqp091Error(
        "UNEXPECTED_FRAME",
        `expected content header for class ${BASIC_CLASS}, got one for class ${classId} instead`,
      )
    }
    const bodyBytes = readUint32(bytes, start + 4) * 0x1_0000_0000 + readUint32(bytes, start + 8)
    if (bodyBytes > this.#context.maxMessageBytes) {
      throw new Amqp091Error(
        "PRECONDITION_FAILED",
        `message size ${bodyBytes} is larger than configured max size ${this.#context.maxMessageBytes}`,
      )
    }
    const { access } = this.#context
    const message = createMessage("amqp091", this.#context.nowMs())
    message.vhost = access.vhost
    message.exchange = this.#exchange
    message.routingKey = this.#routingKey
    message.publisher = access.connection
    const propertiesAt = start + CONTENT_HEADER_BYTES
    validateAmqp091Properties(bytes, propertiesAt, end, message)
    const flags = readUint16(bytes, propertiesAt)
    if ((flags & USER_ID_FLAG) !== 0) checkUserId(message, access.user)
    if ((flags & REPLY_TO_FLAG) !== 0) resolveReplyTo(message, this.#context.replyName)
    this.#message = message
    this.#bodyBytes = bodyBytes
    this.#receivedBytes = 0
    if (bodyBytes === 0) this.#finish(message)
    else this.expected = "body"
  }

  /** Takes a part of the body. Raises `Amqp091Error`. */
  body(bytes: Uint8Array, start: number, end: number): void {
    const message = this.#message
    if (message === undefined) throw new Amqp091Error("UNEXPECTED_FRAME", CHANNEL_INPUT.method.words)
    const size = end - start
    const total = this.#receivedBytes + size
    if (total > this.#bodyBytes) {
      throw new Amqp091Error("FRAME_ERROR", `${total} octets of body, ${this.#bodyBytes} were announced`)
    }
    if (this.#receivedBytes === 0) {
      message.body = bytes
      message.bodyStart = start
      message.bodyEnd = end
    } else {
      this.#append(message, bytes, start, end)
    }
    this.#receivedBytes = total
    if (total === this.#bodyBytes) this.#finish(message)
  }

  /** Forgets an unfinished publish. */
  clear(): void {
    if (this.#ownBytes > 0) this.#context.gathered.give(this.#ownBytes)
    this.#ownBytes = 0
    this.#message = undefined
    this.expected = "method"
  }

  #append(message: MessageDraft, bytes: Uint8Array, start: number, end: number): void {
    const size = message.bodyEnd - message.bodyStart
    const total = size + end - start
    if (total > this.#ownBytes) {
      const grownBytes = Math.min(this.#bodyBytes, Math.max(total, size * 2))
      this.#context.gathered.take(grownBytes - this.#ownBytes)
      this.#ownBytes = grownBytes
      const grown = new Uint8Array(grownBytes)
      copyBytes(message.body, message.bodyStart, message.bodyEnd, grown, 0)
      message.body = grown
      message.bodyStart = 0
    }
    copyBytes(bytes, start, end, message.body, size)
    message.bodyEnd = total
  }

  #finish(message: Message): void {
    this.clear()
    this.#context.publish(message, this.#mandatory)
  }
}

/** Only the user who is logged in may be named as the publisher. Raises `Amqp091Error`. */
function checkUserId(message: Message, user: string): void {
  const claimed = amqp091UserId(message)
  if (claimed === undefined || claimed === user) return
  throw new Amqp091Error(
    "PRECONDITION_FAILED",
    `user_id property set to '${claimed}' but authenticated user was '${user}'`,
  )
}
