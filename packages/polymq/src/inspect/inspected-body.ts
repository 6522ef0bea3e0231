import { Buffer } from "node:buffer"
import {
  amqp10BodyEnd,
  type DecodedField,
  Described,
  type Message,
  readAmqp10Value,
  skipAmqp10Value,
  type Value,
} from "@polymq/message"
import { cloneBytes, decodeUtf8 } from "@polymq/wire"
import { type PlainValue, plainValue } from "./plain-value.ts"

/** What a message carries. */
export interface InspectedBody {
  /** The payload. Of AMQP 1.0: what the data sections hold, one after the other; a value or sequences as encoded. */
  readonly body: Uint8Array
  /** The body as UTF-8; the text that an AMQP 1.0 value is, and empty where that is no text. */
  readonly text: string
  /** What an AMQP 1.0 value section holds, or the list of its sequence sections; undefined for octets. */
  readonly value: PlainValue | undefined
}

/** Fields that are the body, in one format or another. */
const BODY_FIELDS: ReadonlySet<string> = new Set(["payload", "data", "amqp-value", "amqp-sequence"])

/** Whether a decoded field is the body of its message. */
export function isBodyField({ field }: DecodedField): boolean {
  return BODY_FIELDS.has(field)
}

/** The body of a message by the field that it was decoded to. */
export function inspectBody(message: Message, { field, value: { type, value } }: DecodedField): InspectedBody {
  if (field === "amqp-value") return encodedBody(message, plainValue({ type, value }))
  if (!(value instanceof Uint8Array)) return encodedBody(message, undefined)
  if (type !== "sections") return octets(new Uint8Array(value))
  const contents = sectionContents(value)
  if (field === "amqp-sequence") return encodedBody(message, contents.map(plainValue))
  const parts = contents.flatMap((content) => (content.value instanceof Uint8Array ? [content.value] : []))
  return octets(new Uint8Array(Buffer.concat(parts)))
}

function octets(body: Uint8Array): InspectedBody {
  return { body, text: decodeUtf8(body), value: undefined }
}

function encodedBody(message: Message, value: PlainValue | undefined): InspectedBody {
  const body = cloneBytes(message.body, message.bodyStart, amqp10BodyEnd(message))
  return { body, text: typeof value === "string" ? value : "", value }
}

/** What several data or sequence sections hold (AMQP 1.0 part 3, section 3.2). */
function sectionContents(encoded: Uint8Array): readonly Value[] {
  const contents: Value[] = []
  for (let at = 0; at < encoded.length; ) {
    const next = skipAmqp10Value(encoded, at, encoded.length)
    const section = readAmqp10Value(encoded, at, next).value
    if (section instanceof Described) contents.push(section.value)
    at = next
  }
  return contents
}
