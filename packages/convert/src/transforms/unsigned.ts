import { readUnsigned, type Slot } from "@polymq/message"
import { type ByteWriter, readUint64 } from "@polymq/wire"
import { putAscii } from "./put-ascii.ts"
import { putDecimal } from "./put-decimal.ts"

const MINUS = 0x2d

/** The unsigned integer in a slot of 0 to 8 bytes; rounded beyond 2^53. */
export function unsignedOf({ bytes, start, end }: Slot): number {
  return readUnsigned(bytes, start, end)
}

/** Writes the decimal text of an unsigned integer of 0 to 8 bytes, exact. */
export function putUnsignedText(writer: ByteWriter, slot: Slot): void {
  const value = unsignedOf(slot)
  if (value <= Number.MAX_SAFE_INTEGER) putDecimal(writer, value)
  else putAscii(writer, String(readUint64(slot.bytes, slot.start)))
}

/** Writes the decimal text of a two's complement integer of 1 to 8 bytes, exact. */
export function putSignedText(writer: ByteWriter, slot: Slot): void {
  const { bytes, start, end } = slot
  if ((bytes[start] as number) < 0x80) {
    putUnsignedText(writer, slot)
    return
  }
  const bits = (end - start) * 8
  if (bits < 64) {
    writer.uint8(MINUS)
    putDecimal(writer, 2 ** bits - unsignedOf(slot))
  } else putAscii(writer, String(BigInt.asIntN(64, readUint64(bytes, start))))
}
