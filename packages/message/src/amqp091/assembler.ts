import { ByteWriter } from "@polymq/wire"
import type { Assembler } from "../format.ts"
import { copyEnvelope, createMessage, type Message, type MessageDraft, NO_BYTES } from "../message.ts"
import { putSigned, putUnsigned } from "../put-integer.ts"
import type { Value } from "../value.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { parseExpiration } from "./expiration.ts"
import {
  DELIVERY_MODE,
  EXPIRATION,
  flagOf,
  HEADERS,
  PAYLOAD,
  PERSISTENT,
  PRIORITY,
  PROPERTY_TYPE,
  PROPERTY_WIDTH,
} from "./properties.ts"
import { SHORT_LENGTH, TAG, WIDTH } from "./values.ts"
import { writeTagged, writeUntagged } from "./write.ts"

/** Offset of the headers table while it is not being written. */
const CLOSED = -1

/** `Format.assembler`: builds flags and property list as they stand in a content header. */
export class Amqp091Assembler implements Assembler {
  readonly #draft: MessageDraft = createMessage("amqp091", 0)
  readonly #writer = new ByteWriter(1024)
  #flags = 0
  #tableAt = CLOSED

  begin(source: Message): void {
    const draft = this.#draft
    copyEnvelope(source, draft)
    draft.durable = undefined
    draft.priority = undefined
    draft.qos = undefined
    draft.ttlMs = undefined
    draft.body = NO_BYTES
    draft.bodyStart = 0
    draft.bodyEnd = 0
    draft.cached = undefined
    draft.holders = 0
    this.#flags = 0
    this.#tableAt = CLOSED
    this.#writer.reset()
    this.#writer.skip(2)
  }

  put(field: number, _type: number, bytes: Uint8Array, start: number, end: number): void {
    if (field === PAYLOAD) {
      this.putBody(bytes, start, end)
      return
    }
    this.#closeTable()
    const writer = this.#writer
    const at = writer.at
    const width = PROPERTY_WIDTH[field] as number
    if (width === SHORT_LENGTH) {
      if (end - start > 0xff) throw new RangeError(`a shortstr holds 255 bytes, not ${end - start}`)
      writer.prefixed8(bytes, start, end)
    } else putUnsigned(writer, bytes, start, end, width)
    this.#announce(field, at)
  }

  putValue(field: number, value: Value): void {
    if (field === PAYLOAD) {
      if (!(value.value instanceof Uint8Array)) throw new RangeError("a payload is bytes")
      this.putBody(value.value, 0, value.value.length)
      return
    }
    const expected = TYPES[PROPERTY_TYPE[field] as number]?.name
    if (value.type !== expected) throw new RangeError(`${FIELDS[field]?.name} is a ${expected}, not a ${value.type}`)
    this.#closeTable()
    const at = this.#writer.at
    try {
      writeUntagged(this.#writer, value)
      this.#announce(field, at)
    } catch (cause) {
      this.#writer.at = at
      throw cause
    }
  }

  putEntry(
    _field: number,
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    _keyType: number,
    type: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const width = WIDTH[type] as number
    this.#putKey(keyBytes, keyStart, keyEnd)
    const writer = this.#writer
    writer.uint8(TAG[type] as number)
    if (width < 0) writer.prefixed32(bytes, start, end)
    else if (width === end - start) writer.copy(bytes, start, end)
    else if (TYPES[type]?.encoding === "signed") putSigned(writer, bytes, start, end, width)
    else putUnsigned(writer, bytes, start, end, width)
  }

  putEntryValue(
    _field: number,
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    _keyType: number,
    value: Value,
  ): void {
    const flags = this.#flags
    const tableAt = this.#tableAt
    const at = this.#writer.at
    try {
      this.#putKey(keyBytes, keyStart, keyEnd)
      writeTagged(this.#writer, value)
    } catch (cause) {
      this.#flags = flags
      this.#tableAt = tableAt
      this.#writer.at = at
      throw cause
    }
  }

  putBody(bytes: Uint8Array, start: number, end: number): void {
    const draft = this.#draft
    draft.body = bytes
    draft.bodyStart = start
    draft.bodyEnd = end
  }

  finish(): Message {
    this.#closeTable()
    const draft = this.#draft
    this.#writer.patchUint16(0, this.#flags)
    draft.head = this.#writer.bytes
    draft.headStart = 0
    draft.headEnd = this.#writer.at
    return draft
  }

  #putKey(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > 0xff) throw new RangeError(`a table's key holds 255 bytes, not ${end - start}`)
    const writer = this.#writer
    if (this.#tableAt === CLOSED) {
      this.#tableAt = writer.skip(4)
      this.#flags |= flagOf(HEADERS)
    }
    writer.prefixed8(bytes, start, end)
  }

  #closeTable(): void {
    if (this.#tableAt === CLOSED) return
    this.#writer.patchUint32(this.#tableAt, this.#writer.at - this.#tableAt - 4)
    this.#tableAt = CLOSED
  }

  /** The property at `at` of the list is complete: its flag, and what the envelope takes from it. */
  #announce(field: number, at: number): void {
    const { bytes, at: end } = this.#writer
    if (field === DELIVERY_MODE) this.#draft.durable = bytes[at] === PERSISTENT
    else if (field === PRIORITY) this.#draft.priority = bytes[at] as number
    else if (field === EXPIRATION) {
      const ttlMs = parseExpiration(bytes, at + 1, end)
      if (ttlMs < 0) {
        this.#writer.at = at
        throw new RangeError("an expiration is the text of a non-negative integer")
      }
      this.#draft.ttlMs = ttlMs
    }
    this.#flags |= flagOf(field)
  }
}
