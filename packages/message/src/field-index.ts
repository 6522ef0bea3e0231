import { putUint32, putUint64 } from "@polymq/wire"
import { NO_BYTES } from "./message.ts"
import { Slot } from "./slot.ts"

/** Room for the facts of the envelope, as big-endian bytes, that a scan lists beside the fields found in bytes. */
const SCRATCH_BYTES = 256

/**
 * Where a message's fields are: the result of `Format.scan`, reused from message to message so that scanning allocates
 * nothing. Slots are in wire order.
 */
export class FieldIndex {
  /** Valid up to `count`; those behind are kept for the next message. */
  readonly slots: Slot[] = []
  count = 0
  #countBefore = 0
  #isLikeBefore = false
  readonly #scratch: Uint8Array = new Uint8Array(SCRATCH_BYTES)
  #scratchAt = 0

  /** Begins with the next message. */
  reset(): void {
    this.#countBefore = this.count
    this.#isLikeBefore = true
    this.count = 0
    this.#scratchAt = 0
  }

  /** Whether the message has the same fields as the one before, of the same types, in the same order; keys may differ. */
  get isLikeBefore(): boolean {
    return this.#isLikeBefore && this.count === this.#countBefore
  }

  /** The slots of the message scanned last; for explanation and inspection. */
  list(): readonly Slot[] {
    return this.slots.slice(0, this.count)
  }

  /** The first slot of a field; undefined where the message has none. */
  find(field: number): Slot | undefined {
    for (let at = 0; at < this.count; at++) if (this.slots[at]?.field === field) return this.slots[at]
    return undefined
  }

  /** Adds a field that is not a map entry. */
  add(field: number, type: number, bytes: Uint8Array, start: number, end: number): Slot {
    const slot = this.#next(field, 0, type)
    slot.bytes = bytes
    slot.start = start
    slot.end = end
    slot.keyStart = slot.keyEnd = -1
    return slot
  }

  /** Adds an entry of a map, whose key and value are in the same bytes. */
  addEntry(
    field: number,
    keyType: number,
    bytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    type: number,
    start: number,
    end: number,
  ): Slot {
    const slot = this.#next(field, keyType, type)
    slot.bytes = slot.keyBytes = bytes
    slot.start = start
    slot.end = end
    slot.keyStart = keyStart
    slot.keyEnd = keyEnd
    return slot
  }

  /** Adds an envelope fact that is an unsigned integer below 2^53, as `width` big-endian bytes. */
  addNumber(field: number, type: number, value: number, width: 1 | 4 | 8): Slot {
    const scratch = this.#scratch
    const start = this.#scratchAt
    const end = start + width
    if (width === 1) scratch[start] = value
    else if (width === 4) putUint32(scratch, start, value)
    else putUint64(scratch, start, value)
    this.#scratchAt = end
    return this.add(field, type, scratch, start, end)
  }

  /** Lets go of the scanned message's memory. */
  release(): void {
    for (const slot of this.list()) slot.bytes = slot.keyBytes = NO_BYTES
    this.reset()
  }

  /** The next slot, which most often has field and types already: those of the message before. */
  #next(field: number, keyType: number, type: number): Slot {
    const { slots, count } = this
    if (count === slots.length) slots.push(new Slot())
    this.count = count + 1
    const slot = slots[count] as Slot
    if (slot.field !== field || slot.type !== type || slot.keyType !== keyType) {
      slot.field = field
      slot.type = type
      slot.keyType = keyType
      this.#isLikeBefore = false
    }
    return slot
  }
}
