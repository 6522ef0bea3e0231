import { amqp10HeadBytes, type Message, renderAmqp10Head } from "@polymq/message"
import { copyBytes } from "@polymq/wire"
import { putTransferStart, TRANSFER_START_BYTES } from "../codec/put-frames.ts"
import type { ConnectionPort } from "./connection-port.ts"
import type { Windows } from "./windows.ts"

/** From this size on a body goes out by reference. */
const SHARED_FROM_BYTES = 1024

/** What one delivery is sent with. */
export interface DeliveryAddress {
  readonly port: ConnectionPort
  readonly windows: Windows
  readonly channel: number
}

/** Facts that differ per delivery. */
export interface DeliveryFacts {
  readonly redelivered: boolean
  readonly deliveryCount: number
  readonly acquiredCount: number
}

/** What is left of a message's time to live in milliseconds; undefined when it has none. */
function remainingTtl({ ttlMs, receivedAtMs }: Message, nowMs: number): number | undefined {
  return ttlMs === undefined ? undefined : ttlMs - (nowMs - receivedAtMs)
}

/** How often a message has come back, where annotations tell that and how often it has failed; 0 says nothing. */
function toldCount(facts: DeliveryFacts, tellsCounts: boolean): number {
  return tellsCounts ? facts.acquiredCount : 0
}

/** Bytes that a message takes as the payload of transfers; `tellsCounts` as in `sendDelivery`. */
export function payloadBytes(message: Message, facts: DeliveryFacts, tellsCounts: boolean, nowMs: number): number {
  const told = toldCount(facts, tellsCounts)
  const body = message.bodyEnd - message.bodyStart
  return amqp10HeadBytes(message, remainingTtl(message, nowMs), facts.deliveryCount, told) + body
}

/**
 * Sends a message in one transfer, or in as many as the peer's frame size asks for. `tellsCounts` says that annotations
 * tell how often it has failed and come back, `isStable` that its body's bytes are nobody's scratch. What the peer's
 * window does not take is returned: `resume` sends it later.
 */
export function sendDelivery(
  to: DeliveryAddress,
  handle: number,
  deliveryId: number,
  settled: boolean,
  message: Message,
  facts: DeliveryFacts,
  tellsCounts: boolean,
  isStable: boolean,
): OutgoingRest | undefined {
  const { port } = to
  const ttl = remainingTtl(message, port.broker.turn.nowMs())
  const { deliveryCount } = facts
  const isFirst = !facts.redelivered
  const told = toldCount(facts, tellsCounts)
  const headBytes = amqp10HeadBytes(message, ttl, deliveryCount, told)
  const { body, bodyStart, bodyEnd } = message
  const bodyBytes = bodyEnd - bodyStart
  const frameBytes = TRANSFER_START_BYTES + headBytes + bodyBytes
  if (frameBytes > port.remoteMaxFrameBytes) {
    const head = new Uint8Array(headBytes)
    renderAmqp10Head(message, ttl, isFirst, deliveryCount, head, 0, told)
    const ownBody = isStable ? body.subarray(bodyStart, bodyEnd) : new Uint8Array(body.subarray(bodyStart, bodyEnd))
    return new OutgoingRest(handle, deliveryId, settled, head, ownBody).resume(to)
  }
  const isShared = isStable && bodyBytes >= SHARED_FROM_BYTES
  const { bytes, start } = port.reserve(isShared ? frameBytes - bodyBytes : frameBytes)
  putTransferStart(bytes, start, frameBytes, to.channel, handle, deliveryId, settled, false)
  const at = renderAmqp10Head(message, ttl, isFirst, deliveryCount, bytes, start + TRANSFER_START_BYTES, told)
  if (isShared) port.share(body, bodyStart, bodyEnd)
  else copyBytes(body, bodyStart, bodyEnd, bytes, at)
  to.windows.sent()
  return undefined
}

/** A delivery of which transfers are still to be sent. */
export class OutgoingRest {
  readonly handle: number
  readonly #deliveryId: number
  readonly #settled: boolean
  readonly #head: Uint8Array
  readonly #body: Uint8Array
  /** Payload bytes that have left. */
  #sent = 0

  constructor(handle: number, deliveryId: number, settled: boolean, head: Uint8Array, body: Uint8Array) {
    this.handle = handle
    this.#deliveryId = deliveryId
    this.#settled = settled
    this.#head = head
    this.#body = body
  }

  /** Sends what the peer's window takes; returns itself while something is left. */
  resume(to: DeliveryAddress): OutgoingRest | undefined {
    const { port, windows } = to
    const room = port.remoteMaxFrameBytes - TRANSFER_START_BYTES
    const total = this.#head.length + this.#body.length
    while (windows.remoteIncoming > 0) {
      const next = Math.min(total, this.#sent + room)
      const frameBytes = TRANSFER_START_BYTES + next - this.#sent
      const { bytes, start } = port.reserve(TRANSFER_START_BYTES)
      putTransferStart(bytes, start, frameBytes, to.channel, this.handle, this.#deliveryId, this.#settled, next < total)
      this.#sendPayload(port, this.#sent, next)
      this.#sent = next
      windows.sent()
      if (next === total) return undefined
    }
    return this
  }

  #sendPayload(port: ConnectionPort, from: number, to: number): void {
    const split = this.#head.length
    if (from < split) sendBytes(port, this.#head, from, Math.min(to, split))
    if (to > split) sendBytes(port, this.#body, Math.max(from, split) - split, to - split)
  }
}

function sendBytes(port: ConnectionPort, from: Uint8Array, start: number, end: number): void {
  if (end - start >= SHARED_FROM_BYTES) {
    port.share(from, start, end)
    return
  }
  const room = port.reserve(end - start)
  copyBytes(from, start, end, room.bytes, room.start)
}
