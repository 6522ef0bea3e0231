import { amqp10BodyEnd, Described, type Message, readAmqp10Value, skipAmqp10Value, type Value } from "@polymq/message"
import { textProperty } from "../session/message-properties.ts"
import { Refusal } from "./refusal.ts"

/** A request as its message says it (HTTP over AMQP, working draft 6; Link Pair 1.0, 2.1). */
export interface Request {
  /** GET, PUT, POST, DELETE. */
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly body: Value
}

/** The reply address that means the other link of the pair (Link Pair 1.0, 2.1). */
const REPLY_TO_PAIR = "$me"

/** Section amqp-value by its descriptors (AMQP 1.0 part 3, 3.2.8). */
const AMQP_VALUE: ReadonlySet<unknown> = new Set([0x77n, "amqp:amqp-value:*"])

/** Reads a request. Raises `Refusal` 400 for what is missing, `Amqp10Error` and `DecodeError` for what is malformed. */
export function readRequest(message: Message): Request {
  const method = textProperty(message, "subject")
  const target = textProperty(message, "to")
  if (method === undefined) throw new Refusal(400, "a request needs a method: the property subject")
  if (target === undefined) throw new Refusal(400, "a request needs a path: the property to")
  if (textProperty(message, "reply-to") !== REPLY_TO_PAIR) {
    throw new Refusal(400, `a request is answered on its link pair: the property reply-to has to be ${REPLY_TO_PAIR}`)
  }
  return { method, target, body: bodyOf(message) }
}

function bodyOf(message: Message): Value {
  const { body: bytes, bodyStart: start } = message
  const end = amqp10BodyEnd(message)
  const section = skipAmqp10Value(bytes, start, end) === end ? readAmqp10Value(bytes, start, end).value : undefined
  if (section instanceof Described && AMQP_VALUE.has(section.descriptor.value)) return section.value
  throw new Refusal(400, "the body of a request is one amqp-value section")
}
