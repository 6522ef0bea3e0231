import type { FieldIndex } from "../field-index.ts"
import type { Message } from "../message.ts"
import { amqp10BodyEnd } from "./body.ts"
import { FIELD, typeNumber } from "./catalogue.ts"
import { CODE, LAYOUT, LAYOUTS, TYPE_OF_CODE } from "./constructors.ts"
import { BOOLEANS, locate } from "./locate.ts"
import { SECTION, sectionCode, sectionContent } from "./sections.ts"
import { contentStart, elementsStart, valueEnd } from "./values.ts"

const BINARY = typeNumber("binary")
const BOOLEAN = typeNumber("boolean")
const SECTIONS = typeNumber("sections")
const UBYTE = typeNumber("ubyte")
const UINT = typeNumber("uint")

const MAX_UINT = 0xffff_ffff

/** `Format.scan`. The message's bytes have been checked; the header's facts are listed from the envelope. */
export function scan(message: Message, index: FieldIndex): void {
  index.reset()
  const { durable, priority, ttlMs } = message
  if (durable !== undefined) index.add(FIELD.durable, BOOLEAN, BOOLEANS, durable ? 1 : 0, durable ? 2 : 1)
  if (priority !== undefined) index.addNumber(FIELD.priority, UBYTE, priority, 1)
  if (ttlMs !== undefined) index.addNumber(FIELD.ttl, UINT, Math.min(ttlMs, MAX_UINT), 4)
  scanEntries(FIELD.messageAnnotations, message.head, message.headStart, message.headEnd, index)
  const opening = scanSections(message, index)
  if (opening < 0) scanBody(message, index)
  else scanOpened(message, opening, index)
}

/** Lists properties and application properties; returns the offset of a body section that begins there, or -1. */
function scanSections(message: Message, index: FieldIndex): number {
  const { sections: bytes, sectionsEnd: end } = message
  let at = message.sectionsStart
  while (at < end) {
    const code = sectionCode(bytes, at, end)
    const content = sectionContent(bytes, at)
    const next = valueEnd(bytes, content)
    if (code === SECTION.properties) scanProperties(bytes, elementsStart(bytes, content), next, index)
    else if (code === SECTION.applicationProperties) {
      scanEntries(FIELD.applicationProperties, bytes, elementsStart(bytes, content), next, index)
    } else return at
    at = next
  }
  return -1
}

function scanProperties(bytes: Uint8Array, start: number, end: number, index: FieldIndex): void {
  let field = FIELD.firstProperty
  for (let at = start | 0; at < end; field++) {
    const code = bytes[at] as number
    if (code === CODE.null) at++
    else if (LAYOUTS[code] === LAYOUT.variable8) {
      const from = at + 2
      at = from + (bytes[at + 1] as number)
      index.add(field, typeOf(code), bytes, from, at)
    } else at = locate(index.add(field, typeOf(code), bytes, at, at))
  }
}

/** Most keys and values are short text: no call for them. */
function scanEntries(field: number, bytes: Uint8Array, start: number, end: number, index: FieldIndex): void {
  let at = start | 0
  while (at < end) {
    const keyCode = bytes[at] as number
    const isShort = LAYOUTS[keyCode] === LAYOUT.variable8
    const key = isShort ? at + 2 : contentStart(keyCode, at)
    const value = isShort ? key + (bytes[at + 1] as number) : valueEnd(bytes, at)
    const code = bytes[value] as number
    if (LAYOUTS[code] === LAYOUT.variable8) {
      const from = value + 2
      at = from + (bytes[value + 1] as number)
      index.addEntry(field, typeOf(keyCode), bytes, key, value, typeOf(code), from, at)
    } else at = locate(index.addEntry(field, typeOf(keyCode), bytes, key, value, typeOf(code), value, value))
  }
}

/** Body sections as they were published, and the footer. No body is listed as an empty data section. */
function scanBody(message: Message, index: FieldIndex): void {
  const { body: bytes, bodyStart: start, bodyEnd: end } = message
  const bodyEnd = start < end ? scanBodySections(message, index) : start
  if (start === bodyEnd) index.add(FIELD.data, BINARY, bytes, start, start)
  if (bodyEnd === end) return
  scanEntries(FIELD.footer, bytes, elementsStart(bytes, sectionContent(bytes, bodyEnd)), end, index)
}

/** Lists the body sections, if there are any; returns the offset behind them. */
function scanBodySections(message: Message, index: FieldIndex): number {
  const { body: bytes, bodyStart: start, bodyEnd: end } = message
  const code = sectionCode(bytes, start, end)
  if (code === SECTION.footer) return start
  const content = sectionContent(bytes, start)
  const next = valueEnd(bytes, content)
  const bodyEnd = next === end ? end : amqp10BodyEnd(message)
  const type = typeOf(bytes[content] as number)
  if (code === SECTION.amqpValue) locate(index.add(FIELD.amqpValue, type, bytes, content, content))
  else if (code === SECTION.amqpSequence) index.add(FIELD.amqpSequence, SECTIONS, bytes, start, bodyEnd)
  else if (next < bodyEnd) index.add(FIELD.data, SECTIONS, bytes, start, bodyEnd)
  else index.add(FIELD.data, BINARY, bytes, contentStart(bytes[content] as number, content), bodyEnd)
  return bodyEnd
}

/** The body of a converted message, whose `sections` end with descriptor, format code and size of what `body` holds. */
function scanOpened(message: Message, opening: number, index: FieldIndex): void {
  const { sections, body, bodyStart, bodyEnd } = message
  const content = sectionContent(sections, opening)
  const isData = sectionCode(sections, opening, message.sectionsEnd) === SECTION.data
  index.add(isData ? FIELD.data : FIELD.amqpValue, typeOf(sections[content] as number), body, bodyStart, bodyEnd)
}

function typeOf(code: number): number {
  return TYPE_OF_CODE[code] as number
}
