import type { Slot } from "../slot.ts"
import { CODE, IS_ENCODED, TYPE_OF_CODE } from "./constructors.ts"
import { contentStart, valueEnd } from "./values.ts"

/** Where the one byte of a boolean is that has none on the wire: false at 0, true at 1. */
export const BOOLEANS: Uint8Array = Uint8Array.of(0, 1)

/** Gives a slot type and octets of the value that begins at its start, which has been checked; returns the offset behind it. */
export function locate(slot: Slot): number {
  const { bytes, start } = slot
  const code = bytes[start] as number
  slot.type = TYPE_OF_CODE[code] as number
  const end = valueEnd(bytes, start)
  if (code === CODE.true) slot.setValue(BOOLEANS, 1, 2)
  else if (code === CODE.false) slot.setValue(BOOLEANS, 0, 1)
  else slot.setValue(bytes, IS_ENCODED[code] === 1 ? start : contentStart(code, start), end)
  return end
}
