/**
 * A decoded value, tagged with the wire type name of the format it belongs to. Text types carry a string where their
 * bytes are valid UTF-8 and the raw bytes where not; 64-bit integers are always bigint; maps keep order and duplicates.
 */
export interface Value {
  readonly type: string
  readonly value: Datum
}

export type Datum = null | boolean | number | bigint | string | Uint8Array | readonly Value[] | ValueMap | Described

/** Entries of a map or table in wire order. */
export class ValueMap {
  readonly entries: readonly (readonly [key: Value, value: Value])[]

  constructor(entries: readonly (readonly [key: Value, value: Value])[]) {
    this.entries = entries
  }
}

/** A value with a descriptor that gives it meaning (AMQP 1.0 part 1, section 1.1.2). */
export class Described {
  readonly descriptor: Value
  readonly value: Value

  constructor(descriptor: Value, value: Value) {
    this.descriptor = descriptor
    this.value = value
  }
}

/** Whether a value is a list or array of values. */
export function isList(value: Datum): value is readonly Value[] {
  return Array.isArray(value)
}
