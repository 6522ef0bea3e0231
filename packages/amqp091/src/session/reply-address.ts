import { amqp091Format, FieldIndex, type Message } from "@polymq/message"
import { copyBytes, encodeUtf8 } from "@polymq/wire"
import { encodeShortstr } from "../codec/short-strings.ts"
import { Amqp091Error } from "../errors.ts"

/** What a requester consumes from and names in reply_to, to get replies without a queue of its own making. */
export const REPLY_ADDRESS = "amq.rabbitmq.reply-to"

const ADDRESS_BYTES = encodeUtf8(REPLY_ADDRESS)

const REPLY_TO = amqp091Format.fields.findIndex((field) => field.name === "properties.reply_to")

const INDEX = new FieldIndex()

/**
 * Where reply_to is the address above, puts the name that it stands for on this channel in its place: responders cannot
 * tell otherwise who asks. `name` is undefined without a reply consumer: raises `Amqp091Error`.
 */
export function resolveReplyTo(message: Message, name: string | undefined): void {
  amqp091Format.scan(message, INDEX)
  const slot = INDEX.find(REPLY_TO)
  const start = slot?.start ?? 0
  const end = slot?.end ?? 0
  INDEX.release()
  if (!isAddress(message.head, start, end)) return
  if (name === undefined) throw new Amqp091Error("PRECONDITION_FAILED", "fast reply consumer does not exist")
  replaceShortstr(message, start - 1, end, encodeShortstr(name))
}

function isAddress(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== ADDRESS_BYTES.length) return false
  for (let at = 0; at < ADDRESS_BYTES.length; at++) if (bytes[start + at] !== ADDRESS_BYTES[at]) return false
  return true
}

/** Replaces `head[start, end)`, a short string with its length; the bytes it came in may hold other messages. */
function replaceShortstr(message: Message, start: number, end: number, shortstr: Uint8Array): void {
  const { head, headStart, headEnd } = message
  const before = start - headStart
  const after = before + shortstr.length
  const rebuilt = new Uint8Array(after + headEnd - end)
  copyBytes(head, headStart, start, rebuilt, 0)
  copyBytes(shortstr, 0, shortstr.length, rebuilt, before)
  copyBytes(head, end, headEnd, rebuilt, after)
  message.head = rebuilt
  message.headStart = 0
  message.headEnd = rebuilt.length
}
