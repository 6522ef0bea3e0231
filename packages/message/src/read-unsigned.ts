/** The big-endian unsigned integer in `bytes[start, end)`; 0 where there are none, rounded beyond 2^53. */
export function readUnsigned(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) value = value * 256 + (bytes[at] as number)
  return value
}
