import { readUint16 } from "@polymq/wire"
import type { FieldIndex } from "../field-index.ts"
import type { Message } from "../message.ts"
import {
  BINARY,
  BITS,
  EXPIRY,
  FIELD_OF_PROPERTY,
  FIELD_TYPE,
  PAYLOAD,
  QOS,
  RETAIN,
  USER_PROPERTY,
  UTF8,
} from "./fields.ts"
import { PREFIX_BYTES, propertyAt, valueEnd } from "./values.ts"

/**
 * `Format.scan`. QoS and RETAIN come from the envelope, of RETAIN only 1; a message expiry interval that no longer
 * counts, because the envelope has no ttl, is not listed.
 */
export function scan(message: Message, index: FieldIndex): void {
  index.reset()
  if (message.qos !== undefined) index.addNumber(QOS, BITS, message.qos, 1)
  if (message.retain) index.addNumber(RETAIN, BITS, 1, 1)
  if (message.headStart < message.headEnd) scanProperties(message, index)
  index.add(PAYLOAD, BINARY, message.body, message.bodyStart, message.bodyEnd)
}

function scanProperties(message: Message, index: FieldIndex): void {
  const { head, headEnd } = message
  for (let at = message.headStart; at < headEnd; ) {
    const property = propertyAt(head, at)
    const next = valueEnd(property, head, at + 1)
    const field = FIELD_OF_PROPERTY[property] as number
    if (field === USER_PROPERTY) {
      const keyEnd = at + 3 + readUint16(head, at + 1)
      index.addEntry(field, UTF8, head, at + 3, keyEnd, UTF8, keyEnd + 2, next)
    } else if (field !== EXPIRY || message.ttlMs !== undefined) {
      index.add(field, FIELD_TYPE[field] as number, head, at + 1 + (PREFIX_BYTES[property] as number), next)
    }
    at = next
  }
}
