import {
  AMQP10_DESCRIPTORS as DESCRIPTORS,
  Described,
  isList,
  readAmqp10Value,
  skipAmqp10Value,
  type Value,
} from "@polymq/message"
import { DecodeError } from "@polymq/wire"
import { NOTHING } from "./arguments.ts"

/** A request as its message says it (HTTP over AMQP, working draft 6). What is absent, or not of its type, is undefined. */
export interface Request {
  readonly messageId: Value | undefined
  /** GET, PUT, POST, DELETE: the property subject. */
  readonly method: string | undefined
  /** Path and query: the property to. */
  readonly target: string | undefined
  readonly replyTo: string | undefined
  /** Null when there is no amqp-value section. */
  readonly body: Value
}

/** Places of properties in their list (AMQP 1.0 part 3, 3.2.4). */
const PLACE = { messageId: 0, to: 2, subject: 3, replyTo: 4 } as const

/** Types that a message-id may have (part 3, 3.2.11 to 3.2.14). */
const MESSAGE_ID_TYPES: ReadonlySet<string> = new Set(["ulong", "uuid", "binary", "string"])

/**
 * Reads a request in whatever order its sections come: there are clients that send the body first, and RabbitMQ does not
 * mind. Raises `DecodeError`.
 */
export function readRequest(bytes: Uint8Array, start: number, end: number): Request {
  let properties: readonly Value[] = []
  let body = NOTHING
  for (let at = start; at < end; ) {
    const next = skipAmqp10Value(bytes, at, end)
    const { value: section } = readAmqp10Value(bytes, at, next)
    if (!(section instanceof Described)) throw new DecodeError("MALFORMED", "a section expected")
    const { descriptor, value } = section
    if (isSection(descriptor, "amqp:properties:list") && isList(value.value)) properties = value.value
    if (isSection(descriptor, "amqp:amqp-value:*")) body = value
    at = next
  }
  const messageId = properties[PLACE.messageId]
  return {
    messageId: messageId !== undefined && MESSAGE_ID_TYPES.has(messageId.type) ? messageId : undefined,
    method: textOf(properties[PLACE.subject]),
    target: textOf(properties[PLACE.to]),
    replyTo: textOf(properties[PLACE.replyTo]),
    body,
  }
}

/** A descriptor is a number or a symbol. */
function isSection({ value }: Value, name: keyof typeof DESCRIPTORS): boolean {
  return value === name || value === BigInt(DESCRIPTORS[name])
}

function textOf(value: Value | undefined): string | undefined {
  return value?.type === "string" && typeof value.value === "string" ? value.value : undefined
}
