import { type Datum, Described, isList, type Value, ValueMap } from "@polymq/message"
import { asBuffer } from "@polymq/wire"

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * A value with its wire type. Integers beyond 2^53 are decimal text, NaN and infinities their names, octets
 * `{ "hex": … }`; maps are lists of key and value, because order and duplicates count.
 */
export function jsonOf({ type, value }: Value): Json {
  return { type, value: datumJson(value) }
}

function datumJson(value: Datum): Json {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value)
  if (value instanceof Uint8Array) return { hex: asBuffer(value).toString("hex") }
  if (isList(value)) return value.map(jsonOf)
  if (value instanceof ValueMap) return value.entries.map(([key, entry]) => [jsonOf(key), jsonOf(entry)])
  if (value instanceof Described) return { descriptor: jsonOf(value.descriptor), value: jsonOf(value.value) }
  return value
}
