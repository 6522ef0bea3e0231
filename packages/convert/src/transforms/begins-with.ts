import type { Slot } from "@polymq/message"

/** Whether the value of a slot begins with `wanted`. */
export function beginsWith({ bytes, start, end }: Slot, wanted: Uint8Array): boolean {
  if (end - start < wanted.length) return false
  for (let at = 0; at < wanted.length; at++) if (bytes[start + at] !== wanted[at]) return false
  return true
}
