import type { ByteWriter } from "@polymq/wire"

const ZERO = 0x30

/** What nine digits cannot write; below it, processors divide integers. */
const BILLION = 1e9

/** Writes a non-negative integer below 2^53 in decimal; no string is made of it. */
export function putDecimal(writer: ByteWriter, value: number): void {
  let digits = 1
  for (let limit = 10; limit <= value; limit *= 10) digits++
  const start = writer.skip(digits)
  let end = start + digits
  let rest = value
  for (; rest >= BILLION; end -= 9) {
    const upper = Math.floor(rest / BILLION)
    putDigits(writer.bytes, end - 9, end, rest - upper * BILLION)
    rest = upper
  }
  putDigits(writer.bytes, start, end, rest)
}

/** Writes the last digits of an integer below a billion, as many as there is room for. */
function putDigits(bytes: Uint8Array, start: number, end: number, value: number): void {
  let rest = value | 0
  for (let at = end - 1; at >= start; at--) {
    const tens = (rest / 10) | 0
    bytes[at] = ZERO + rest - tens * 10
    rest = tens
  }
}
