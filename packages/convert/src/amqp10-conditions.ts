import { amqp10Format, type FieldIndex, mqttFormat } from "@polymq/message"
import { isUtf8 } from "@polymq/wire"
import { isShortstr, keyBeginsWithX, keyIs, keyIsBrokers, keyIsShortstr } from "./conditions.ts"
import type { Condition } from "./table.ts"

const STRING = amqp10Format.types.findIndex((type) => type.name === "string")
const SYMBOL = amqp10Format.types.findIndex((type) => type.name === "symbol")
const FORMAT_INDICATOR = mqttFormat.fields.findIndex((field) => field.name === "properties.payload-format-indicator")

function hasSymbolKey(index: FieldIndex, slot: number): boolean {
  return index.keyType[slot] === SYMBOL
}

/** An annotation whose key is a symbol, not one of the reserved ulongs, and fulfils `condition`. */
function symbolKey({ name, text, keyOctet, test }: Condition): Condition {
  return {
    name: `symbolKey(${name})`,
    text: `${text}, a symbol`,
    keyOctet,
    test: (message, index, slot, names) => hasSymbolKey(index, slot) && test(message, index, slot, names),
  }
}

/** An annotation of a name that the broker makes itself. */
export const annotationIsBrokers: Condition = symbolKey(keyIsBrokers)

/** The annotation with further routing keys. */
export const annotationIsCc: Condition = symbolKey(keyIs("x-cc"))

/** An annotation whose name begins with "x-". */
export const annotationBeginsWithX: Condition = symbolKey(keyBeginsWithX)

/** An annotation whose name does not begin with "x-", or is one of the reserved ulongs. */
export const annotationLacksX: Condition = {
  name: "annotationLacksX",
  text: 'Key is no symbol that begins with "x-"',
  test: (message, index, slot, names) => !annotationBeginsWithX.test(message, index, slot, names),
}

/** An annotation whose name begins with "x-" and is a `shortstr`. */
export const annotationIsShortstrWithX: Condition = {
  name: "annotationIsShortstrWithX",
  text: "Key is a symbol, x-* and `shortstr`",
  keyOctet: annotationBeginsWithX.keyOctet,
  test: (message, index, slot, names) =>
    annotationBeginsWithX.test(message, index, slot, names) && keyIsShortstr.test(message, index, slot, names),
}

/** A string or symbol that is a `shortstr`: the key of an entry inside a map. */
export const isShortstrText: Condition = {
  name: "isShortstrText",
  text: "string or symbol, `shortstr`",
  test: (message, index, slot, names) => {
    const type = index.type[slot]
    return (type === STRING || type === SYMBOL) && isShortstr.test(message, index, slot, names)
  },
}

/** An MQTT payload that its Payload Format Indicator calls text, and that is well-formed UTF-8. */
export const payloadIsText: Condition = {
  name: "payloadIsText",
  text: "Payload Format Indicator is 1 and the payload is valid UTF-8",
  test: (_message, index, slot) => {
    for (let other = 0; other < slot; other++) {
      if (index.field[other] !== FORMAT_INDICATOR) continue
      const last = (index.end[other] as number) - 1
      if (index.bytes[other]?.[last] !== 1) return false
      return isUtf8(index.bytes[slot] as Uint8Array, index.start[slot], index.end[slot])
    }
    return false
  },
}
