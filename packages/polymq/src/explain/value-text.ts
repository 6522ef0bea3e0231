import { type Datum, Described, isList, type Value, ValueMap } from "@polymq/message"
import { asBuffer, decodeUtf8, isUtf8 } from "@polymq/wire"

/** A value on one line: text in quotes, octets as hexadecimal, lists and maps as in JSON. */
export function valueText({ value }: Value): string {
  return datumText(value)
}

function datumText(value: Datum): string {
  if (typeof value === "string") return quoted(value)
  if (value instanceof Uint8Array) return octetsText(value)
  if (isList(value)) return `[${value.map(valueText).join(", ")}]`
  if (value instanceof ValueMap) {
    return `{${value.entries.map(([key, entry]) => `${valueText(key)}: ${valueText(entry)}`).join(", ")}}`
  }
  if (value instanceof Described) return `${valueText(value.descriptor)} ${valueText(value.value)}`
  return String(value)
}

/** Octets that people can read are shown as text: the type beside says that they are octets. */
function octetsText(octets: Uint8Array): string {
  const text = decodeUtf8(octets)
  const isReadable = isUtf8(octets) && !UNREADABLE.test(text)
  return isReadable ? quoted(text) : `0x${asBuffer(octets).toString("hex")}`
}

/** As in JSON, but in single quotes where that saves escapes. */
function quoted(text: string): string {
  const json = JSON.stringify(text)
  return text.includes('"') && !text.includes("'") ? `'${json.slice(1, -1).replaceAll('\\"', '"')}'` : json
}

/** Control characters but for tab and line breaks. */
const UNREADABLE = /[^\P{Cc}\t\n\r]/u

/** The text, cut to `width` characters with its full length said. */
export function shortened(text: string, width: number): string {
  if (text.length <= width) return text
  const mark = `… (${text.length} long)`
  return text.slice(0, Math.max(0, width - mark.length)) + mark
}
