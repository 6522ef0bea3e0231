import { type Put, Slot, type Value } from "@polymq/message"
import { NO_WRITE, type Write } from "./plan.ts"

const NO_SLOT = new Slot()

/**
 * What one value wants to write to one target. The objects are reused from message to message.
 */
export class Claim {
  write: Write = NO_WRITE
  /** False while nothing is claimed, and where the claim has lost to another. */
  isHeld = false
  /** Has the value: the field itself, what a transform made of it, or a literal. */
  source: Slot = NO_SLOT
  /** Has the key: the field itself, or that of the row; meaningful for entries of a map. */
  keyed: Slot = NO_SLOT
  /** A value that had to be decoded, for writes with `isNested`. */
  value: Value | undefined = undefined
  /** First octets of an entry's key, as a number that sorts like them. */
  prefix = 0

  /** Claims for a field, whose value is in `source`. */
  hold(write: Write, field: Slot, source: Slot): void {
    this.write = write
    this.isHeld = true
    this.source = write.literal ?? source
    this.keyed = write.key ?? field
  }

  /** What is written for the claim. */
  get put(): Put {
    const { field, type, isEntry, keyType, isBody } = this.write
    return { field, type, isEntry, keyType, isBody, keyed: this.keyed, source: this.source }
  }
}
