import { readUint32, readUint64 } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED, narrowed } from "../verdict.ts"
import { putAscii } from "./put-ascii.ts"
import { putDecimal } from "./put-decimal.ts"
import { millisecondsToSeconds, secondsToTimestamp } from "./timestamps.ts"

const TWO_32 = 2 ** 32
/** Above it the upper half of a signed integer of 64 bits says that it is negative. */
const MAX_UPPER = 0x7fff_ffff
/** Up to it an integer of 64 bits is below 2^53. */
const MAX_SAFE_UPPER = 0x1f_ffff

const WRAPPED = narrowed("wrapped")
const ROUNDED = narrowed("rounded")

/**
 * A timestamp of AMQP 1.0 to one of AMQP 0.9.1 as RabbitMQ makes it: rounded towards 1970, and times before that wrap
 * round, so that -1500 becomes 2^64-1.
 */
export const millisecondsToWrappedSeconds: Transform = {
  name: "millisecondsToWrappedSeconds",
  text: "milliseconds to seconds, rounded towards 1970; what is negative wraps round",
  apply: (slot, out, context) => {
    const { bytes, start } = slot
    if (readUint32(bytes, start) <= MAX_UPPER) return millisecondsToSeconds.apply(slot, out, context)
    out.writer.uint64(secondsOf(bytes, start))
    return WRAPPED
  },
}

/** A timestamp of AMQP 0.9.1 to one of AMQP 1.0 as RabbitMQ makes it: the lower 64 bits of the product. */
export const secondsToWrappedTimestamp: Transform = {
  name: "secondsToWrappedTimestamp",
  text: "seconds to milliseconds, the lower 64 bits",
  apply: (slot, out, context) => {
    const verdict = secondsToTimestamp.apply(slot, out, context)
    if (verdict.outcome !== "lost") return verdict
    out.writer.uint64(readUint64(slot.bytes, slot.start) * 1000n)
    return WRAPPED
  },
}

/** A timestamp of AMQP 1.0 to whole seconds since 1970 as decimal text, rounded towards 1970: 1999 becomes "1". */
export const millisecondsToSecondsText: Transform = {
  name: "millisecondsToSecondsText",
  text: "milliseconds to seconds as decimal text, rounded towards 1970",
  apply: ({ bytes, start }, { writer }) => {
    const upper = readUint32(bytes, start)
    if (upper > MAX_SAFE_UPPER) {
      putAscii(writer, String(secondsOf(bytes, start)))
      return ROUNDED
    }
    const milliseconds = upper * TWO_32 + readUint32(bytes, start + 4)
    putDecimal(writer, Math.floor(milliseconds / 1000))
    return milliseconds % 1000 === 0 ? CONVERTED : ROUNDED
  },
}

function secondsOf(bytes: Uint8Array, start: number): bigint {
  return BigInt.asIntN(64, readUint64(bytes, start)) / 1000n
}
