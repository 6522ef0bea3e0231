import { DecodeError } from "@polymq/wire"
import { CODE } from "./constructors.ts"
import { DESCRIPTORS, descriptorCode } from "./descriptors.ts"
import { valueEnd } from "./values.ts"

/** Sections of a message (part 3, section 3.2) by the codes of their descriptors, which grow in the order of the sections. */
export const SECTION = {
  header: DESCRIPTORS["amqp:header:list"],
  deliveryAnnotations: DESCRIPTORS["amqp:delivery-annotations:map"],
  messageAnnotations: DESCRIPTORS["amqp:message-annotations:map"],
  properties: DESCRIPTORS["amqp:properties:list"],
  applicationProperties: DESCRIPTORS["amqp:application-properties:map"],
  data: DESCRIPTORS["amqp:data:binary"],
  amqpSequence: DESCRIPTORS["amqp:amqp-sequence:list"],
  amqpValue: DESCRIPTORS["amqp:amqp-value:*"],
  footer: DESCRIPTORS["amqp:footer:map"],
} as const

/** Bytes of a section's descriptor in its smallest encoding. */
export const DESCRIPTOR_BYTES = 3

/** The code of the section at `start`; `sectionContent` then tells where its value is. Raises `DecodeError`. */
export function sectionCode(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < DESCRIPTOR_BYTES || bytes[start] !== CODE.described) {
    throw new DecodeError(start >= end ? "TRUNCATED" : "MALFORMED", "a section expected")
  }
  if (bytes[start + 1] === CODE.smallulong) return bytes[start + 2] as number
  return descriptorCode(bytes, start + 1, end)
}

/** Offset of the value of the section at `start`, whose descriptor has been checked. */
export function sectionContent(bytes: Uint8Array, start: number): number {
  return bytes[start + 1] === CODE.smallulong ? start + DESCRIPTOR_BYTES : valueEnd(bytes, start + 1)
}

/** Offset behind the section at `start`, in bytes that have been checked. */
export function sectionEnd(bytes: Uint8Array, start: number): number {
  return valueEnd(bytes, sectionContent(bytes, start))
}

/** Whether the section is one of those that make the body. */
export function isBody(code: number): boolean {
  return code >= SECTION.data && code <= SECTION.amqpValue
}
