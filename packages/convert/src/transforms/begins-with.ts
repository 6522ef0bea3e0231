import type { Slot } from "@polymq/message"

/** Whether the value of a slot begins with `wanted`. */
export function beginsWith({ bytes, start, end }: Slot, wanted: Uint8Array): boolean {
  return octetsBeginWith(bytes, start, end, wanted)
}

/** Whether the key of a map entry begins with `wanted`. */
export function keyBeginsWith({ keyBytes, keyStart, keyEnd }: Slot, wanted: Uint8Array): boolean {
  return octetsBeginWith(keyBytes, keyStart, keyEnd, wanted)
}

/** Whether the key of a map entry is one of these. */
export function isKeyOneOf(slot: Slot, keys: readonly Uint8Array[]): boolean {
  const length = slot.keyEnd - slot.keyStart
  for (const key of keys) if (key.length === length && keyBeginsWith(slot, key)) return true
  return false
}

function octetsBeginWith(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start < wanted.length) return false
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false
  return true
}
