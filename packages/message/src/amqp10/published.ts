import type { Published } from "../format.ts"
import { createMessage } from "../message.ts"
import { isList, type Value } from "../value.ts"
import { readValue } from "./read.ts"
import { SECTION, sectionCode, sectionContent } from "./sections.ts"
import { validateAmqp10Message } from "./validate.ts"
import { valueEnd } from "./values.ts"

type HopField = Published["hop"][number]

/** Fields of the header that end at the hop, by their place in its list. */
const HOP_FIELDS = [
  { place: 3, field: "header.first-acquirer" },
  { place: 4, field: "header.delivery-count" },
] as const

/**
 * `Format.published`: all sections of a message as transfers carry them. Delivery annotations are one hop field, whose
 * value is their map. Raises `DecodeError`, `PropertyError`.
 */
export function published(bytes: Uint8Array, receivedAtMs: number): Published {
  const message = createMessage("amqp10", receivedAtMs)
  validateAmqp10Message(bytes, 0, bytes.length, message)
  const hop: HopField[] = []
  for (let at = 0; at < bytes.length; ) {
    const code = sectionCode(bytes, at, bytes.length)
    const content = sectionContent(bytes, at)
    at = valueEnd(bytes, content)
    if (code === SECTION.header) hop.push(...headerFields(readValue(bytes, content, at)))
    else if (code === SECTION.deliveryAnnotations) {
      hop.push({ field: "delivery-annotations.*", value: readValue(bytes, content, at) })
    }
  }
  return { message, hop }
}

function headerFields({ value: fields }: Value): readonly HopField[] {
  if (!isList(fields)) return []
  return HOP_FIELDS.flatMap(({ place, field }) => {
    const value = fields[place]
    return value === undefined || value.type === "null" ? [] : [{ field, value }]
  })
}
