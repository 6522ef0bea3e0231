import { readUint16, readUint32 } from "@polymq/wire"
import type { FieldIndex } from "../field-index.ts"
import type { Message } from "../message.ts"
import {
  EXPIRATION,
  firstProperty,
  flagOf,
  HEADERS,
  PAYLOAD,
  PROPERTY_TYPE,
  PROPERTY_WIDTH,
  propertyEnd,
} from "./properties.ts"
import { TYPE_OF_TAG, typeNumber, WIDTH } from "./values.ts"

const SHORTSTR = typeNumber("shortstr")
const BOOL = typeNumber("bool")
const PAYLOAD_TYPE = typeNumber("payload")

const TRUE = Uint8Array.of(1)

/** `Format.scan`. An expiration that no longer counts, because the envelope has no ttl, is not listed. */
export function scan(message: Message, index: FieldIndex): void {
  index.reset()
  if (message.headEnd > message.headStart) scanProperties(message, index)
  index.add(PAYLOAD, PAYLOAD_TYPE, message.body, message.bodyStart, message.bodyEnd)
}

function scanProperties(message: Message, index: FieldIndex): void {
  const { head, headStart } = message
  let at = headStart + 2
  for (let rest = readUint16(head, headStart); rest !== 0; ) {
    const field = firstProperty(rest)
    rest &= ~flagOf(field)
    const next = propertyEnd(field, head, at)
    if (field === HEADERS) scanHeaders(head, at + 4, next, index)
    else if (field !== EXPIRATION || message.ttlMs !== undefined) {
      const prefix = (PROPERTY_WIDTH[field] as number) < 0 ? 1 : 0
      index.add(field, PROPERTY_TYPE[field] as number, head, at + prefix, next)
    }
    at = next
  }
}

function scanHeaders(bytes: Uint8Array, start: number, end: number, index: FieldIndex): void {
  let at = start | 0
  while (at < end) {
    const keyEnd = at + 1 + (bytes[at] as number)
    const type = TYPE_OF_TAG[bytes[keyEnd] as number] as number
    const width = WIDTH[type] as number
    const from = width < 0 ? keyEnd + 5 : keyEnd + 1
    const to = width < 0 ? from + readUint32(bytes, keyEnd + 1) : from + width
    const slot = index.addEntry(HEADERS, SHORTSTR, bytes, at + 1, keyEnd, type, from, to)
    // Any octet but 0 is true on the wire; a slot holds 1.
    if (type === BOOL && (bytes[from] as number) > 1) slot.setValue(TRUE, 0, 1)
    at = to
  }
}
