import { ByteWriter } from "@polymq/wire"
import type { Assembler, Put } from "../format.ts"
import { beginConversion, createMessage, type Message, type MessageDraft } from "../message.ts"
import { putSigned, putUnsigned } from "../put-integer.ts"
import { type Slot, slotOf } from "../slot.ts"
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

/** Bytes that a shortstr and a table's key hold. */
const MAX_SHORT = 0xff

/** By number of the type, 1 where its integers have a sign. */
const IS_SIGNED: Uint8Array = Uint8Array.from(TYPES, ({ encoding }) => (encoding === "signed" ? 1 : 0))

/** Offset of the headers table while it is not being written. */
const CLOSED = -1

/** `Format.assembler`: builds flags and property list as they stand in a content header. */
export class Amqp091Assembler implements Assembler {
  readonly #draft: MessageDraft = createMessage("amqp091", 0)
  readonly #writer = new ByteWriter(1024)
  #flags = 0
  #tableAt = CLOSED

  begin(source: Message): void {
    beginConversion(source, this.#draft)
    this.#flags = 0
    this.#tableAt = CLOSED
    this.#writer.reset()
    this.#writer.skip(2)
  }

  put(field: number, _type: number, value: Slot): void {
    if (field === PAYLOAD) {
      this.putBody(value)
      return
    }
    const { bytes, start, end } = value
    if (this.#tableAt !== CLOSED) this.#closeTable()
    const writer = this.#writer
    const { at } = writer
    const width = PROPERTY_WIDTH[field] as number
    if (width === SHORT_LENGTH) {
      if (end - start > MAX_SHORT) throw tooLong("a shortstr", end - start)
      writer.prefixed8(bytes, start, end)
    } else putUnsigned(writer, bytes, start, end, width)
    this.#announce(field, at)
  }

  putValue(field: number, value: Value): void {
    if (field === PAYLOAD) {
      if (!(value.value instanceof Uint8Array)) throw new RangeError("a payload is bytes")
      this.putBody(slotOf(value.value))
      return
    }
    const expected = TYPES[PROPERTY_TYPE[field] as number]?.name
    if (value.type !== expected) throw new RangeError(`${FIELDS[field]?.name} is a ${expected}, not a ${value.type}`)
    if (this.#tableAt !== CLOSED) this.#closeTable()
    const at = this.#writer.at
    try {
      writeUntagged(this.#writer, value)
      this.#announce(field, at)
    } catch (cause) {
      this.#writer.at = at
      throw cause
    }
  }

  putEntry(_field: number, _keyType: number, key: Slot, type: number, value: Slot): void {
    const { keyBytes, keyStart, keyEnd } = key
    const { bytes, start, end } = value
    checkKey(keyStart, keyEnd)
    if (this.#tableAt === CLOSED) this.#openTable()
    const writer = this.#writer
    const width = WIDTH[type] as number
    if (width < 0) putLong(writer, key, TAG[type] as number, value)
    else {
      writer.prefixed8(keyBytes, keyStart, keyEnd)
      writer.uint8(TAG[type] as number)
      if (IS_SIGNED[type] === 1) putSigned(writer, bytes, start, end, width)
      else putUnsigned(writer, bytes, start, end, width)
    }
  }

  putEntryValue(_field: number, _keyType: number, { keyBytes, keyStart, keyEnd }: Slot, value: Value): void {
    checkKey(keyStart, keyEnd)
    const flags = this.#flags
    const tableAt = this.#tableAt
    const at = this.#writer.at
    try {
      if (tableAt === CLOSED) this.#openTable()
      this.#writer.prefixed8(keyBytes, keyStart, keyEnd)
      writeTagged(this.#writer, value)
    } catch (cause) {
      this.#flags = flags
      this.#tableAt = tableAt
      this.#writer.at = at
      throw cause
    }
  }

  putBody({ bytes, start, end }: Slot): void {
    const draft = this.#draft
    draft.body = bytes
    draft.bodyStart = start
    draft.bodyEnd = end
  }

  putAll(puts: readonly Put[]): void {
    for (let at = 0; at < puts.length; at++) {
      const { field, type, isEntry, keyType, isBody, keyed, source } = puts[at] as Put
      if (isEntry) this.putEntry(field, keyType, keyed, type, source)
      else if (isBody) this.putBody(source)
      else this.put(field, type, source)
    }
  }

  finish(): Message {
    if (this.#tableAt !== CLOSED) this.#closeTable()
    const draft = this.#draft
    this.#writer.patchUint16(0, this.#flags)
    draft.head = this.#writer.bytes
    draft.headStart = 0
    draft.headEnd = this.#writer.at
    return draft
  }

  #openTable(): void {
    this.#tableAt = this.#writer.skip(4)
    this.#flags |= flagOf(HEADERS)
  }

  #closeTable(): void {
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

function checkKey(start: number, end: number): void {
  if (end - start > MAX_SHORT) throw tooLong("a table's key", end - start)
}

/** Writes an entry whose value has its length in four bytes, as most have: room is made once. */
function putLong(writer: ByteWriter, key: Slot, tag: number, value: Slot): void {
  const { keyBytes, keyStart, keyEnd } = key
  const { bytes, start, end } = value
  const keyLength = keyEnd - keyStart
  const length = end - start
  writer.ensure(keyLength + length + 6)
  const { bytes: target, at } = writer
  const to = at + keyLength + 6
  target[at] = keyLength
  writer.place(keyBytes, keyStart, keyEnd, at + 1)
  target[to - 5] = tag
  target[to - 4] = length >>> 24
  target[to - 3] = length >>> 16
  target[to - 2] = length >>> 8
  target[to - 1] = length
  writer.place(bytes, start, end, to)
  writer.at = to + length
}

function tooLong(what: string, bytes: number): RangeError {
  return new RangeError(`${what} holds 255 bytes, not ${bytes}`)
}
