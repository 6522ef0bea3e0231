const ZERO = 0x30
const PLUS = 0x2b

/**
 * Milliseconds that the text of an `expiration` in `bytes[start, end)` stands for, -1 where it is not a non-negative
 * integer. A leading `+` and leading zeros are accepted, as RabbitMQ does; beyond 2^53-1 the result stays there.
 */
export function parseExpiration(bytes: Uint8Array, start: number, end: number): number {
  const first = start < end && bytes[start] === PLUS ? start + 1 : start
  if (first === end) return -1
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = (bytes[at] as number) - ZERO
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return Math.min(value, Number.MAX_SAFE_INTEGER)
}
