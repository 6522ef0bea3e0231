import { cloneBytes } from "@polymq/wire"
import type { FormatName } from "./envelope.ts"
import { FieldIndex } from "./field-index.ts"
import { formatOf } from "./formats.ts"
import type { Message } from "./message.ts"
import type { Value } from "./value.ts"

/** One field of a message, decoded. */
export interface DecodedField {
  /** Name in `Format.fields`. */
  readonly field: string
  /** Key of a map entry; undefined for other fields. */
  readonly key: Value | undefined
  readonly value: Value
}

/** A message for people: what `decode` makes of it. */
export interface DecodedMessage {
  readonly format: FormatName
  /** In wire order; the payload is one of them. */
  readonly fields: readonly DecodedField[]
  /** Copy of the body's bytes: the payload, or the AMQP 1.0 body sections and footer. */
  readonly body: Uint8Array
}

/** Decodes everything a message says, by `Format.scan` and `Format.read`; for inspection and explanation, not for deliveries. */
export function decode(message: Message): DecodedMessage {
  const format = formatOf(message.format)
  const index = new FieldIndex()
  format.scan(message, index)
  const fields = index.list().map((slot) => ({
    field: format.fields[slot.field]?.name ?? "",
    key: slot.keyStart < 0 ? undefined : format.readKey(slot),
    value: format.read(slot),
  }))
  return { format: message.format, fields, body: cloneBytes(message.body, message.bodyStart, message.bodyEnd) }
}
