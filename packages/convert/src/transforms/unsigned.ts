import type { FieldIndex } from "@polymq/message"
import { readUint64 } from "@polymq/wire"

/** The unsigned integer in a slot of 0 to 8 bytes; rounded beyond 2^53. */
export function unsignedOf(index: FieldIndex, slot: number): number {
  const bytes = index.bytes[slot] as Uint8Array
  const end = index.end[slot] as number
  let value = 0
  for (let at = index.start[slot] as number; at < end; at++) value = value * 256 + (bytes[at] as number)
  return value
}

/** The decimal text of an unsigned integer of 0 to 8 bytes, exact. */
export function unsignedText(index: FieldIndex, slot: number): string {
  const value = unsignedOf(index, slot)
  if (value <= Number.MAX_SAFE_INTEGER) return String(value)
  return String(readUint64(index.bytes[slot] as Uint8Array, index.start[slot] as number))
}

/** The decimal text of a two's complement integer of 1 to 8 bytes, exact. */
export function signedText(index: FieldIndex, slot: number): string {
  const bytes = index.bytes[slot] as Uint8Array
  const start = index.start[slot] as number
  if ((bytes[start] as number) < 0x80) return unsignedText(index, slot)
  const bits = ((index.end[slot] as number) - start) * 8
  return bits < 64 ? String(unsignedOf(index, slot) - 2 ** bits) : String(BigInt.asIntN(64, readUint64(bytes, start)))
}
