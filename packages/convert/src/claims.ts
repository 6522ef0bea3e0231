import { NO_BYTES, type Value } from "@polymq/message"
import { asBuffer } from "@polymq/wire"
import type { Step, Write } from "./plan.ts"

/** No claim. */
export const NONE = -1

/**
 * What the fields of one message want to write, as parallel lists that are reused from message to message, so that a
 * conversion allocates nothing.
 */
export class Claims {
  count = 0
  readonly step: Step[] = []
  readonly write: Write[] = []
  /** The value; ignored where `value` is set. */
  readonly bytes: Uint8Array[] = []
  readonly start: number[] = []
  readonly end: number[] = []
  readonly keyBytes: Uint8Array[] = []
  readonly keyStart: number[] = []
  readonly keyEnd: number[] = []
  /** A value that had to be decoded. */
  readonly value: (Value | undefined)[] = []

  /** Adds a claim without key and returns its number. */
  add(step: Step, write: Write, bytes: Uint8Array, start: number, end: number, value: Value | undefined): number {
    const claim = this.count++
    this.step[claim] = step
    this.write[claim] = write
    this.bytes[claim] = bytes
    this.start[claim] = start
    this.end[claim] = end
    this.value[claim] = value
    this.keyBytes[claim] = NO_BYTES
    this.keyStart[claim] = 0
    this.keyEnd[claim] = 0
    return claim
  }

  setKey(claim: number, bytes: Uint8Array, start: number, end: number): void {
    this.keyBytes[claim] = bytes
    this.keyStart[claim] = start
    this.keyEnd[claim] = end
  }
}

/** Compares the keys of two claims octet by octet; a beginning comes before its continuation. */
export function compareKeys(claims: Claims, left: number, right: number): number {
  const leftBytes = claims.keyBytes[left] as Uint8Array
  const rightBytes = claims.keyBytes[right] as Uint8Array
  let at = claims.keyStart[left] as number
  let other = claims.keyStart[right] as number
  const end = claims.keyEnd[left] as number
  const otherEnd = claims.keyEnd[right] as number
  for (; at < end && other < otherEnd; at++, other++) {
    const difference = (leftBytes[at] as number) - (rightBytes[other] as number)
    if (difference !== 0) return difference
  }
  return end - at - (otherEnd - other)
}

/** The key of a claim as a string that is equal where the octets are. */
export function keyText(claims: Claims, claim: number): string {
  const bytes = claims.keyBytes[claim] as Uint8Array
  return asBuffer(bytes).toString("latin1", claims.keyStart[claim], claims.keyEnd[claim])
}
