import {
  copyEnvelope,
  createMessage,
  type Message,
  readAmqp10Value,
  shareBytes,
  skipAmqp10Value,
  type Value,
  ValueMap,
  writeAmqp10Value,
} from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import { CONDITION } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"

/** Annotations that a consumer adds to the messages it modifies. */
export interface AddedAnnotations {
  readonly keys: ReadonlySet<string>
  /** Keys and values, encoded one after the other. */
  readonly bytes: Uint8Array
}

/** Keys that do not begin with this are the standard's own (AMQP 1.0 part 3, 3.2.10). */
const FREE_KEY = /^x-/

/** Encodes annotations. Raises `Amqp10Error` of the session for a key that a client may not set. */
export function addedAnnotations(annotations: Value): AddedAnnotations {
  const writer = new ByteWriter()
  const keys = new Set<string>()
  for (const [key, value] of annotations.value instanceof ValueMap ? annotations.value.entries : []) {
    if (key.type !== "symbol" || typeof key.value !== "string" || !FREE_KEY.test(key.value)) {
      const description = "keys of message-annotations are symbols that begin with x-"
      throw new Amqp10Error("session", CONDITION.invalidField, description)
    }
    keys.add(key.value)
    writeAmqp10Value(writer, key)
    writeAmqp10Value(writer, value)
  }
  return { keys, bytes: writer.take() }
}

/** The message with these annotations instead of its own of the same keys; one of the amqp10 format, whose bytes it shares. */
export function withAnnotations(message: Message, { keys, bytes }: AddedAnnotations): Message {
  const annotated = createMessage("amqp10", message.receivedAtMs)
  copyEnvelope(message, annotated)
  shareBytes(message, annotated)
  const writer = new ByteWriter()
  copyOthers(message, keys, writer)
  writer.copy(bytes)
  annotated.head = writer.take()
  annotated.headStart = 0
  annotated.headEnd = annotated.head.length
  return annotated
}

/** Copies the annotations that have other keys. */
function copyOthers({ head, headStart, headEnd }: Message, keys: ReadonlySet<string>, writer: ByteWriter): void {
  for (let at = headStart; at < headEnd; ) {
    const value = skipAmqp10Value(head, at, headEnd)
    const next = skipAmqp10Value(head, value, headEnd)
    const key = readAmqp10Value(head, at, value).value
    if (typeof key !== "string" || !keys.has(key)) writer.copy(head, at, next)
    at = next
  }
}
