import { amqp10Format, mqttFormat } from "@polymq/message"
import { isUtf8 } from "@polymq/wire"
import { isShortstr, keyBeginsWithX, keyIs, keyIsBrokers, keyIsShortstr } from "./conditions.ts"
import type { Condition } from "./table.ts"

const STRING = amqp10Format.types.findIndex((type) => type.name === "string")
const SYMBOL = amqp10Format.types.findIndex((type) => type.name === "symbol")
const FORMAT_INDICATOR = mqttFormat.fields.findIndex((field) => field.name === "properties.payload-format-indicator")

/** An annotation whose key is a symbol, not one of the reserved ulongs, and fulfils `condition`. */
export function symbolKey({ name, text, test }: Condition): Condition {
  return {
    name: `symbolKey(${name})`,
    text: `${text}, a symbol`,
    test: (slot, context) => slot.keyType === SYMBOL && test(slot, context),
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
  test: (slot, context) => !annotationBeginsWithX.test(slot, context),
}

/** An annotation whose name begins with "x-" and is a `shortstr`. */
export const annotationIsShortstrWithX: Condition = {
  name: "annotationIsShortstrWithX",
  text: "Key is a symbol, x-* and `shortstr`",
  test: (slot, context) => annotationBeginsWithX.test(slot, context) && keyIsShortstr.test(slot, context),
}

/** A string or symbol that is a `shortstr`: the key of an entry inside a map. */
export const isShortstrText: Condition = {
  name: "isShortstrText",
  text: "string or symbol, `shortstr`",
  test: (slot, context) => (slot.type === STRING || slot.type === SYMBOL) && isShortstr.test(slot, context),
}

/** An MQTT payload that its Payload Format Indicator calls text, and that is well-formed UTF-8. */
export const payloadIsText: Condition = {
  name: "payloadIsText",
  text: "Payload Format Indicator is 1 and the payload is valid UTF-8",
  test: ({ bytes, start, end }, { index }) => {
    const indicator = index.find(FORMAT_INDICATOR)
    return indicator !== undefined && indicator.bytes[indicator.end - 1] === 1 && isUtf8(bytes, start, end)
  },
}
