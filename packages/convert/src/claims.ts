import { type FieldIndex, NO_BYTES, type Value } from "@polymq/message"
import { asBuffer } from "@polymq/wire"
import type { Write } from "./plan.ts"

/** No claim, or no offset. */
export const NONE = -1

const FIRST_CAPACITY = 64

/**
 * What the fields of one message want to write, as parallel lists that are reused from message to message, so that a
 * conversion allocates nothing.
 */
export class Claims {
  count = 0
  readonly write: Write[] = []
  /** Slot of the field that claims. */
  slot: Int32Array = new Int32Array(FIRST_CAPACITY)
  /** First octets of an entry's key, as a number that sorts like them. */
  prefix: Int32Array = new Int32Array(FIRST_CAPACITY)
  /** Where the value starts in `bytes`; `NONE` where it is that of the slot. */
  start: Int32Array = new Int32Array(FIRST_CAPACITY)
  end: Int32Array = new Int32Array(FIRST_CAPACITY)
  readonly bytes: Uint8Array[] = []
  /** A value that had to be decoded, for writes with `isNested`. */
  readonly value: (Value | undefined)[] = []

  /** Forgets all claims and makes room for as many as `count`. */
  reset(count: number): void {
    this.count = 0
    if (count <= this.slot.length) return
    this.slot = new Int32Array(count * 2)
    this.prefix = new Int32Array(count * 2)
    this.start = new Int32Array(count * 2)
    this.end = new Int32Array(count * 2)
  }

  /** Makes room for `more` claims beside those that there are. */
  makeRoom(more: number): void {
    const needed = this.count + more
    if (needed <= this.slot.length) return
    this.slot = grown(this.slot, needed * 2)
    this.prefix = grown(this.prefix, needed * 2)
    this.start = grown(this.start, needed * 2)
    this.end = grown(this.end, needed * 2)
  }

  /** Claims a target for the value of a slot as it is; returns the number of the claim. */
  add(write: Write, slot: number): number {
    const claim = this.count++
    this.write[claim] = write
    this.slot[claim] = slot
    this.start[claim] = NONE
    return claim
  }

  /** Gives a claim other bytes than those of its slot. */
  setBytes(claim: number, bytes: Uint8Array, start: number, end: number): void {
    this.bytes[claim] = bytes
    this.start[claim] = start
    this.end[claim] = end
  }

  /** Compares the keys of two claims octet by octet; a beginning comes before its continuation. */
  compareKeys(index: FieldIndex, left: number, right: number): number {
    const difference = (this.prefix[left] as number) - (this.prefix[right] as number)
    if (difference !== 0) return difference
    const leftBytes = this.keyBytesOf(index, left)
    const rightBytes = this.keyBytesOf(index, right)
    const leftStart = this.keyStartOf(index, left)
    const rightStart = this.keyStartOf(index, right)
    const leftLength = this.keyEndOf(index, left) - leftStart
    const rightLength = this.keyEndOf(index, right) - rightStart
    for (let at = 0; at < leftLength && at < rightLength; at++) {
      const octets = (leftBytes[leftStart + at] as number) - (rightBytes[rightStart + at] as number)
      if (octets !== 0) return octets
    }
    return leftLength - rightLength
  }

  /** Makes the key of a claim comparable. */
  setPrefix(index: FieldIndex, claim: number): void {
    const own = this.write[claim]?.key
    const slot = this.slot[claim] as number
    const bytes = own ?? (index.bytes[slot] as Uint8Array)
    const start = own === undefined ? (index.keyStart[slot] as number) : 0
    const length = own === undefined ? (index.keyEnd[slot] as number) - start : own.length
    const first = length > 0 ? (bytes[start] as number) : 0
    const second = length > 1 ? (bytes[start + 1] as number) : 0
    const third = length > 2 ? (bytes[start + 2] as number) : 0
    this.prefix[claim] = (first << 16) | (second << 8) | third
  }

  keyBytesOf(index: FieldIndex, claim: number): Uint8Array {
    return this.write[claim]?.key ?? index.bytes[this.slot[claim] as number] ?? NO_BYTES
  }

  keyStartOf(index: FieldIndex, claim: number): number {
    return this.write[claim]?.key === undefined ? (index.keyStart[this.slot[claim] as number] as number) : 0
  }

  keyEndOf(index: FieldIndex, claim: number): number {
    return this.write[claim]?.key?.length ?? (index.keyEnd[this.slot[claim] as number] as number)
  }

  /** The key of a claim as a string that is equal where the octets are. */
  keyText(index: FieldIndex, claim: number): string {
    const bytes = asBuffer(this.keyBytesOf(index, claim))
    return bytes.toString("latin1", this.keyStartOf(index, claim), this.keyEndOf(index, claim))
  }
}

function grown(numbers: Int32Array, size: number): Int32Array {
  const larger = new Int32Array(size)
  larger.set(numbers)
  return larger
}
