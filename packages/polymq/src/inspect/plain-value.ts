import { type Datum, Described, isList, type Value, ValueMap } from "@polymq/message"
import { decodeUtf8 } from "@polymq/wire"

/** A decoded value as JavaScript has it; 64-bit integers are bigint, octets Uint8Array. */
export type PlainValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue }

/** The value without its wire type; maps as `gathered` makes them, described values without their descriptor. */
export function plainValue({ value }: Value): PlainValue {
  return plainDatum(value)
}

/** The text of a key; one that is no text as JavaScript writes it. */
export function keyText({ value }: Value): string {
  return value instanceof Uint8Array ? decodeUtf8(value) : String(value)
}

/** An object of entries; a key that occurs several times has the list of its values. */
export function gathered(entries: readonly (readonly [key: string, value: PlainValue])[]): Record<string, PlainValue> {
  const values = new Map<string, PlainValue[]>()
  for (const [key, value] of entries) {
    const list = values.get(key)
    if (list === undefined) values.set(key, [value])
    else list.push(value)
  }
  return Object.fromEntries([...values].map(([key, list]) => [key, list.length === 1 ? (list[0] ?? null) : list]))
}

function plainDatum(value: Datum): PlainValue {
  if (isList(value)) return value.map(plainValue)
  if (value instanceof ValueMap) {
    return gathered(value.entries.map(([key, entry]) => [keyText(key), plainValue(entry)] as const))
  }
  if (value instanceof Described) return plainValue(value.value)
  return value
}
