import { type Datum, Described, isList, type Value, ValueMap } from "@polymq/message"
import { asBuffer } from "@polymq/wire"

/** A value on one line: text in quotes, octets as hexadecimal, lists and maps as in JSON. */
export function valueText({ value }: Value): string {
  return datumText(value)
}

function datumText(value: Datum): string {
  if (typeof value === "string") return JSON.stringify(value)
  if (value instanceof Uint8Array) return `0x${asBuffer(value).toString("hex")}`
  if (isList(value)) return `[${value.map(valueText).join(", ")}]`
  if (value instanceof ValueMap) {
    return `{${value.entries.map(([key, entry]) => `${valueText(key)}: ${valueText(entry)}`).join(", ")}}`
  }
  if (value instanceof Described) return `${valueText(value.descriptor)} ${valueText(value.value)}`
  return String(value)
}

/** The text, cut to `width` characters with its full length said. */
export function shortened(text: string, width: number): string {
  if (text.length <= width) return text
  const mark = `… (${text.length} long)`
  return text.slice(0, Math.max(0, width - mark.length)) + mark
}
