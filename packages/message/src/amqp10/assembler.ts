import { ByteWriter } from "@polymq/wire"
import type { Assembler, Put } from "../format.ts"
import { beginConversion, createMessage, type Message, type MessageDraft, NO_BYTES } from "../message.ts"
import { readUnsigned } from "../read-unsigned.ts"
import { type Slot, slotOf } from "../slot.ts"
import type { Value } from "../value.ts"
import { FIELD, FIELDS, typeNumber } from "./catalogue.ts"
import { CODE } from "./constructors.ts"
import { locate } from "./locate.ts"
import { SECTION } from "./sections.ts"
import { writeValue } from "./write.ts"
import { writeSlot } from "./write-slot.ts"
import { beginList, beginMap, endList, endMap, writeDescriptor, writeNull, writeSize } from "./writer.ts"

const BINARY = typeNumber("binary")
const SECTIONS = typeNumber("sections")
const STRING = typeNumber("string")
const SYMBOL = typeNumber("symbol")

const MAX_UBYTE = 0xff
const MAX_UINT = 0xffff_ffff

const NO_PAYLOAD = slotOf(NO_BYTES)

/** What the writer is in the middle of. */
type Part = "annotations" | "properties" | "application-properties" | "body"

/**
 * Builds AMQP 1.0 messages. Header fields go to the envelope and annotation entries to the head. A payload that becomes
 * a data section (or an amqp-value of type binary, string or symbol) is shared: the descriptor, format code and size of
 * that section end `sections`, its octets are `body`. Annotations, `sections` and `body` one after the other are thus the
 * message as it is delivered, whether it was converted or not.
 */
export class Amqp10Assembler implements Assembler {
  readonly #writer = new ByteWriter(512)
  readonly #value = new ByteWriter(64)
  readonly #body = new ByteWriter(64)
  readonly #message: MessageDraft = createMessage("amqp10", 0)
  #part: Part = "annotations"
  #headEnd = 0
  #sectionsEnd = 0
  #mark = 0
  #count = 0

  begin(source: Message): void {
    beginConversion(source, this.#message)
    this.#writer.reset()
    this.#part = "annotations"
  }

  put(field: number, type: number, value: Slot): void {
    if (isProperty(field)) {
      this.#enterProperty(field)
      writeSlot(this.#writer, type, value.bytes, value.start, value.end)
    } else if (field === FIELD.data && type === BINARY) this.putBody(value)
    else if (field === FIELD.amqpValue) this.#putAmqpValue(type, value)
    else if (type === SECTIONS) this.#shareBody(value)
    else this.#putFact(field, value)
  }

  putValue(field: number, value: Value): void {
    this.#encode(value)
    const { bytes, at } = this.#value
    if (isProperty(field)) {
      this.#enterProperty(field)
      this.#writer.copy(bytes, 0, at)
    } else {
      const slot = slotOf(bytes)
      locate(slot)
      this.put(field, slot.type, slot)
    }
  }

  putEntry(field: number, keyType: number, key: Slot, type: number, value: Slot): void {
    const writer = this.#writer
    this.#enterEntry(field)
    writeSlot(writer, keyType, key.keyBytes, key.keyStart, key.keyEnd)
    writeSlot(writer, type, value.bytes, value.start, value.end)
  }

  putEntryValue(field: number, keyType: number, { keyBytes, keyStart, keyEnd }: Slot, value: Value): void {
    this.#encode(value)
    this.#enterEntry(field)
    writeSlot(this.#writer, keyType, keyBytes, keyStart, keyEnd)
    this.#writer.copy(this.#value.bytes, 0, this.#value.at)
  }

  /** The payload becomes one data section. */
  putBody(payload: Slot): void {
    this.#openBody(SECTION.data, CODE.vbin8, CODE.vbin32, payload)
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
    if (this.#part !== "body") this.putBody(NO_PAYLOAD)
    const { bytes } = this.#writer
    const message = this.#message
    message.head = message.sections = bytes
    message.headStart = 0
    message.headEnd = message.sectionsStart = this.#headEnd
    message.sectionsEnd = this.#sectionsEnd
    return message
  }

  #encode(value: Value): void {
    this.#value.reset()
    writeValue(this.#value, value)
  }

  /** Closes what is open and begins `part`. */
  #enter(part: Part): void {
    const writer = this.#writer
    if (this.#part === "annotations") this.#headEnd = writer.at
    else if (this.#part === "properties") endList(writer, this.#mark, this.#count)
    else if (this.#part === "application-properties") endMap(writer, this.#mark, this.#count)
    this.#part = part
    this.#count = 0
    if (part === "properties") {
      writeDescriptor(writer, SECTION.properties)
      this.#mark = beginList(writer)
    } else if (part === "application-properties") {
      writeDescriptor(writer, SECTION.applicationProperties)
      this.#mark = beginMap(writer)
    }
  }

  /** Comes to the place of a property: those left out before it are null, those behind it are not written. */
  #enterProperty(field: number): void {
    if (this.#part !== "properties") this.#enter("properties")
    const place = field - FIELD.firstProperty
    for (let count = this.#count; count < place; count++) writeNull(this.#writer)
    this.#count = place + 1
  }

  #enterEntry(field: number): void {
    if (field === FIELD.applicationProperties) {
      if (this.#part !== "application-properties") this.#enter("application-properties")
      this.#count++
    } else if (field !== FIELD.messageAnnotations) throw unfit(field)
  }

  /** What a message has in its header. */
  #putFact(field: number, { bytes, start, end }: Slot): void {
    const message = this.#message
    if (field === FIELD.durable) message.durable = bytes[start] !== 0
    else if (field === FIELD.priority) message.priority = Math.min(readUnsigned(bytes, start, end), MAX_UBYTE)
    else if (field === FIELD.ttl) message.ttlMs = Math.min(readUnsigned(bytes, start, end), MAX_UINT)
    else throw unfit(field)
  }

  #putAmqpValue(type: number, value: Slot): void {
    if (type === BINARY) this.#openBody(SECTION.amqpValue, CODE.vbin8, CODE.vbin32, value)
    else if (type === STRING) this.#openBody(SECTION.amqpValue, CODE.str8, CODE.str32, value)
    else if (type === SYMBOL) this.#openBody(SECTION.amqpValue, CODE.sym8, CODE.sym32, value)
    else {
      const section = this.#body
      section.reset()
      writeDescriptor(section, SECTION.amqpValue)
      writeSlot(section, type, value.bytes, value.start, value.end)
      this.#shareBody(slotOf(section.view()))
    }
  }

  /** Opens a body section of variable width, whose octets are shared. */
  #openBody(section: number, code8: number, code32: number, payload: Slot): void {
    this.#enter("body")
    writeDescriptor(this.#writer, section)
    writeSize(this.#writer, code8, code32, payload.end - payload.start)
    this.#setBody(payload)
  }

  /** Shares body sections that are encoded already. */
  #shareBody(sections: Slot): void {
    this.#enter("body")
    this.#setBody(sections)
  }

  #setBody({ bytes, start, end }: Slot): void {
    this.#sectionsEnd = this.#writer.at
    this.#message.body = bytes
    this.#message.bodyStart = start
    this.#message.bodyEnd = end
  }
}

function isProperty(field: number): boolean {
  return field >= FIELD.firstProperty && field <= FIELD.lastProperty
}

function unfit(field: number): RangeError {
  return new RangeError(`a message cannot be given the field ${FIELDS[field]?.name ?? field}`)
}
