import type { Message } from "../message.ts"
import type { Value } from "../value.ts"
import { CODE } from "./constructors.ts"
import { readValue } from "./read.ts"
import { SECTION, sectionCode, sectionContent } from "./sections.ts"
import { elementsStart, valueEnd } from "./values.ts"

/** Place of each property in the list of its section (part 3, section 3.2.4). */
const PLACES = {
  "message-id": 0,
  "user-id": 1,
  to: 2,
  subject: 3,
  "reply-to": 4,
  "correlation-id": 5,
  "content-type": 6,
  "content-encoding": 7,
  "absolute-expiry-time": 8,
  "creation-time": 9,
  "group-id": 10,
  "group-sequence": 11,
  "reply-to-group-id": 12,
} as const

export type PropertyName = keyof typeof PLACES

/** One property of a message, for what a door decides by it (`to` on an anonymous link, `user-id`); undefined when absent. */
export function amqp10Property(message: Message, name: PropertyName): Value | undefined {
  const { sections: bytes, sectionsStart: start, sectionsEnd } = message
  if (start >= sectionsEnd || sectionCode(bytes, start, sectionsEnd) !== SECTION.properties) return undefined
  const list = sectionContent(bytes, start)
  const end = valueEnd(bytes, list)
  let at = elementsStart(bytes, list)
  for (let left: number = PLACES[name]; left > 0 && at < end; left--) at = valueEnd(bytes, at)
  return at >= end || bytes[at] === CODE.null ? undefined : readValue(bytes, at, valueEnd(bytes, at))
}
