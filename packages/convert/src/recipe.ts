import type { FieldIndex, Put, Slot } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import type { Condition, Context, Transform } from "./table.ts"

/** A decision that depends on a value: whether the conditions of a step hold for it. */
interface Decision {
  readonly slot: Slot
  readonly first: Condition["test"]
  readonly second: Condition["test"] | undefined
  readonly holds: boolean
}

/** A value that is changed on its way. */
export interface Change {
  readonly slot: Slot
  readonly via: Transform
}

/** Everything that a conversion decided, in the order in which it has to be done again. */
export interface Decided {
  readonly decisions: Decision[]
  readonly changes: Change[]
  readonly puts: Put[]
  /** Numbers of the rows that lost a value. */
  readonly losses: number[]
}

/**
 * What a conversion decided for messages of one shape: the same fields of the same types with the same keys, in the same
 * order. Where a value goes, and which of several claims wins, depends on nothing else but the decisions listed, so that
 * for another message of that shape only these are taken again. Slots are those of the index that it was made from.
 */
export class Recipe {
  readonly decided: Decided
  /** Conversions in a row that decided otherwise. */
  failures = 0
  readonly #index: FieldIndex
  /** Fields and types, by slot. */
  readonly #shape: Int32Array
  /** The slots that have keys, all keys one behind the other, and where that of each such slot ends. */
  readonly #keyed: readonly Slot[]
  readonly #keys: Uint8Array
  readonly #keyEnds: Int32Array

  constructor(index: FieldIndex, decided: Decided) {
    const slots = index.list()
    const keys = new ByteWriter()
    this.decided = decided
    this.#index = index
    this.#shape = Int32Array.from(slots, shapeOf)
    this.#keyed = slots.filter(({ keyStart }) => keyStart >= 0)
    this.#keyEnds = Int32Array.from(this.#keyed, ({ keyBytes, keyStart, keyEnd }) => {
      keys.copy(keyBytes, keyStart, keyEnd)
      return keys.at
    })
    this.#keys = keys.take()
  }

  /** Whether the message in the index has the shape. */
  fits(): boolean {
    const shape = this.#shape
    const { slots, count } = this.#index
    if (count !== shape.length) return false
    for (let at = 0; at < count; at++) if (shapeOf(slots[at] as Slot) !== shape[at]) return false
    return this.hasKeys()
  }

  /** Whether the message, of which all else is known to fit, has the keys. */
  hasKeys(): boolean {
    const keyed = this.#keyed
    const keyEnds = this.#keyEnds
    const keys = this.#keys
    let from = 0
    for (let at = 0; at < keyed.length; at++) {
      const { keyBytes, keyStart, keyEnd } = keyed[at] as Slot
      const end = keyEnds[at] as number
      if (keyEnd - keyStart !== end - from) return false
      for (let key = keyStart | 0; from < end; key = (key + 1) | 0, from++) {
        if (keyBytes[key] !== keys[from]) return false
      }
    }
    return true
  }

  /** Whether the values of the message, which fits, are decided about as those before. */
  decidesAlike(context: Context): boolean {
    const { decisions } = this.decided
    for (let at = 0; at < decisions.length; at++) {
      const { slot, first, second, holds } = decisions[at] as Decision
      const isHeld = first(slot, context) && (second === undefined || second(slot, context))
      if (isHeld !== holds) return false
    }
    return true
  }
}

/** Fields, types, and lengths and outer octets of keys as one number, to find a recipe by. */
export function hashOf({ slots, count }: FieldIndex): number {
  let hash = count
  for (let at = 0; at < count; at++) {
    const slot = slots[at] as Slot
    hash = Math.imul(hash ^ shapeOf(slot), 0x01000193)
    const { keyBytes, keyStart, keyEnd } = slot
    if (keyEnd > keyStart) {
      const outer = ((keyBytes[keyStart] as number) << 8) | (keyBytes[keyEnd - 1] as number)
      hash = Math.imul(hash ^ outer, 0x01000193) + keyEnd - keyStart
    }
  }
  return (hash ^ (hash >>> 15)) | 0
}

/** Numbers of field, type and type of the key as one. */
function shapeOf({ field, type, keyType }: Slot): number {
  return (field << 16) | (type << 8) | keyType
}
