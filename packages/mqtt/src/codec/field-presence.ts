import type { ProtocolLevel } from "./constants.ts"
import type { FieldLayout } from "./layouts.ts"

/** A packet whose fields are still looked at by name. */
export type Fields = Record<string, unknown>

/** Whether a packet of this version with these earlier fields has the field. */
export function hasField(field: FieldLayout, packet: Fields, level: ProtocolLevel): boolean {
  if (field.since5 && level < 5) return false
  return field.when === undefined || ((packet[field.when.field] as number) & field.when.mask) !== 0
}
