import type { Transform } from "../table.ts"
import { CONVERTED, lost, narrowed } from "../verdict.ts"
import { putUnsignedText } from "./unsigned.ts"

const LONG_BYTES = 8

const RANGE = lost("range")
const WRAPPED = narrowed("wrapped")

/** An unsigned integer of 0 to 8 bytes to its decimal text. */
export const unsignedToText: Transform = {
  name: "unsignedToText",
  text: "number to decimal text",
  apply: (slot, out) => {
    putUnsignedText(out.writer, slot)
    return CONVERTED
  },
}

/** An unsigned integer of 0 to 8 bytes to a signed one of 8; those above 2^63-1 are lost. */
export const unsignedToLong: Transform = {
  name: "unsignedToLong",
  text: "at most 9 223 372 036 854 775 807",
  apply: ({ bytes, start, end }, out) => {
    const padding = LONG_BYTES - (end - start)
    if (padding === 0 && (bytes[start] as number) >= 0x80) return RANGE
    for (let left = padding; left > 0; left--) out.writer.uint8(0)
    out.writer.copy(bytes, start, end)
    return CONVERTED
  },
}

/** An unsigned integer of 0 to 8 bytes to the same 64 bits with a sign: 2^64-1 becomes -1. */
export const unsignedToWrappedLong: Transform = {
  name: "unsignedToWrappedLong",
  text: "the same 64 bits with a sign",
  apply: ({ bytes, start, end }, { writer }) => {
    const padding = LONG_BYTES - (end - start)
    for (let left = padding; left > 0; left--) writer.uint8(0)
    writer.copy(bytes, start, end)
    return padding === 0 && (bytes[start] as number) >= 0x80 ? WRAPPED : CONVERTED
  },
}
