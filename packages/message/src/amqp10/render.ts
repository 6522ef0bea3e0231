import { copyBytes, putUint32 } from "@polymq/wire"
import type { Message } from "../message.ts"
import { brokerEntries, isBrokerKey } from "./broker-entries.ts"
import { CODE } from "./constructors.ts"
import { DESCRIPTOR_BYTES, SECTION } from "./sections.ts"
import { valueEnd } from "./values.ts"

const MAX_UINT = 0xffff_ffff

/** Fields of a header (part 3, section 3.2.1). */
const HEADER_FIELDS = 5

/** What the client's annotations amount to without those that only the broker may make. */
class ClientEntries {
  bytes = 0
  elements = 0

  measure(message: Message, hasCounts: boolean): void {
    const { head, headEnd } = message
    const hasDeaths = message.deaths !== undefined
    this.bytes = headEnd - message.headStart
    this.elements = 0
    for (let at = message.headStart; at < headEnd; ) {
      const value = valueEnd(head, at)
      const next = valueEnd(head, value)
      if (isBrokerKey(head, at, value, hasDeaths, hasCounts)) this.bytes -= next - at
      else this.elements += 2
      at = next
    }
  }
}

const client = new ClientEntries()

/**
 * Bytes of everything that stands before the body in a delivery; the body follows as it is. `remainingTtlMs` is what is
 * left of the message's time to live, undefined when it has none; `deliveryCount` is the number of failed deliveries, without
 * those before a death.
 * `acquiredCount` is how often it has come back, where its consumers are to read both in annotations; 0 says nothing.
 */
export function amqp10HeadBytes(
  message: Message,
  remainingTtlMs: number | undefined,
  deliveryCount: number,
  acquiredCount = 0,
): number {
  client.measure(message, acquiredCount > 0)
  const entries = brokerEntries.of(message, toldFailures(deliveryCount, acquiredCount), acquiredCount).at + client.bytes
  return (
    headerBytes(message, remainingTtlMs, deliveryCount) +
    DESCRIPTOR_BYTES +
    (isSmall(entries, client.elements + brokerEntries.elements) ? 3 : 9) +
    entries +
    (message.sectionsEnd - message.sectionsStart)
  )
}

/**
 * Writes everything that stands before the body to `target` at `offset`: the header, with what differs per delivery, the
 * annotations, with the broker's own first and the client's of those names left out, and the sections as they are.
 * Returns the offset behind it. The caller has made room for `amqp10HeadBytes`, whose counts these are.
 */
export function renderAmqp10Head(
  message: Message,
  remainingTtlMs: number | undefined,
  isFirstAcquirer: boolean,
  deliveryCount: number,
  target: Uint8Array,
  offset: number,
  acquiredCount = 0,
): number {
  const annotations = putHeader(message, remainingTtlMs, isFirstAcquirer, deliveryCount, target, offset)
  const sections = putAnnotations(message, deliveryCount, acquiredCount, target, annotations)
  copyBytes(message.sections, message.sectionsStart, message.sectionsEnd, target, sections)
  return sections + message.sectionsEnd - message.sectionsStart
}

/** The header counts on where a message has died in another queue (part 3, section 3.2.1). */
function allFailures({ deaths }: Message, deliveryCount: number): number {
  return deaths === undefined ? deliveryCount : deaths.failures + deliveryCount
}

function headerBytes(message: Message, remainingTtlMs: number | undefined, deliveryCount: number): number {
  const priority = message.priority === undefined ? 1 : 2
  const ttl = remainingTtlMs === undefined ? 1 : uintBytes(ttlOf(remainingTtlMs))
  return DESCRIPTOR_BYTES + 3 + 1 + priority + ttl + 1 + uintBytes(allFailures(message, deliveryCount))
}

function putHeader(
  message: Message,
  remainingTtlMs: number | undefined,
  isFirstAcquirer: boolean,
  deliveryCount: number,
  target: Uint8Array,
  offset: number,
): number {
  const { durable, priority } = message
  const size = putDescriptor(target, offset, SECTION.header) + 1
  target[size - 1] = CODE.list8
  target[size + 1] = HEADER_FIELDS
  let at = size + 2
  target[at++] = durable === undefined ? CODE.null : durable ? CODE.true : CODE.false
  if (priority === undefined) target[at++] = CODE.null
  else {
    target[at++] = CODE.ubyte
    target[at++] = priority
  }
  if (remainingTtlMs === undefined) target[at++] = CODE.null
  else at = putUint(target, at, ttlOf(remainingTtlMs))
  // Whoever had it before it was dead-lettered, it is nobody's first any more.
  target[at++] = isFirstAcquirer && message.deaths === undefined ? CODE.true : CODE.false
  at = putUint(target, at, allFailures(message, deliveryCount))
  target[size] = at - size - 1
  return at
}

/** Failures are told only together with how often the message has come back: each of them is one of those. */
function toldFailures(deliveryCount: number, acquiredCount: number): number {
  return acquiredCount > 0 ? deliveryCount : 0
}

function putAnnotations(
  message: Message,
  deliveryCount: number,
  acquiredCount: number,
  target: Uint8Array,
  offset: number,
): number {
  client.measure(message, acquiredCount > 0)
  const entries = brokerEntries.of(message, toldFailures(deliveryCount, acquiredCount), acquiredCount)
  const bytes = entries.at + client.bytes
  const elements = brokerEntries.elements + client.elements
  let at = putDescriptor(target, offset, SECTION.messageAnnotations)
  if (isSmall(bytes, elements)) {
    target[at++] = CODE.map8
    target[at++] = bytes + 1
    target[at++] = elements
  } else {
    target[at++] = CODE.map32
    at = putUint32(target, at, bytes + 4)
    at = putUint32(target, at, elements)
  }
  copyBytes(entries.bytes, 0, entries.at, target, at)
  return putClientEntries(message, acquiredCount > 0, target, at + entries.at)
}

function putClientEntries(message: Message, hasCounts: boolean, target: Uint8Array, offset: number): number {
  const { head, headStart, headEnd } = message
  if (client.bytes === headEnd - headStart) {
    copyBytes(head, headStart, headEnd, target, offset)
    return offset + client.bytes
  }
  const hasDeaths = message.deaths !== undefined
  let to = offset
  for (let at = headStart; at < headEnd; ) {
    const value = valueEnd(head, at)
    const next = valueEnd(head, value)
    if (!isBrokerKey(head, at, value, hasDeaths, hasCounts)) {
      copyBytes(head, at, next, target, to)
      to += next - at
    }
    at = next
  }
  return to
}

function isSmall(bytes: number, elements: number): boolean {
  return bytes < 0xff && elements < 0x100
}

/** Whole milliseconds that a header can hold. */
function ttlOf(remainingMs: number): number {
  return remainingMs <= 0 ? 0 : remainingMs >= MAX_UINT ? MAX_UINT : Math.ceil(remainingMs)
}

function uintBytes(value: number): number {
  return value === 0 ? 1 : value < 0x100 ? 2 : 5
}

function putUint(target: Uint8Array, at: number, value: number): number {
  if (value === 0) target[at] = CODE.uint0
  else if (value < 0x100) {
    target[at] = CODE.smalluint
    target[at + 1] = value
  } else {
    target[at] = CODE.uint
    return putUint32(target, at + 1, value)
  }
  return at + uintBytes(value)
}

function putDescriptor(target: Uint8Array, at: number, code: number): number {
  target[at] = CODE.described
  target[at + 1] = CODE.smallulong
  target[at + 2] = code
  return at + DESCRIPTOR_BYTES
}
