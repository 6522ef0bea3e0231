import { DecodeError, decodeUtf8, isUtf8, readUint32 } from "@polymq/wire"
import { type MessageDraft, NO_BYTES } from "../message.ts"
import { PropertyError } from "../property-error.ts"
import { isText } from "../text.ts"
import { PROPERTY_COUNT } from "./catalogue.ts"
import { Compound } from "./compound.ts"
import { CODE } from "./constructors.ts"
import { isBody, SECTION, sectionCode, sectionContent } from "./sections.ts"
import { contentStart, skipValue, valueEnd } from "./values.ts"

/** Values that an entry of a section is nested in: the section's descriptor and its list or map. */
const ENTRY_DEPTH = 2

/** Fields of a header (part 3, section 3.2.1). */
const HEADER_FIELDS = 5

const section = new Compound()

/**
 * Checks a whole message, as the transfers of one delivery brought it, in one pass over `bytes[start, end)`, and makes
 * `draft` of it: durable, priority and ttlMs from the header, moreKeys from the annotation x-cc, head, sections and body.
 * Header and delivery annotations end here.
 *
 * Raises `DecodeError` for malformed values, for sections that are unknown, repeated or out of order, for a body of
 * several kinds, and for keys that are no symbol or ulong (message annotations) or no string (application properties);
 * `PropertyError` for an x-cc that is no list of strings. A body may be missing: decisions/messages-without-body.
 */
export function validateAmqp10Message(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): void {
  draft.head = draft.sections = NO_BYTES
  draft.headStart = draft.headEnd = draft.sectionsStart = draft.sectionsEnd = 0
  let bodyStart = -1
  let previous = 0
  let at = start
  while (at < end) {
    const code = sectionCode(bytes, at, end)
    if (!mayFollow(code, previous)) throw misplaced(code)
    const content = sectionContent(bytes, at)
    if (isBody(code)) {
      if (bodyStart < 0) bodyStart = at
      at = skipBodySection(bytes, code, content, end)
    } else if (code === SECTION.properties || code === SECTION.applicationProperties) {
      if (draft.sections !== bytes) {
        draft.sections = bytes
        draft.sectionsStart = at
      }
      at = code === SECTION.properties ? skipProperties(bytes, content, end) : skipTextEntries(bytes, content, end)
      draft.sectionsEnd = at
    } else if (code === SECTION.header) at = readHeader(bytes, content, end, draft)
    else if (code === SECTION.messageAnnotations) at = readAnnotations(bytes, content, end, draft)
    else {
      if (code === SECTION.footer && bodyStart < 0) bodyStart = at
      at = skipAnnotations(bytes, content, end)
    }
    previous = code
  }
  draft.body = bytes
  draft.bodyStart = bodyStart < 0 ? end : bodyStart
  draft.bodyEnd = end
}

/** Part 3, section 3.2: each section at most once and in order, but one or more data or sequences, and one kind of body. */
function mayFollow(code: number, previous: number): boolean {
  if (code < SECTION.header || code > SECTION.footer) return false
  if (code === previous) return code === SECTION.data || code === SECTION.amqpSequence
  return code > previous && !(isBody(code) && isBody(previous))
}

function misplaced(code: number): DecodeError {
  return new DecodeError("MALFORMED", `the section 0x${code.toString(16)} is unknown, repeated or out of order`)
}

function skipBodySection(bytes: Uint8Array, code: number, at: number, end: number): number {
  const next = skipValue(bytes, at, end, 1)
  const format = bytes[at] as number
  if (code === SECTION.data && format !== CODE.vbin8 && format !== CODE.vbin32) {
    throw new DecodeError("MALFORMED", "a data section holds a binary")
  }
  if (code === SECTION.amqpSequence && !isList(format)) {
    throw new DecodeError("MALFORMED", "a sequence section holds a list")
  }
  return next
}

function isList(format: number): boolean {
  return format === CODE.list8 || format === CODE.list32 || format === CODE.list0
}

/** Header (part 3, section 3.2.1): durable, priority, ttl, first-acquirer, delivery-count. */
function readHeader(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): number {
  section.openList(bytes, start, end)
  const { count, end: stop } = section
  if (count > HEADER_FIELDS) throw new DecodeError("MALFORMED", `a header of ${count} fields`)
  let at = section.at
  for (let field = 0; field < count; field++) {
    const next = skipValue(bytes, at, stop, ENTRY_DEPTH)
    if (bytes[at] !== CODE.null) readHeaderField(bytes, field, at, draft)
    at = next
  }
  return closed(at)
}

function readHeaderField(bytes: Uint8Array, field: number, at: number, draft: MessageDraft): void {
  if (field === 0) draft.durable = booleanAt(bytes, at)
  else if (field === 1) draft.priority = ubyteAt(bytes, at)
  else if (field === 2) draft.ttlMs = uintAt(bytes, at)
  else if (field === 3) booleanAt(bytes, at)
  else uintAt(bytes, at)
}

function booleanAt(bytes: Uint8Array, at: number): boolean {
  const code = bytes[at]
  if (code === CODE.true || code === CODE.false) return code === CODE.true
  if (code !== CODE.boolean) throw new DecodeError("MALFORMED", "a header field that is no boolean")
  return bytes[at + 1] === 1
}

function ubyteAt(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== CODE.ubyte) throw new DecodeError("MALFORMED", "a header field that is no ubyte")
  return bytes[at + 1] as number
}

function uintAt(bytes: Uint8Array, at: number): number {
  const code = bytes[at]
  if (code === CODE.uint) return readUint32(bytes, at + 1)
  if (code === CODE.smalluint) return bytes[at + 1] as number
  if (code !== CODE.uint0) throw new DecodeError("MALFORMED", "a header field that is no uint")
  return 0
}

function skipProperties(bytes: Uint8Array, start: number, end: number): number {
  section.openList(bytes, start, end)
  const { count, end: stop } = section
  if (count > PROPERTY_COUNT) throw new DecodeError("MALFORMED", `${count} properties`)
  let at = section.at
  for (let left = count; left > 0; left--) at = skipValue(bytes, at, stop, ENTRY_DEPTH)
  return closed(at)
}

function skipTextEntries(bytes: Uint8Array, start: number, end: number): number {
  section.openMap(bytes, start, end)
  const { count, end: stop } = section
  let at = section.at
  for (let left = count; left > 0; left -= 2) {
    const value = skipValue(bytes, at, stop, ENTRY_DEPTH)
    const code = bytes[at]
    if (code !== CODE.str8 && code !== CODE.str32) {
      throw new DecodeError("MALFORMED", "an application property whose key is no string")
    }
    at = skipValue(bytes, value, stop, ENTRY_DEPTH)
  }
  return closed(at)
}

/** Delivery annotations and footer: nobody looks into them here, and rhea writes footers whose keys are strings. */
function skipAnnotations(bytes: Uint8Array, start: number, end: number): number {
  section.openMap(bytes, start, end)
  const { count, end: stop } = section
  let at = section.at
  for (let left = count; left > 0; left -= 2) {
    at = skipValue(bytes, skipValue(bytes, at, stop, ENTRY_DEPTH), stop, ENTRY_DEPTH)
  }
  return closed(at)
}

function readAnnotations(bytes: Uint8Array, start: number, end: number, draft: MessageDraft): number {
  section.openMap(bytes, start, end)
  const { count, end: stop } = section
  let at = section.at
  for (let left = count; left > 0; left -= 2) {
    const value = skipAnnotationKey(bytes, at, stop)
    const next = skipValue(bytes, value, stop, ENTRY_DEPTH)
    if (isMoreKeys(bytes, at, value)) draft.moreKeys ??= keysAt(bytes, value)
    at = next
  }
  draft.head = bytes
  draft.headStart = section.at
  draft.headEnd = at
  return closed(at)
}

/** Whether the key in `bytes[start, end)` is the symbol x-cc. */
function isMoreKeys(bytes: Uint8Array, start: number, end: number): boolean {
  const code = bytes[start] as number
  const from = contentStart(code, start)
  return end - from === 4 && (code === CODE.sym8 || code === CODE.sym32) && isText(bytes, from, end, "x-cc")
}

/** Keys are symbols; ulongs are reserved (part 3, section 3.2.10) but harmless. */
function skipAnnotationKey(bytes: Uint8Array, at: number, stop: number): number {
  const next = skipValue(bytes, at, stop, ENTRY_DEPTH)
  switch (bytes[at]) {
    case CODE.sym8:
    case CODE.sym32:
    case CODE.smallulong:
    case CODE.ulong0:
    case CODE.ulong:
      return next
    default:
      throw new DecodeError("MALFORMED", "an annotation whose key is no symbol")
  }
}

/** Checks that the section's last value ends where its size says. */
function closed(at: number): number {
  if (at !== section.end) throw new DecodeError("MALFORMED", `${section.end - at} bytes left over in a section`)
  return at
}

/** The strings of the list at `start`, which has been checked. */
function keysAt(bytes: Uint8Array, start: number): readonly string[] {
  const format = bytes[start] as number
  const list = new Compound()
  if (!isList(format)) throw badKeys()
  list.openList(bytes, start, valueEnd(bytes, start))
  const keys: string[] = []
  for (let at = list.at; at < list.end; at = valueEnd(bytes, at)) {
    const from = bytes[at] === CODE.str8 ? at + 2 : at + 5
    const to = valueEnd(bytes, at)
    if ((bytes[at] !== CODE.str8 && bytes[at] !== CODE.str32) || !isUtf8(bytes, from, to)) throw badKeys()
    keys.push(decodeUtf8(bytes, from, to))
  }
  return keys
}

function badKeys(): PropertyError {
  return new PropertyError("x-cc", "the annotation x-cc is not a list of strings")
}
