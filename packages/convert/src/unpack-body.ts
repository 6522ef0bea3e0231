import { amqp10BodyEnd, amqp10Format, amqp091Format, FieldIndex, type Message, type Slot } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import type { Condition, Context, Unpacking } from "./table.ts"
import { beginsWith } from "./transforms/begins-with.ts"

const TYPE = amqp091Format.fields.findIndex(({ name }) => name === "properties.type")

/** What the property `type` says of a payload that is encoded body sections of AMQP 1.0. */
const ENCODED = encodeUtf8("amqp-1.0")

/** Fields of AMQP 1.0 that a body can be. */
export const BODY_FIELDS: readonly string[] = ["data", "amqp-value", "amqp-sequence"]

/** A payload that is the body of an AMQP 1.0 message and nothing else, and whose `type` says so. */
export const payloadIsEncodedBody: Condition = {
  name: "payloadIsEncodedBody",
  text: "`type` is amqp-1.0 and the payload is encoded body sections without footer",
  test: (slot, context) => saysEncoded(context) && messageOf(slot) !== undefined,
}

/** The body that a payload is. */
export const encodedBodySections: Unpacking = {
  name: "unpack(body)",
  text: "the body sections that the payload is",
  section: "body",
  list: (slot) => {
    const message = messageOf(slot)
    return message === undefined ? [] : fieldsOf(message)
  },
}

function saysEncoded({ index }: Context): boolean {
  const slot = index.find(TYPE)
  return slot !== undefined && slot.end - slot.start === ENCODED.length && beginsWith(slot, ENCODED)
}

/** The message that body sections in a slot make; undefined where they are something else. */
function messageOf({ bytes: source, start, end }: Slot): Message | undefined {
  const bytes = source.subarray(start, end)
  try {
    const { message } = amqp10Format.published(bytes, 0)
    const isBody = start < end && message.bodyStart === 0 && amqp10BodyEnd(message) === bytes.length
    return isBody ? message : undefined
  } catch {
    return undefined
  }
}

function fieldsOf(message: Message): readonly Slot[] {
  const index = new FieldIndex()
  amqp10Format.scan(message, index)
  return index.list()
}
