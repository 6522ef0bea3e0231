import { parseAmqp091Expiration } from "@polymq/message"
import type { Output } from "../output.ts"
import type { Transform } from "../table.ts"
import { CONVERTED, lost, narrowed, type Verdict } from "../verdict.ts"
import { putDecimal } from "./put-decimal.ts"
import { unsignedOf } from "./unsigned.ts"

const MAX_UINT32 = 0xffff_ffff

const NOT_A_NUMBER = lost("not-a-number")
const ROUNDED = narrowed("rounded")
const CLAMPED = narrowed("clamped")
const WRAPPED = narrowed("wrapped")

const TWO_32 = 2 ** 32

/** Seconds as an integer to milliseconds as decimal text: 60 becomes "60000". */
export const secondsToMillisecondsText: Transform = {
  name: "secondsToMillisecondsText",
  text: "seconds to milliseconds, as decimal text",
  apply: (slot, out) => {
    const seconds = unsignedOf(slot)
    putDecimal(out.writer, seconds * 1000)
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
  apply: ({ bytes, start, end }, out) => {
    const milliseconds = parseAmqp091Expiration(bytes, start, end)
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

/** Seconds to milliseconds in four bytes: 60 becomes 60000; above 4 294 967 295 milliseconds (49 days) clamped. */
export const secondsToMilliseconds: Transform = {
  name: "secondsToMilliseconds",
  text: "seconds to milliseconds, at most 4 294 967 295",
  apply: (slot, out) => putMilliseconds(out, unsignedOf(slot) * 1000),
}

/** Milliseconds as decimal text to a four-byte integer; above 4 294 967 295 clamped. */
export const millisecondsTextToMilliseconds: Transform = {
  name: "millisecondsTextToMilliseconds",
  text: "decimal text to a number, at most 4 294 967 295",
  apply: ({ bytes, start, end }, out) => {
    const milliseconds = parseAmqp091Expiration(bytes, start, end)
    return milliseconds < 0 ? NOT_A_NUMBER : putMilliseconds(out, milliseconds)
  },
}

/** Milliseconds as decimal text to a four-byte integer as RabbitMQ makes it: the lower 32 bits. */
export const millisecondsTextToWrappedMilliseconds: Transform = {
  name: "millisecondsTextToWrappedMilliseconds",
  text: "decimal text to a number, its lower 32 bits",
  apply: ({ bytes, start, end }, { writer }) => {
    const milliseconds = parseAmqp091Expiration(bytes, start, end)
    if (milliseconds < 0) return NOT_A_NUMBER
    writer.uint32(milliseconds % TWO_32)
    return milliseconds > MAX_UINT32 ? WRAPPED : CONVERTED
  },
}

/** Milliseconds as decimal text to the same without plus sign and leading zeros, at most 2^53-1. */
export const millisecondsTextToPlainText: Transform = {
  name: "millisecondsTextToPlainText",
  text: "decimal text without plus sign and leading zeros",
  apply: ({ bytes, start, end }, { writer }) => {
    const milliseconds = parseAmqp091Expiration(bytes, start, end)
    if (milliseconds < 0) return NOT_A_NUMBER
    putDecimal(writer, milliseconds)
    return CONVERTED
  },
}

function putMilliseconds({ writer }: Output, milliseconds: number): Verdict {
  writer.uint32(Math.min(milliseconds, MAX_UINT32))
  return milliseconds > MAX_UINT32 ? CLAMPED : CONVERTED
}
