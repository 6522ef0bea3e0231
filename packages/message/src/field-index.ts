import { copyBytes } from "@polymq/wire"
import { NO_BYTES } from "./message.ts"

/** Room for the facts of the envelope, as big-endian bytes, that a scan lists beside the fields found in bytes. */
const SCRATCH_BYTES = 256

const TWO_32 = 2 ** 32

/**
 * Where a message's fields are: the result of `Format.scan`, reused from message to message so that scanning allocates
 * nothing. Slot order is wire order. A slot's bytes are the value without type code and length prefix, in the encoding
 * of its type (see `Encoding`).
 */
export class FieldIndex {
  count = 0
  /** Number of the field in `Format.fields`. */
  field: Uint16Array = new Uint16Array(64)
  /** Number of the wire type in `Format.types`. */
  type: Uint8Array = new Uint8Array(64)
  /** Where the value is. */
  bytes: Uint8Array[] = []
  start: Int32Array = new Int32Array(64)
  end: Int32Array = new Int32Array(64)
  /** Where a map entry's key is, in the same `bytes`; -1 for fields that are not map entries. */
  keyStart: Int32Array = new Int32Array(64)
  keyEnd: Int32Array = new Int32Array(64)
  /** Number of the key's wire type; 0 for fields that are not map entries. */
  keyType: Uint8Array = new Uint8Array(64)
  readonly scratch: Uint8Array = new Uint8Array(SCRATCH_BYTES)
  #scratchAt = 0
  #copies: Uint8Array = NO_BYTES
  #copiesAt = 0

  reset(): void {
    this.count = 0
    this.#scratchAt = 0
    this.#copiesAt = 0
  }

  /** Adds a field that is not a map entry and returns its slot. */
  add(field: number, type: number, bytes: Uint8Array, start: number, end: number): number {
    return this.addEntry(field, type, bytes, start, end, 0, -1, -1)
  }

  /** Adds a map entry and returns its slot. */
  addEntry(
    field: number,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    keyType: number,
    keyStart: number,
    keyEnd: number,
  ): number {
    const slot = this.count
    if (slot === this.field.length) this.#grow()
    this.count = slot + 1
    this.field[slot] = field
    this.type[slot] = type
    this.bytes[slot] = bytes
    this.start[slot] = start
    this.end[slot] = end
    this.keyType[slot] = keyType
    this.keyStart[slot] = keyStart
    this.keyEnd[slot] = keyEnd
    return slot
  }

  /** Adds an envelope fact that is an unsigned integer below 2^53, as `width` big-endian bytes. */
  addNumber(field: number, type: number, value: number, width: 1 | 4 | 8): number {
    const { scratch } = this
    const start = this.#scratchAt
    const end = start + width
    if (width === 8) putUint32(scratch, start, value / TWO_32)
    if (width === 1) scratch[start] = value
    else putUint32(scratch, end - 4, value)
    this.#scratchAt = end
    return this.addEntry(field, type, scratch, start, end, 0, -1, -1)
  }

  /** Adds a map entry whose boolean value has no byte on the wire: its key is copied, and the byte put behind it. */
  addBooleanEntry(
    field: number,
    type: number,
    value: boolean,
    bytes: Uint8Array,
    keyType: number,
    keyStart: number,
    keyEnd: number,
  ): number {
    const length = keyEnd - keyStart
    if (this.#copiesAt + length >= this.#copies.length) {
      this.#copies = new Uint8Array(Math.max(SCRATCH_BYTES, 2 * length + 1))
      this.#copiesAt = 0
    }
    const start = this.#copiesAt
    const end = start + length
    copyBytes(bytes, keyStart, keyEnd, this.#copies, start)
    this.#copies[end] = value ? 1 : 0
    this.#copiesAt = end + 1
    return this.addEntry(field, type, this.#copies, end, end + 1, keyType, start, end)
  }

  /** Lets go of the scanned message's memory. */
  release(): void {
    for (let slot = 0; slot < this.count; slot++) this.bytes[slot] = NO_BYTES
    this.reset()
  }

  #grow(): void {
    const size = this.field.length * 2
    this.field = grown(this.field, new Uint16Array(size))
    this.type = grown(this.type, new Uint8Array(size))
    this.keyType = grown(this.keyType, new Uint8Array(size))
    this.start = grown(this.start, new Int32Array(size))
    this.end = grown(this.end, new Int32Array(size))
    this.keyStart = grown(this.keyStart, new Int32Array(size))
    this.keyEnd = grown(this.keyEnd, new Int32Array(size))
  }
}

/** Writes the low 32 bits of the whole part of `value`. */
function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function grown<Numbers extends Uint8Array | Uint16Array | Int32Array>(from: Numbers, to: Numbers): Numbers {
  to.set(from)
  return to
}
