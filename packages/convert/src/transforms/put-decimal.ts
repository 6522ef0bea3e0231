import type { ByteWriter } from "@polymq/wire"

const ZERO = 0x30

/** Writes a non-negative integer below 2^53 in decimal; no string is made of it. */
export function putDecimal(writer: ByteWriter, value: number): void {
  let digits = 1
  for (let limit = 10; limit <= value; limit *= 10) digits++
  const start = writer.skip(digits)
  const { bytes } = writer
  let rest = value
  for (let at = start + digits - 1; at >= start; at--) {
    const digit = rest % 10
    bytes[at] = ZERO + digit
    rest = (rest - digit) / 10
  }
}
