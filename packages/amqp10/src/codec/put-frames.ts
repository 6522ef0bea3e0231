import { AMQP10_CODE as CODE } from "@polymq/message"
import { copyBytes, putUint32 } from "@polymq/wire"
import { FRAME_HEADER_BYTES, MIN_DATA_OFFSET } from "./constants.ts"
import { ABSENT, type FlowFields } from "./hot-fields.ts"
import { LAYOUTS } from "./layouts.ts"

/** Octets that `putTransferStart` writes. */
export const TRANSFER_START_BYTES = 30

/** Writes frame header and performative of a transfer whose frame is `frameBytes` long; the payload follows. The delivery-tag is the delivery-id. */
export function putTransferStart(
  target: Uint8Array,
  offset: number,
  frameBytes: number,
  channel: number,
  handle: number,
  deliveryId: number,
  settled: boolean,
  more: boolean,
): void {
  putFrameHeader(target, offset, frameBytes, channel)
  copyBytes(TRANSFER_TEMPLATE, 0, TRANSFER_TEMPLATE.length, target, offset + FRAME_HEADER_BYTES)
  target[offset + 15] = handle
  putUint32(target, offset + 17, deliveryId)
  putUint32(target, offset + 23, deliveryId)
  if (settled) target[offset + 28] = CODE.true
  if (more) target[offset + 29] = CODE.true
}

/** handle, delivery-id, delivery-tag, message-format 0, settled and more; what varies is patched at its offset. */
const TRANSFER_TEMPLATE = Uint8Array.of(
  ...[CODE.described, CODE.smallulong, LAYOUTS.transfer.code, CODE.list8, 17, 6],
  ...[CODE.smalluint, 0],
  ...[CODE.uint, 0, 0, 0, 0],
  ...[CODE.vbin8, 4, 0, 0, 0, 0],
  ...[CODE.uint0, CODE.false, CODE.false],
)

/** Fields of a disposition that are written, and their octets beside the state. */
const DISPOSITION_FIELDS = 5
const DISPOSITION_FIELD_BYTES = 12
/** Largest state with which the fields, and the octet that counts them, fit a list8. */
const MAX_LIST8_STATE_BYTES = 0xff - 1 - DISPOSITION_FIELD_BYTES

/** Octets of a disposition with an outcome of `stateBytes`. */
export function dispositionBytes(stateBytes: number): number {
  const listHeader = stateBytes > MAX_LIST8_STATE_BYTES ? 9 : 3
  return FRAME_HEADER_BYTES + 3 + listHeader + DISPOSITION_FIELD_BYTES + stateBytes
}

/** Writes a disposition for `first` to `last`; `state` is an encoded outcome. */
export function putDisposition(
  target: Uint8Array,
  offset: number,
  channel: number,
  role: boolean,
  first: number,
  last: number,
  settled: boolean,
  state: Uint8Array,
): void {
  putFrameHeader(target, offset, dispositionBytes(state.length), channel)
  let to = offset + FRAME_HEADER_BYTES
  target[to++] = CODE.described
  target[to++] = CODE.smallulong
  target[to++] = LAYOUTS.disposition.code
  if (state.length > MAX_LIST8_STATE_BYTES) {
    target[to] = CODE.list32
    putUint32(target, to + 1, DISPOSITION_FIELD_BYTES + state.length + 4)
    putUint32(target, to + 5, DISPOSITION_FIELDS)
    to += 9
  } else {
    target[to++] = CODE.list8
    target[to++] = DISPOSITION_FIELD_BYTES + state.length + 1
    target[to++] = DISPOSITION_FIELDS
  }
  target[to++] = role ? CODE.true : CODE.false
  target[to++] = CODE.uint
  putUint32(target, to, first)
  to += 4
  target[to++] = CODE.uint
  putUint32(target, to, last)
  to += 4
  target[to++] = settled ? CODE.true : CODE.false
  copyBytes(state, 0, state.length, target, to)
}

/** Octets of a flow: absent fields are shorter. */
export function flowBytes(flow: FlowFields): number {
  let bytes = FRAME_HEADER_BYTES + FLOW_START.length + 3 * 5 + 2
  bytes += flow.nextIncomingId === ABSENT ? 1 : 5
  bytes += flow.handle === ABSENT ? 1 : 5
  bytes += flow.deliveryCount === ABSENT ? 1 : 5
  bytes += flow.linkCredit === ABSENT ? 1 : 5
  return bytes + (flow.available === ABSENT ? 1 : 5)
}

/** Writes a flow of `flowBytes(flow)` octets, without properties. */
export function putFlow(target: Uint8Array, offset: number, channel: number, flow: FlowFields): void {
  const frameBytes = flowBytes(flow)
  putFrameHeader(target, offset, frameBytes, channel)
  copyBytes(FLOW_START, 0, FLOW_START.length, target, offset + FRAME_HEADER_BYTES)
  target[offset + FRAME_HEADER_BYTES + 4] = frameBytes - FRAME_HEADER_BYTES - 5
  let to = putUint(target, offset + FRAME_HEADER_BYTES + FLOW_START.length, flow.nextIncomingId)
  to = putUint(target, to, flow.incomingWindow)
  to = putUint(target, to, flow.nextOutgoingId)
  to = putUint(target, to, flow.outgoingWindow)
  to = putUint(target, to, flow.handle)
  to = putUint(target, to, flow.deliveryCount)
  to = putUint(target, to, flow.linkCredit)
  to = putUint(target, to, flow.available)
  target[to] = flow.drain ? CODE.true : CODE.false
  target[to + 1] = flow.echo ? CODE.true : CODE.false
}

/** Descriptor and list header; the size is patched. */
const FLOW_START = Uint8Array.of(CODE.described, CODE.smallulong, LAYOUTS.flow.code, CODE.list8, 0, 10)

function putUint(target: Uint8Array, offset: number, value: number): number {
  if (value === ABSENT) {
    target[offset] = CODE.null
    return offset + 1
  }
  target[offset] = CODE.uint
  putUint32(target, offset + 1, value)
  return offset + 5
}

function putFrameHeader(target: Uint8Array, offset: number, frameBytes: number, channel: number): void {
  putUint32(target, offset, frameBytes)
  target[offset + 4] = MIN_DATA_OFFSET
  target[offset + 5] = 0
  target[offset + 6] = channel >>> 8
  target[offset + 7] = channel
}
