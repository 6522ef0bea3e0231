import { ByteWriter, readUint32 } from "@polymq/wire"
import type { Qos } from "../envelope.ts"
import type { Assembler, Put } from "../format.ts"
import { beginConversion, createMessage, type Message, type MessageDraft } from "../message.ts"
import { putUnsigned } from "../put-integer.ts"
import { type Slot, slotOf } from "../slot.ts"
import type { Value } from "../value.ts"
import { FIELDS, TYPES } from "./catalogue.ts"
import { EXPIRY, FIELD_TYPE, PAYLOAD, PROPERTY_OF_FIELD, QOS, RETAIN, USER_PROPERTY, UTF8 } from "./fields.ts"
import type { PropertyType } from "./properties.ts"
import { isMqttText } from "./text.ts"

/** `Format.assembler`: builds the properties of a PUBLISH; QoS, RETAIN and the ttl become envelope facts. */
export class MqttAssembler implements Assembler {
  readonly #draft: MessageDraft = createMessage("mqtt", 0)
  readonly #writer = new ByteWriter(1024)
  readonly #scratch = new ByteWriter(64)

  begin(source: Message): void {
    beginConversion(source, this.#draft)
    this.#writer.reset()
  }

  put(field: number, _type: number, value: Slot): void {
    const id = ID_OF_FIELD[field] as number
    if (id === 0) {
      this.#putFact(field, value)
      return
    }
    const { bytes, start, end } = value
    const writer = this.#writer
    const width = INTEGER_BYTES[field] as number
    if (width === 0) {
      checkLength(start, end)
      writer.uint8(id)
      writer.prefixed16(bytes, start, end)
      return
    }
    writer.uint8(id)
    putUnsigned(writer, bytes, start, end, width)
    if (field === EXPIRY) this.#draft.ttlMs = readUint32(writer.bytes, writer.at - 4) * 1000
  }

  putValue(field: number, value: Value): void {
    const type = FIELD_TYPE[field] as number
    this.put(field, type, slotOf(this.#encode(value, TYPES[type]?.name, field)))
  }

  putEntry(_field: number, _keyType: number, key: Slot, _type: number, value: Slot): void {
    const { keyBytes, keyStart, keyEnd } = key
    const { bytes, start, end } = value
    checkLength(keyStart, keyEnd)
    checkLength(start, end)
    const writer = this.#writer
    const keyLength = keyEnd - keyStart
    const length = end - start
    writer.ensure(keyLength + length + 5)
    const { bytes: target, at } = writer
    const to = at + keyLength + 5
    target[at] = USER_PROPERTY_ID
    target[at + 1] = keyLength >>> 8
    target[at + 2] = keyLength
    writer.place(keyBytes, keyStart, keyEnd, at + 3)
    target[to - 2] = length >>> 8
    target[to - 1] = length
    writer.place(bytes, start, end, to)
    writer.at = to + length
  }

  putEntryValue(field: number, keyType: number, key: Slot, value: Value): void {
    this.putEntry(field, keyType, key, UTF8, slotOf(this.#encode(value, "utf8", field)))
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
    const draft = this.#draft
    draft.head = this.#writer.bytes
    draft.headStart = 0
    draft.headEnd = this.#writer.at
    return draft
  }

  #putFact(field: number, value: Slot): void {
    if (field === PAYLOAD) {
      this.putBody(value)
      return
    }
    const { bytes, end } = value
    const bits = bytes[end - 1] ?? 0
    if (field === QOS && bits <= 2) this.#draft.qos = bits as Qos
    else if (field === RETAIN && bits <= 1) this.#draft.retain = bits === 1
    else throw new RangeError(`${FIELDS[field]?.name} cannot be ${bits} in a message`)
  }

  /** The bytes of a decoded value as a slot would hold them; valid until the next call. */
  #encode(value: Value, expected: string | undefined, field: number): Uint8Array {
    const { type, value: datum } = value
    if (type !== expected) throw new RangeError(`${FIELDS[field]?.name} is a ${expected}, not a ${type}`)
    if (datum instanceof Uint8Array && type === "binary") return datum
    const scratch = this.#scratch
    scratch.reset()
    if (typeof datum === "string" && type === "utf8") {
      scratch.utf8(datum)
      if (isMqttText(scratch.bytes, 0, scratch.at)) return scratch.view()
    } else if (typeof datum === "number" && Number.isInteger(datum) && datum >= 0 && datum <= (MAX[type] ?? -1)) {
      scratch.uint32(datum)
      return scratch.view()
    }
    throw new RangeError(`${FIELDS[field]?.name} cannot hold this ${type}`)
  }
}

/** By number of the field: identifier of the property that it is; 0 for fields that are none. */
const ID_OF_FIELD: Uint8Array = Uint8Array.from(PROPERTY_OF_FIELD, (property) => property?.id ?? 0)

const USER_PROPERTY_ID = ID_OF_FIELD[USER_PROPERTY] as number

const WIDTHS: Readonly<Partial<Record<PropertyType, number>>> = { byte: 1, ushort: 2, uint: 4 }

/** By number of the field: width of integers; 0 for text and bytes, which have their length in two bytes in front. */
const INTEGER_BYTES: Uint8Array = Uint8Array.from(PROPERTY_OF_FIELD, (property) =>
  property === undefined ? 0 : (WIDTHS[property.type] ?? 0),
)

const MAX: Readonly<Record<string, number>> = { bits: 3, byte: 0xff, ushort: 0xffff, uint: 0xffff_ffff }

function checkLength(start: number, end: number): void {
  if (end - start > 0xffff) throw new RangeError(`a value holds 65535 bytes, not ${end - start}`)
}
