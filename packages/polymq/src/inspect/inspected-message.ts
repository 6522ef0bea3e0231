import { type DecodedField, decode, type FormatName, type Message } from "@polymq/message"
import { type InspectedBody, inspectBody, isBodyField } from "./inspected-body.ts"
import { gathered, keyText, type PlainValue, plainValue } from "./plain-value.ts"

/** A message that waits in a queue, in the format it was published in. */
export interface InspectedMessage extends InspectedBody {
  readonly format: FormatName
  readonly exchange: string
  readonly routingKey: string
  /** The exact MQTT topic; undefined when it was not published with MQTT. */
  readonly topic: string | undefined
  /**
   * By their names in the format's specification: `content_type`, `message-expiry-interval`; the header of AMQP 1.0 is
   * among them.
   */
  readonly properties: Readonly<Record<string, PlainValue>>
  /** AMQP 0.9.1 headers, MQTT user properties or AMQP 1.0 application properties; a key that occurs several times has the list of its values. */
  readonly headers: Readonly<Record<string, PlainValue>>
  /** AMQP 1.0 message annotations; empty in the other formats. */
  readonly annotations: Readonly<Record<string, PlainValue>>
}

/** Maps of a message that are not its headers. */
const ANNOTATIONS = "message-annotations."
const NOT_HEADERS = [ANNOTATIONS, "delivery-annotations.", "footer."]

/** The view of a message that `PolyBroker.inspect` gives. */
export function inspectMessage(message: Message): InspectedMessage {
  const { format, fields, body } = decode(message)
  const bodyField = fields.find(isBodyField)
  return {
    format,
    exchange: message.exchange,
    routingKey: message.routingKey,
    topic: message.topic,
    properties: propertiesOf(fields),
    headers: entriesOf(fields, (field) => !NOT_HEADERS.some((map) => field.startsWith(map))),
    annotations: entriesOf(fields, (field) => field.startsWith(ANNOTATIONS)),
    ...(bodyField === undefined ? { body, text: "", value: undefined } : inspectBody(message, bodyField)),
  }
}

function propertiesOf(fields: readonly DecodedField[]): Record<string, PlainValue> {
  const properties = fields.filter((one) => one.key === undefined && !isBodyField(one))
  return Object.fromEntries(
    properties.map(({ field, value }) => [field.slice(field.lastIndexOf(".") + 1), plainValue(value)]),
  )
}

function entriesOf(fields: readonly DecodedField[], isWanted: (field: string) => boolean): Record<string, PlainValue> {
  return gathered(
    fields.flatMap(({ field, key, value }) =>
      key !== undefined && isWanted(field) ? [[keyText(key), plainValue(value)] as const] : [],
    ),
  )
}
