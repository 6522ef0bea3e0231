import type { FieldIndex } from "../field-index.ts"
import { CODE, IS_ENCODED, LAYOUT, LAYOUTS, TYPE_OF_CODE } from "./constructors.ts"
import { contentStart, valueEnd } from "./values.ts"

/** Where the one byte of a boolean is that has none on the wire: false at 0, true at 1. */
export const BOOLEANS: Uint8Array = Uint8Array.of(0, 1)

/**
 * Lists the value at `start`, which has been checked, in a slot and returns the offset behind it. `keyStart` is -1 where
 * it is no map entry's.
 */
export function addValue(
  field: number,
  bytes: Uint8Array,
  start: number,
  keyType: number,
  keyStart: number,
  keyEnd: number,
  index: FieldIndex,
): number {
  const code = bytes[start] as number
  const type = TYPE_OF_CODE[code] as number
  const layout = LAYOUTS[code] as number
  let from = start + 2
  let end = from
  if (layout === LAYOUT.variable8) end += bytes[start + 1] as number
  else {
    end = valueEnd(bytes, start)
    if (code === CODE.true || code === CODE.false) {
      const isTrue = code === CODE.true
      if (keyStart >= 0) index.addBooleanEntry(field, type, isTrue, bytes, keyType, keyStart, keyEnd)
      else index.add(field, type, BOOLEANS, isTrue ? 1 : 0, isTrue ? 2 : 1)
      return end
    }
    from = IS_ENCODED[code] === 1 ? start : contentStart(code, start)
  }
  index.addEntry(field, type, bytes, from, end, keyType, keyStart, keyEnd)
  return end
}
