import { BrokerError, type BrokerErrorCode } from "@polymq/broker"
import { PropertyError } from "@polymq/message"
import { DecodeError, type DecodeErrorCode } from "@polymq/wire"
import { REPLY, type ReplyName } from "./codec/constants.ts"
import { cutToFit } from "./codec/short-strings.ts"

/** An error with a reply code of AMQP 0.9.1: it closes the channel or the connection, as the code says (1.2). */
export class Amqp091Error extends Error {
  override readonly name = "Amqp091Error"
  readonly reply: ReplyName

  constructor(reply: ReplyName, explanation: string, options?: ErrorOptions) {
    super(explanation, options)
    this.reply = reply
  }
}

/** Reply for what the broker refuses, by what its error ends: RabbitMQ refuses a vhost with 530 whatever the reason. */
const BROKER_REPLY: Readonly<Record<BrokerErrorCode, { readonly channel: ReplyName; readonly connection: ReplyName }>> =
  {
    NOT_FOUND: { channel: "NOT_FOUND", connection: "NOT_ALLOWED" },
    PRECONDITION_FAILED: { channel: "PRECONDITION_FAILED", connection: "NOT_ALLOWED" },
    ACCESS_REFUSED: { channel: "ACCESS_REFUSED", connection: "NOT_ALLOWED" },
    RESOURCE_LOCKED: { channel: "RESOURCE_LOCKED", connection: "NOT_ALLOWED" },
    NOT_IMPLEMENTED: { channel: "NOT_IMPLEMENTED", connection: "NOT_IMPLEMENTED" },
    NOT_ALLOWED: { channel: "NOT_ALLOWED", connection: "NOT_ALLOWED" },
    LIMIT_EXCEEDED: { channel: "PRECONDITION_FAILED", connection: "NOT_ALLOWED" },
  }

/** Reply for bytes that cannot be decoded. */
const DECODE_REPLY: Readonly<Record<DecodeErrorCode, ReplyName>> = {
  TRUNCATED: "SYNTAX_ERROR",
  MALFORMED: "SYNTAX_ERROR",
  INVALID_UTF8: "SYNTAX_ERROR",
  TOO_LARGE: "FRAME_ERROR",
  TOO_DEEP: "SYNTAX_ERROR",
}

/** The protocol's error for whatever was raised while a frame was handled. */
export function amqp091ErrorOf(cause: unknown): Amqp091Error {
  if (cause instanceof Amqp091Error) return cause
  if (cause instanceof BrokerError) {
    const reply = BROKER_REPLY[cause.code][cause.scope === "connection" ? "connection" : "channel"]
    return new Amqp091Error(reply, cause.message, { cause })
  }
  if (cause instanceof PropertyError) return new Amqp091Error("PRECONDITION_FAILED", cause.message, { cause })
  if (cause instanceof DecodeError) return new Amqp091Error(DECODE_REPLY[cause.code], cause.message, { cause })
  return new Amqp091Error("INTERNAL_ERROR", "the broker failed", { cause })
}

/** Whether the error leaves the connection open. */
export function endsChannelOnly(error: Amqp091Error): boolean {
  return REPLY[error.reply].ends === "channel"
}

/** Reply text in the words RabbitMQ's clients look for: "NOT_FOUND - no queue 'q' in vhost '/'"; at most 255 bytes. */
export function replyText(error: Amqp091Error): string {
  return cutToFit(`${error.reply} - ${error.message}`)
}
