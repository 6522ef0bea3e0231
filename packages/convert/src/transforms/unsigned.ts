import type { Slot } from "@polymq/message"
import { readUint64 } from "@polymq/wire"

/** The unsigned integer in a slot of 0 to 8 bytes; rounded beyond 2^53. */
export function unsignedOf({ bytes, start, end }: Slot): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] as number)
  return value
}

/** The decimal text of an unsigned integer of 0 to 8 bytes, exact. */
export function unsignedText(slot: Slot): string {
  const value = unsignedOf(slot)
  if (value <= Number.MAX_SAFE_INTEGER) return String(value)
  return String(readUint64(slot.bytes, slot.start))
}

/** The decimal text of a two's complement integer of 1 to 8 bytes, exact. */
export function signedText(slot: Slot): string {
  const { bytes, start, end } = slot
  if ((bytes[start] as number) < 0x80) return unsignedText(slot)
  const bits = (end - start) * 8
  return bits < 64 ? String(unsignedOf(slot) - 2 ** bits) : String(BigInt.asIntN(64, readUint64(bytes, start)))
}
