import { amqp10Format, Described, type Slot, type Value } from "@polymq/message"
import type { ByteWriter } from "@polymq/wire"
import type { Transform } from "../table.ts"
import { CONVERTED, lost } from "../verdict.ts"
import { ieeeDecimalText } from "./ieee-decimal.ts"
import { doubleText, floatText } from "./number-text.ts"
import { putSignedText, putUnsignedText } from "./unsigned.ts"
import { urnOf } from "./urn-uuid.ts"

/** Longest string of MQTT in bytes (MQTT 5.0 section 1.5.4). */
const MAX_BYTES = 65_535

const LAST_CODE_POINT = 0x10ffff

const NO_TEXT = lost("no-text")
const NOT_UTF8 = lost("not-utf8")
const TOO_LARGE = lost("too-large")

/** Integers, most of what is not text: no value is made of them. */
const INTEGERS: Readonly<Record<string, (writer: ByteWriter, slot: Slot) => void>> = {
  ubyte: putUnsignedText,
  ushort: putUnsignedText,
  uint: putUnsignedText,
  ulong: putUnsignedText,
  byte: putSignedText,
  short: putSignedText,
  int: putSignedText,
  long: putSignedText,
  timestamp: putSignedText,
}

const INTEGER_OF_TYPE = amqp10Format.types.map((type) => INTEGERS[type.name])

/**
 * The text of an AMQP 1.0 value that is no list, map, array or binary: integers in decimal, true or false, floats with the
 * fewest digits that read back as the same value, decimals plain, timestamps in milliseconds, a char itself, a uuid with
 * "urn:uuid:", null empty, of a described value its value's. Lost is what has no text, and text that MQTT cannot hold.
 */
export const amqp10ToText: Transform = {
  name: "amqp10ToText",
  text: "value to its text",
  apply: (slot, { writer }) => {
    const putInteger = INTEGER_OF_TYPE[slot.type]
    if (putInteger !== undefined) {
      putInteger(writer, slot)
      return CONVERTED
    }
    const text = textOf(amqp10Format.read(slot))
    if (text === undefined) return NO_TEXT
    if (text.includes("\0")) return NOT_UTF8
    return writer.utf8(text) > MAX_BYTES ? TOO_LARGE : CONVERTED
  },
}

/** The text of a decoded value; undefined where it has none. */
function textOf({ type, value }: Value): string | undefined {
  if (value instanceof Described) return textOf(value.value)
  if (value instanceof Uint8Array) return octetsText(type, value)
  if (typeof value === "number") return numberText(type, value)
  if (value === null) return ""
  return typeof value === "object" ? undefined : String(value)
}

function numberText(type: string, value: number): string | undefined {
  if (type === "float") return floatText(value)
  if (type === "double") return doubleText(value)
  if (type === "char") return characterText(value)
  return String(value)
}

/** A character, unless the code point stands for none: surrogates, and beyond the last. */
function characterText(codePoint: number): string | undefined {
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff
  return isSurrogate || codePoint > LAST_CODE_POINT ? undefined : String.fromCodePoint(codePoint)
}

function octetsText(type: string, octets: Uint8Array): string | undefined {
  if (type.startsWith("decimal")) return ieeeDecimalText(octets)
  return type === "uuid" ? urnOf(octets) : undefined
}
