import type { Message } from "../message.ts"
import { SECTION, sectionCode, sectionEnd } from "./sections.ts"

/**
 * Offset in `message.body` where the body sections end and a footer may begin: `[bodyStart, amqp10BodyEnd(message))` is
 * the "AMQP 1.0 encoded binary" of the specification. For messages that were published in this format.
 */
export function amqp10BodyEnd(message: Message): number {
  const { body: bytes, bodyStart: start, bodyEnd: end } = message
  let at = start
  while (at < end && sectionCode(bytes, at, end) !== SECTION.footer) at = sectionEnd(bytes, at)
  return at
}
