import { DecodeError, decodeUtf8, readUint32 } from "@polymq/wire"
import { CODE } from "./constructors.ts"
import { skipValue } from "./values.ts"

/** Descriptors of AMQP 1.0 by their symbolic names (parts 2 to 5), in the order of their codes. */
export const DESCRIPTORS = {
  "amqp:open:list": 0x10,
  "amqp:begin:list": 0x11,
  "amqp:attach:list": 0x12,
  "amqp:flow:list": 0x13,
  "amqp:transfer:list": 0x14,
  "amqp:disposition:list": 0x15,
  "amqp:detach:list": 0x16,
  "amqp:end:list": 0x17,
  "amqp:close:list": 0x18,
  "amqp:error:list": 0x1d,
  "amqp:received:list": 0x23,
  "amqp:accepted:list": 0x24,
  "amqp:rejected:list": 0x25,
  "amqp:released:list": 0x26,
  "amqp:modified:list": 0x27,
  "amqp:source:list": 0x28,
  "amqp:target:list": 0x29,
  "amqp:delete-on-close:list": 0x2b,
  "amqp:delete-on-no-links:list": 0x2c,
  "amqp:delete-on-no-messages:list": 0x2d,
  "amqp:delete-on-no-links-or-messages:list": 0x2e,
  "amqp:coordinator:list": 0x30,
  "amqp:declare:list": 0x31,
  "amqp:discharge:list": 0x32,
  "amqp:declared:list": 0x33,
  "amqp:transactional-state:list": 0x34,
  "amqp:sasl-mechanisms:list": 0x40,
  "amqp:sasl-init:list": 0x41,
  "amqp:sasl-challenge:list": 0x42,
  "amqp:sasl-response:list": 0x43,
  "amqp:sasl-outcome:list": 0x44,
  "amqp:header:list": 0x70,
  "amqp:delivery-annotations:map": 0x71,
  "amqp:message-annotations:map": 0x72,
  "amqp:properties:list": 0x73,
  "amqp:application-properties:map": 0x74,
  "amqp:data:binary": 0x75,
  "amqp:amqp-sequence:list": 0x76,
  "amqp:amqp-value:*": 0x77,
  "amqp:footer:map": 0x78,
} as const

/** A descriptor that the specification does not know. */
export const UNKNOWN_DESCRIPTOR = -1

const CODES: ReadonlyMap<string, number> = new Map(Object.entries(DESCRIPTORS))

/** The code of the descriptor at `start`, numeric or symbolic, or `UNKNOWN_DESCRIPTOR`. Raises `DecodeError`. */
export function descriptorCode(bytes: Uint8Array, start: number, end: number): number {
  const next = skipValue(bytes, start, end)
  switch (bytes[start]) {
    case CODE.smallulong:
      return bytes[start + 1] as number
    case CODE.ulong:
      return readUint32(bytes, start + 1) === 0 ? readUint32(bytes, start + 5) : UNKNOWN_DESCRIPTOR
    case CODE.sym8:
      return CODES.get(decodeUtf8(bytes, start + 2, next)) ?? UNKNOWN_DESCRIPTOR
    case CODE.sym32:
      return CODES.get(decodeUtf8(bytes, start + 5, next)) ?? UNKNOWN_DESCRIPTOR
    case CODE.ulong0:
      return UNKNOWN_DESCRIPTOR
    default:
      throw new DecodeError("MALFORMED", "a descriptor is a ulong or a symbol")
  }
}
