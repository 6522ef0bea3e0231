import { NO_BYTES } from "./message.ts"

/** One field of a message, or one entry of a map in it, as a scan finds it: where it is, not what it means. */
export class Slot {
  /** Number of the field in `Format.fields`. */
  field = 0
  /** Number of the wire type in `Format.types`. */
  type = 0
  /** `bytes[start, end)` is the value without type code and length prefix, in the encoding of its type (see `Encoding`). */
  bytes: Uint8Array = NO_BYTES
  start = 0
  end = 0
  /** Number of the key's wire type; 0 for fields that are not map entries. */
  keyType = 0
  /** `keyBytes[keyStart, keyEnd)` is a map entry's key; `keyStart` is -1 for fields that are not map entries. */
  keyBytes: Uint8Array = NO_BYTES
  keyStart = -1
  keyEnd = -1

  /** Makes `bytes[start, end)` the value. */
  setValue(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes
    this.start = start
    this.end = end
  }

  /** Makes it the slot of a map entry whose key is `bytes[start, end)`. */
  setKey(type: number, bytes: Uint8Array, start: number, end: number): void {
    this.keyType = type
    this.keyBytes = bytes
    this.keyStart = start
    this.keyEnd = end
  }
}

/** A slot whose value is `bytes`, and whose key, if any, is `key`. */
export function slotOf(bytes: Uint8Array, key?: Uint8Array): Slot {
  const slot = new Slot()
  slot.setValue(bytes, 0, bytes.length)
  if (key !== undefined) slot.setKey(0, key, 0, key.length)
  return slot
}
