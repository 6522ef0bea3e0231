import { amqp091Format, type Slot } from "@polymq/message"
import { ByteReader, type ByteWriter } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED, lost } from "../verdict.ts"
import { decimalText, doubleText, floatText } from "./number-text.ts"
import { putAscii } from "./put-ascii.ts"
import { putSignedText, putUnsignedText, unsignedOf } from "./unsigned.ts"

const NO_TEXT = lost("no-text")

type PutText = (writer: ByteWriter, slot: Slot) => void

function readerOf({ bytes, start, end }: Slot): ByteReader {
  return new ByteReader(bytes, start, end)
}

const TEXTS: Readonly<Record<string, PutText>> = {
  bool: (writer, slot) => putAscii(writer, unsignedOf(slot) === 0 ? "false" : "true"),
  byte: putSignedText,
  unsignedbyte: putUnsignedText,
  short: putSignedText,
  unsignedshort: putUnsignedText,
  signedint: putSignedText,
  unsignedint: putUnsignedText,
  long: putSignedText,
  float: (writer, slot) => putAscii(writer, floatText(readerOf(slot).float32())),
  double: (writer, slot) => putAscii(writer, doubleText(readerOf(slot).float64())),
  decimal: (writer, slot) => {
    const reader = readerOf(slot)
    const places = reader.uint8()
    putAscii(writer, decimalText(reader.int32(), places))
  },
  timestamp: putUnsignedText,
  void: () => undefined,
}

/** By number of the wire type, so that no name is looked up per value. */
const TEXT_OF_TYPE: readonly (PutText | undefined)[] = amqp091Format.types.map((type) => TEXTS[type.name])

/**
 * The text of a simple AMQP 0.9.1 value: integers in decimal, true or false, floats with the fewest digits that read
 * back as the same value, timestamps in seconds, decimals plain, void empty.
 */
export const amqp091ToText: Transform = {
  name: "amqp091ToText",
  text: "value to its text",
  apply: (slot, out) => {
    const putText = TEXT_OF_TYPE[slot.type]
    if (putText === undefined) return NO_TEXT
    putText(out.writer, slot)
    return CONVERTED
  },
}
