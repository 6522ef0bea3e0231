import { readUint32 } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED, lost, narrowed } from "../verdict.ts"

const TWO_32 = 2 ** 32
/** Above it the upper half of a signed integer of 64 bits says that it is negative. */
const MAX_UPPER = 0x7fff_ffff

const RANGE = lost("range")
const ROUNDED_DOWN = narrowed("rounded-down")

/**
 * A timestamp of AMQP 1.0, in milliseconds since 1970, to one of AMQP 0.9.1, in seconds: 1999 becomes 1. Times before 1970
 * do not exist there. In halves of 32 bits, which a number holds exactly.
 */
export const millisecondsToSeconds: Transform = {
  name: "millisecondsToSeconds",
  text: "milliseconds to seconds, rounded down; not before 1970",
  apply: ({ bytes, start }, out) => {
    const upper = readUint32(bytes, start)
    if (upper > MAX_UPPER) return RANGE
    const rest = (upper % 1000) * TWO_32 + readUint32(bytes, start + 4)
    out.writer.uint32(Math.floor(upper / 1000))
    out.writer.uint32(Math.floor(rest / 1000))
    return rest % 1000 === 0 ? CONVERTED : ROUNDED_DOWN
  },
}

/** A timestamp of AMQP 0.9.1, in seconds since 1970, to one of AMQP 1.0, in milliseconds; those that overflow are lost. */
export const secondsToTimestamp: Transform = {
  name: "secondsToTimestamp",
  text: "seconds to milliseconds, at most 9 223 372 036 854 775 807",
  apply: ({ bytes, start }, out) => {
    const lower = readUint32(bytes, start + 4) * 1000
    const upper = readUint32(bytes, start) * 1000 + Math.floor(lower / TWO_32)
    if (upper > MAX_UPPER) return RANGE
    out.writer.uint32(upper)
    out.writer.uint32(lower % TWO_32)
    return CONVERTED
  },
}
