import { AMQP10_CODE as CODE } from "@polymq/message"
import { readUint32 } from "@polymq/wire"
import { MAX_DELIVERY_TAG_BYTES } from "./constants.ts"
import { ABSENT, type DispositionFields, type FlowFields, type TransferFields } from "./hot-fields.ts"
import { LAYOUTS } from "./layouts.ts"

/** Cursor of this file: no object per frame, no tuple per field. `failed` once a form was met that only the layouts read. */
let at = 0
let listEnd = 0
let failed = false

/** Positions the cursor behind descriptor and list header; returns the field count, or fails. */
function enterList(bytes: Uint8Array, start: number, end: number, descriptor: number): number {
  failed = false
  at = start
  if (end - start < 4 || bytes[start] !== CODE.described || bytes[start + 1] !== CODE.smallulong) return failing()
  if (bytes[start + 2] !== descriptor) return failing()
  const code = bytes[start + 3]
  if (code === CODE.list8 && end - start >= 6) {
    const size = bytes[start + 4] as number
    listEnd = start + 5 + size
    at = start + 6
    return size < 1 || listEnd > end ? failing() : (bytes[start + 5] as number)
  }
  if (code === CODE.list32 && end - start >= 12) {
    const size = readUint32(bytes, start + 4)
    listEnd = start + 8 + size
    at = start + 12
    return size < 4 || listEnd > end ? failing() : readUint32(bytes, start + 8)
  }
  return failing()
}

function failing(): number {
  failed = true
  return ABSENT
}

function uint(bytes: Uint8Array): number {
  if (at >= listEnd) return failing()
  switch (bytes[at++]) {
    case CODE.uint0:
      return 0
    case CODE.smalluint:
      return at < listEnd ? (bytes[at++] as number) : failing()
    case CODE.uint:
      if (listEnd - at < 4) return failing()
      at += 4
      return readUint32(bytes, at - 4)
    case CODE.null:
      return ABSENT
    default:
      return failing()
  }
}

/** Null is false: the default of every boolean of these three performatives. */
function flag(bytes: Uint8Array): boolean {
  if (at < listEnd) {
    const code = bytes[at++] as number
    if (code === CODE.true) return true
    if (code === CODE.false || code === CODE.null) return false
    if (code === CODE.boolean && at < listEnd && (bytes[at] as number) <= 1) return bytes[at++] === 1
  }
  failing()
  return false
}

/** Reads a transfer whose performative begins at `start`; false when it has a form that only the layout reads, or is malformed. */
export function readTransfer(bytes: Uint8Array, start: number, end: number, into: TransferFields): boolean {
  const count = enterList(bytes, start, end, LAYOUTS.transfer.code)
  if (failed || count < 1 || count > 11) return false
  into.handle = uint(bytes)
  into.deliveryId = count > 1 ? uint(bytes) : ABSENT
  into.tagStart = into.tagEnd = ABSENT
  if (count > 2 && !readTag(bytes, into)) return false
  into.messageFormat = count > 3 ? uint(bytes) : ABSENT
  into.settled = count > 4 && flag(bytes)
  into.more = count > 5 && flag(bytes)
  into.rcvSettleMode = ABSENT
  if (count > 6 && bytes[at++] !== CODE.null) return false
  if (count > 7 && bytes[at++] !== CODE.null) return false
  into.resume = count > 8 && flag(bytes)
  into.aborted = count > 9 && flag(bytes)
  if (count > 10) flag(bytes)
  into.payloadStart = listEnd
  return !failed && at === listEnd && into.handle !== ABSENT
}

function readTag(bytes: Uint8Array, into: TransferFields): boolean {
  if (at >= listEnd) return false
  const code = bytes[at++]
  if (code === CODE.null) return true
  if (code !== CODE.vbin8 || at >= listEnd) return false
  const length = bytes[at++] as number
  into.tagBytes = bytes
  into.tagStart = at
  into.tagEnd = at += length
  return length <= MAX_DELIVERY_TAG_BYTES && at <= listEnd
}

/** Reads a disposition with one of the four outcomes or none; false when it has a form that only the layout reads, or is malformed. */
export function readDisposition(bytes: Uint8Array, start: number, end: number, into: DispositionFields): boolean {
  const count = enterList(bytes, start, end, LAYOUTS.disposition.code)
  if (failed || count < 2 || count > 6 || bytes[at] === CODE.null) return false
  into.role = flag(bytes)
  into.first = uint(bytes)
  const last = count > 2 ? uint(bytes) : ABSENT
  into.last = last === ABSENT ? into.first : last
  into.settled = count > 3 && flag(bytes)
  into.state = 0
  if (count > 4 && !readOutcome(bytes, into)) return false
  if (count > 5) flag(bytes)
  return !failed && at === listEnd && into.first !== ABSENT
}

/** The outcomes without fields, as `00 53 24 45`; the others are for the layout. */
function readOutcome(bytes: Uint8Array, into: DispositionFields): boolean {
  if (at < listEnd && bytes[at] === CODE.null) {
    at++
    return true
  }
  if (listEnd - at < 4 || bytes[at] !== CODE.described || bytes[at + 1] !== CODE.smallulong) return false
  const code = bytes[at + 2]
  if (code !== LAYOUTS.accepted.code && code !== LAYOUTS.released.code) return false
  if (bytes[at + 3] === CODE.list0) at += 4
  else if (listEnd - at >= 6 && bytes[at + 3] === CODE.list8 && bytes[at + 4] === 1 && bytes[at + 5] === 0) at += 6
  else return false
  into.state = code
  return true
}

/** Reads a flow without properties; false when it has a form that only the layout reads, or is malformed. */
export function readFlow(bytes: Uint8Array, start: number, end: number, into: FlowFields): boolean {
  const count = enterList(bytes, start, end, LAYOUTS.flow.code)
  if (failed || count < 4 || count > 11) return false
  into.nextIncomingId = uint(bytes)
  into.incomingWindow = uint(bytes)
  into.nextOutgoingId = uint(bytes)
  into.outgoingWindow = uint(bytes)
  into.handle = count > 4 ? uint(bytes) : ABSENT
  into.deliveryCount = count > 5 ? uint(bytes) : ABSENT
  into.linkCredit = count > 6 ? uint(bytes) : ABSENT
  into.available = count > 7 ? uint(bytes) : ABSENT
  into.drain = count > 8 && flag(bytes)
  into.echo = count > 9 && flag(bytes)
  if (count > 10 && bytes[at++] !== CODE.null) return false
  const isWhole = into.incomingWindow !== ABSENT && into.nextOutgoingId !== ABSENT && into.outgoingWindow !== ABSENT
  return !failed && at === listEnd && isWhole
}
