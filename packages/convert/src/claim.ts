import { type FieldIndex, NO_BYTES, type Value } from "@polymq/message"
import { NO_WRITE, type Write } from "./plan.ts"

/** No slot, or no offset. */
export const NONE = -1

/**
 * What the value of one slot wants to write to one target. The objects are reused from message to message, so that a
 * conversion allocates nothing.
 */
export class Claim {
  write: Write = NO_WRITE
  /** Slot of the value; `NONE` while nothing is claimed, and where the claim has lost to another. */
  slot: number = NONE
  /** Where the value starts in `bytes`; `NONE` where it is that of the slot. */
  start: number = NONE
  end: number = NONE
  bytes: Uint8Array = NO_BYTES
  /** A value that had to be decoded, for writes with `isNested`. */
  value: Value | undefined = undefined
  /** First octets of an entry's key, as a number that sorts like them. */
  prefix = 0

  /** Claims for the value of a slot as it is. */
  set(write: Write, slot: number): void {
    this.write = write
    this.slot = slot
    this.start = NONE
  }

  /** Gives the claim other bytes than those of its slot. */
  setBytes(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  keyBytes(index: FieldIndex): Uint8Array {
    return this.write.key ?? (index.bytes[this.slot] as Uint8Array)
  }

  keyStart(index: FieldIndex): number {
    return this.write.key === undefined ? (index.keyStart[this.slot] as number) : 0
  }

  keyEnd(index: FieldIndex): number {
    return this.write.key?.length ?? (index.keyEnd[this.slot] as number)
  }
}
