import { amqp091Format, type Slot } from "@polymq/message"
import { ByteReader } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED, lost } from "../verdict.ts"
import { decimalText, doubleText, floatText } from "./number-text.ts"
import { putAscii } from "./put-ascii.ts"
import { signedText, unsignedText } from "./unsigned.ts"

const NO_TEXT = lost("no-text")

type TextOf = (slot: Slot) => string

function readerOf({ bytes, start, end }: Slot): ByteReader {
  return new ByteReader(bytes, start, end)
}

const TEXTS: Readonly<Record<string, TextOf>> = {
  bool: (slot) => (unsignedText(slot) === "0" ? "false" : "true"),
  byte: signedText,
  unsignedbyte: unsignedText,
  short: signedText,
  unsignedshort: unsignedText,
  signedint: signedText,
  unsignedint: unsignedText,
  long: signedText,
  float: (slot) => floatText(readerOf(slot).float32()),
  double: (slot) => doubleText(readerOf(slot).float64()),
  decimal: (slot) => {
    const reader = readerOf(slot)
    const places = reader.uint8()
    return decimalText(reader.int32(), places)
  },
  timestamp: unsignedText,
  void: () => "",
}

/** By number of the wire type, so that no name is looked up per value. */
const TEXT_OF_TYPE: readonly (TextOf | undefined)[] = amqp091Format.types.map((type) => TEXTS[type.name])

/**
 * The text of a simple AMQP 0.9.1 value: integers in decimal, true or false, floats with the fewest digits that read
 * back as the same value, timestamps in seconds, decimals plain, void empty.
 */
export const amqp091ToText: Transform = {
  name: "amqp091ToText",
  text: "value to its text",
  apply: (slot, out) => {
    const textOf = TEXT_OF_TYPE[slot.type]
    if (textOf === undefined) return NO_TEXT
    putAscii(out.writer, textOf(slot))
    return CONVERTED
  },
}
