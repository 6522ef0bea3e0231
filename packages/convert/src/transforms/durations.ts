import { parseAmqp091Expiration } from "@polymq/message"
import type { Transform } from "../table.ts"
import { CONVERTED, lost, narrowed } from "../verdict.ts"
import { putAscii } from "./put-ascii.ts"
import { unsignedOf } from "./unsigned.ts"

const MAX_UINT32 = 0xffff_ffff

const NOT_A_NUMBER = lost("not-a-number")
const ROUNDED = narrowed("rounded")
const CLAMPED = narrowed("clamped")

/** Seconds as an integer to milliseconds as decimal text: 60 becomes "60000". */
export const secondsToMillisecondsText: Transform = {
  name: "secondsToMillisecondsText",
  text: "seconds to milliseconds, as decimal text",
  apply: (_message, index, slot, _names, out) => {
    const seconds = unsignedOf(index, slot)
    putAscii(out.writer, seconds === 0 ? "0" : `${seconds}000`)
    return CONVERTED
  },
}

/**
 * Milliseconds as decimal text to seconds as a four-byte integer: "1" becomes 1, "60000" becomes 60. Rounded up, because
 * a message must not expire before its publisher allows; above 4 294 967 295 seconds clamped.
 */
export const millisecondsTextToSeconds: Transform = {
  name: "millisecondsTextToSeconds",
  text: "milliseconds as decimal text to seconds, rounded up, at most 4 294 967 295",
  apply: (_message, index, slot, _names, out) => {
    const bytes = index.bytes[slot] as Uint8Array
    const milliseconds = parseAmqp091Expiration(bytes, index.start[slot] as number, index.end[slot] as number)
    if (milliseconds < 0) return NOT_A_NUMBER
    const seconds = Math.ceil(milliseconds / 1000)
    if (seconds > MAX_UINT32) {
      out.writer.uint32(MAX_UINT32)
      return CLAMPED
    }
    out.writer.uint32(seconds)
    return seconds * 1000 === milliseconds ? CONVERTED : ROUNDED
  },
}
