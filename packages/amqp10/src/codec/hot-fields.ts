import { NO_BYTES } from "@polymq/message"
import type { Composite } from "./composites.ts"

/** Stands for a field that is not there. */
export const ABSENT = -1

/** What a transfer says; one object, overwritten by every `readTransfer`. Numbers are `ABSENT` where the field is. */
export interface TransferFields {
  handle: number
  deliveryId: number
  /** The delivery-tag is `tagBytes[tagStart, tagEnd)`. */
  tagBytes: Uint8Array
  tagStart: number
  tagEnd: number
  messageFormat: number
  settled: boolean
  more: boolean
  rcvSettleMode: number
  resume: boolean
  aborted: boolean
  /** Where the payload begins. */
  payloadStart: number
}

/** What a disposition says; `state` is the outcome's descriptor code, 0 without one. */
export interface DispositionFields {
  role: boolean
  first: number
  last: number
  settled: boolean
  state: number
}

/** What a flow says, without its properties. */
export interface FlowFields {
  nextIncomingId: number
  incomingWindow: number
  nextOutgoingId: number
  outgoingWindow: number
  handle: number
  deliveryCount: number
  linkCredit: number
  available: number
  drain: boolean
  echo: boolean
}

export function createTransferFields(): TransferFields {
  return {
    handle: 0,
    deliveryId: ABSENT,
    tagBytes: NO_BYTES,
    tagStart: ABSENT,
    tagEnd: ABSENT,
    messageFormat: ABSENT,
    settled: false,
    more: false,
    rcvSettleMode: ABSENT,
    resume: false,
    aborted: false,
    payloadStart: 0,
  }
}

export function createDispositionFields(): DispositionFields {
  return { role: false, first: 0, last: 0, settled: false, state: 0 }
}

export function createFlowFields(): FlowFields {
  return {
    nextIncomingId: ABSENT,
    incomingWindow: 0,
    nextOutgoingId: 0,
    outgoingWindow: 0,
    handle: ABSENT,
    deliveryCount: ABSENT,
    linkCredit: ABSENT,
    available: ABSENT,
    drain: false,
    echo: false,
  }
}

/** Puts what a layout has decoded into the form of the hot path; `payloadStart` is where the performative ends. */
export function fromTransfer(transfer: Composite<"transfer">, payloadStart: number, into: TransferFields): void {
  const { deliveryTag } = transfer
  into.handle = transfer.handle
  into.deliveryId = transfer.deliveryId ?? ABSENT
  if (deliveryTag !== undefined) into.tagBytes = deliveryTag
  into.tagStart = deliveryTag === undefined ? ABSENT : 0
  into.tagEnd = deliveryTag === undefined ? ABSENT : deliveryTag.length
  into.messageFormat = transfer.messageFormat ?? ABSENT
  into.settled = transfer.settled ?? false
  into.more = transfer.more
  into.rcvSettleMode = transfer.rcvSettleMode ?? ABSENT
  into.resume = transfer.resume
  into.aborted = transfer.aborted
  into.payloadStart = payloadStart
}

/** The same for a disposition; its outcome is for the caller. */
export function fromDisposition(disposition: Composite<"disposition">, into: DispositionFields): void {
  into.role = disposition.role
  into.first = disposition.first
  into.last = disposition.last ?? disposition.first
  into.settled = disposition.settled
  into.state = 0
}

/** The same for a flow. */
export function fromFlow(flow: Composite<"flow">, into: FlowFields): void {
  into.nextIncomingId = flow.nextIncomingId ?? ABSENT
  into.incomingWindow = flow.incomingWindow
  into.nextOutgoingId = flow.nextOutgoingId
  into.outgoingWindow = flow.outgoingWindow
  into.handle = flow.handle ?? ABSENT
  into.deliveryCount = flow.deliveryCount ?? ABSENT
  into.linkCredit = flow.linkCredit ?? ABSENT
  into.available = flow.available ?? ABSENT
  into.drain = flow.drain
  into.echo = flow.echo
}
