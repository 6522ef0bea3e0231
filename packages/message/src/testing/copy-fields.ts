import type { FieldIndex } from "../field-index.ts"
import type { Assembler } from "../format.ts"

/** Puts every field that was found in a message into another of the same format. */
export function copyFields(index: FieldIndex, assembler: Assembler): void {
  for (const slot of index.list()) {
    if (slot.keyStart < 0) assembler.put(slot.field, slot.type, slot)
    else assembler.putEntry(slot.field, slot.keyType, slot, slot.type, slot)
  }
}
