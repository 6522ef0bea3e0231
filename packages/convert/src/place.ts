import { asBuffer, encodeUtf8 } from "@polymq/wire"
import type { Site } from "./judge.ts"
import type { Target } from "./table.ts"

/** A place in the target as text that is equal for values that cannot both be written; a map that repeats keys has one per entry. */
export function placeOf(site: Site, to: Target): string {
  const { table, target } = site.route
  const field = typeof to === "string" ? to : to.field
  if (table.repeated.includes(field)) return `${field} ${site.number}`
  const isMap = target.fields.some((spec) => spec.name === field && spec.isMap)
  const key = typeof to === "string" ? keyBytes(site) : encodeUtf8(to.key)
  return isMap ? `${field} ${asBuffer(key).toString("hex")}` : field
}

/** The key of an entry. */
export function keyBytes({ slot }: Site): Uint8Array {
  return slot.keyBytes.subarray(slot.keyStart, slot.keyEnd)
}
