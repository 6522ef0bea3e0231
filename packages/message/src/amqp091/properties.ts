import { decodeUtf8, readUint16, readUint32 } from "@polymq/wire"
import type { Message } from "../message.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { SHORT_LENGTH, WIDTH } from "./values.ts"

/** Fields of a content header; the first stands for the highest bit of the property flags (section 4.2.6.1). */
const PROPERTY_COUNT = 14

/** Bits of the property flags that no property has: one is reserved, the lowest announces further flags. */
export const NO_PROPERTY_FLAGS = 0b11

/** Number of a field in `FIELDS`. */
function fieldNumber(name: string): number {
  return FIELDS.findIndex((field) => field.name === name)
}

/** The bit of the property flags that announces a field. */
export function flagOf(field: number): number {
  return 0x8000 >>> field
}

/** The property that the highest of `flags` announces; `flags` must not be 0. */
export function firstProperty(flags: number): number {
  return Math.clz32(flags) - 16
}

export const HEADERS = fieldNumber("properties.headers.*")
export const DELIVERY_MODE = fieldNumber("properties.delivery_mode")
export const PRIORITY = fieldNumber("properties.priority")
export const EXPIRATION = fieldNumber("properties.expiration")
const USER_ID = fieldNumber("properties.user_id")
export const PAYLOAD = fieldNumber("payload")

/** Delivery mode of a persistent message; every other one is transient. */
export const PERSISTENT = 2

/** Number of each property's type in `TYPES`; that of the headers is `table`. */
export const PROPERTY_TYPE: Uint8Array = Uint8Array.from(FIELDS.slice(0, PROPERTY_COUNT), (field) =>
  TYPES.findIndex((type) => type.name === (field.isMap ? "table" : field.types[0])),
)

/** Width of each property: bytes, `SHORT_LENGTH` or `LONG_LENGTH`. */
export const PROPERTY_WIDTH: Int8Array = Int8Array.from(PROPERTY_TYPE, (type) => WIDTH[type] as number)

/** Property flags of a message's head; 0 for a head without bytes. */
export function propertyFlags(message: Message): number {
  return message.headEnd > message.headStart ? readUint16(message.head, message.headStart) : 0
}

/** Offset behind the property that begins at `start`, in bytes that have been checked. */
export function propertyEnd(field: number, bytes: Uint8Array, start: number): number {
  const width = PROPERTY_WIDTH[field] as number
  if (width >= 0) return start + width
  return width === SHORT_LENGTH ? start + 1 + (bytes[start] as number) : start + 4 + readUint32(bytes, start)
}

/** Offset of a property, its length included, in a message's head; -1 where it is absent. */
export function propertyStart(message: Message, field: number): number {
  const flags = propertyFlags(message)
  if ((flags & flagOf(field)) === 0) return -1
  let at = message.headStart + 2
  for (let rest = flags; ; ) {
    const current = firstProperty(rest)
    if (current === field) return at
    at = propertyEnd(current, message.head, at)
    rest &= ~flagOf(current)
  }
}

/** Offset in a message's head, which must not be empty, where a property stands or would stand. */
export function propertyPlace(message: Message, field: number): number {
  let at = message.headStart + 2
  const before = propertyFlags(message) & -(flagOf(field) << 1)
  for (let rest = before; rest !== 0; rest &= ~flagOf(firstProperty(rest))) {
    at = propertyEnd(firstProperty(rest), message.head, at)
  }
  return at
}

/** The `user_id` of a message, to be compared with the login; undefined where it is absent. */
export function userId(message: Message): string | undefined {
  const start = propertyStart(message, USER_ID)
  if (start < 0) return undefined
  return decodeUtf8(message.head, start + 1, propertyEnd(USER_ID, message.head, start))
}
