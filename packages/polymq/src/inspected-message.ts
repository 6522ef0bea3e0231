import {
  type Datum,
  Described,
  decode,
  type FormatName,
  isList,
  type Message,
  type Value,
  ValueMap,
} from "@polymq/message"
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

/** A message that waits in a queue, in the format it was published in. */
export interface InspectedMessage {
  readonly format: FormatName
  readonly exchange: string
  readonly routingKey: string
  /** The exact MQTT topic; undefined when it was not published with MQTT. */
  readonly topic: string | undefined
  /** By their names in the format's specification: `content_type`, `message-expiry-interval`. */
  readonly properties: Readonly<Record<string, PlainValue>>
  /** AMQP 0.9.1 headers, or MQTT user properties; a key that occurs several times has the list of its values. */
  readonly headers: Readonly<Record<string, PlainValue>>
  readonly body: Uint8Array
  /** The body as UTF-8. */
  readonly text: string
}

/** The view of a message that `PolyBroker.inspect` gives. */
export function inspectMessage(message: Message): InspectedMessage {
  const { format, fields, body } = decode(message)
  const entries = fields.flatMap(({ key, value }) => (key === undefined ? [] : [[textOf(key), plain(value)] as const]))
  const properties = fields
    .filter(({ field, key }) => key === undefined && field !== "payload")
    .map(({ field, value }) => [field.slice(field.lastIndexOf(".") + 1), plain(value)] as const)
  return {
    format,
    exchange: message.exchange,
    routingKey: message.routingKey,
    topic: message.topic,
    properties: Object.fromEntries(properties),
    headers: gathered(entries),
    body,
    text: decodeUtf8(body),
  }
}

function gathered(entries: readonly (readonly [key: string, value: PlainValue])[]): Record<string, PlainValue> {
  const values = new Map<string, PlainValue[]>()
  for (const [key, value] of entries) values.set(key, [...(values.get(key) ?? []), value])
  return Object.fromEntries([...values].map(([key, list]) => [key, list.length === 1 ? (list[0] ?? null) : list]))
}

function plain({ value }: Value): PlainValue {
  return plainDatum(value)
}

function plainDatum(value: Datum): PlainValue {
  if (isList(value)) return value.map(plain)
  if (value instanceof ValueMap) return gathered(value.entries.map(([key, entry]) => [textOf(key), plain(entry)]))
  if (value instanceof Described) return plain(value.value)
  return value
}

function textOf({ value }: Value): string {
  return value instanceof Uint8Array ? decodeUtf8(value) : String(value)
}
