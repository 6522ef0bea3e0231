import { copyBytes, DecodeError, putUint16, putUint32, putUint64, readUint32 } from "@polymq/wire"
import { methodId } from "./codec.ts"
import { FRAME_END, FRAME_OVERHEAD_BYTES, FRAME_TYPE } from "./constants.ts"

// The methods that occur once per message, by hand; a property test holds them equal to the layouts.

/** Class and method number of basic.publish. */
export const PUBLISH: number = methodId("basic.publish")
/** Class and method number of basic.ack. */
export const ACK: number = methodId("basic.ack")
/** Class and method number of basic.nack. */
export const NACK: number = methodId("basic.nack")
/** Class and method number of basic.reject. */
export const REJECT: number = methodId("basic.reject")
const DELIVER: number = methodId("basic.deliver")

/** Where the arguments of a basic.publish lie; filled by `decodePublish`, reused for every message. */
export interface PublishArguments {
  exchangeStart: number
  exchangeEnd: number
  keyStart: number
  keyEnd: number
  mandatory: boolean
  immediate: boolean
}

/** Finds the arguments of a basic.publish in `bytes[start, end)`. Raises `DecodeError`; does not look at the text. */
export function decodePublish(bytes: Uint8Array, start: number, end: number, into: PublishArguments): void {
  const exchangeStart = start + 3
  if (exchangeStart > end) throw truncated()
  const exchangeEnd = exchangeStart + (bytes[exchangeStart - 1] as number)
  if (exchangeEnd >= end) throw truncated()
  const keyStart = exchangeEnd + 1
  const keyEnd = keyStart + (bytes[exchangeEnd] as number)
  if (keyEnd + 1 !== end) {
    if (keyEnd >= end) throw truncated()
    throw new DecodeError("MALFORMED", `${end - keyEnd - 1} octets after the last argument`)
  }
  const bits = bytes[keyEnd] as number
  into.exchangeStart = exchangeStart
  into.exchangeEnd = exchangeEnd
  into.keyStart = keyStart
  into.keyEnd = keyEnd
  into.mandatory = (bits & 1) !== 0
  into.immediate = (bits & 2) !== 0
}

function truncated(): DecodeError {
  return new DecodeError("TRUNCATED", "the arguments of basic.publish end early")
}

/** Octets of the arguments of basic.ack, basic.nack and basic.reject: a delivery tag and bits. */
const SETTLEMENT_BYTES = 9

/** Checks the arguments of a basic.ack, basic.nack or basic.reject in `bytes[start, end)`. Raises `DecodeError`. */
export function checkSettlement(start: number, end: number): void {
  const left = end - start
  if (left < SETTLEMENT_BYTES) throw new DecodeError("TRUNCATED", `${SETTLEMENT_BYTES} bytes expected, ${left} left`)
  if (left > SETTLEMENT_BYTES) {
    throw new DecodeError("MALFORMED", `${left - SETTLEMENT_BYTES} octets after the last argument`)
  }
}

/** The delivery tag of a settlement whose arguments begin at `start`; inexact from 2^53 on, where no tag ever is. */
export function settlementTag(bytes: Uint8Array, start: number): number {
  return readUint32(bytes, start) * 0x1_0000_0000 + readUint32(bytes, start + 4)
}

/** The bits of a settlement whose arguments begin at `start`. */
export function settlementBits(bytes: Uint8Array, start: number): number {
  return bytes[start + 8] as number
}

/** Octets of a whole frame with a basic.ack or basic.nack. */
export const CONFIRM_FRAME_BYTES: number = FRAME_OVERHEAD_BYTES + 4 + SETTLEMENT_BYTES

/** Writes a whole frame with a basic.ack, or with a basic.nack without requeue, at `at`; the caller has made room. */
export function putConfirm(
  bytes: Uint8Array,
  at: number,
  channel: number,
  method: typeof ACK | typeof NACK,
  deliveryTag: number,
  multiple: boolean,
): void {
  let next = putFrameHeader(bytes, at, FRAME_TYPE.method, channel, 4 + SETTLEMENT_BYTES)
  next = putUint32(bytes, next, method)
  next = putUint64(bytes, next, deliveryTag)
  bytes[next] = multiple ? 1 : 0
  bytes[next + 1] = FRAME_END
}

/** Writes type, channel and size of a frame's payload at `at` and returns the offset behind them. */
export function putFrameHeader(bytes: Uint8Array, at: number, type: number, channel: number, size: number): number {
  bytes[at] = type
  return putUint32(bytes, putUint16(bytes, at + 1, channel), size)
}

/** Octets of a basic.deliver: method number, consumer tag, delivery tag, redelivered, exchange and routing key. */
export function deliverBytes(consumerTag: Uint8Array, route: Uint8Array): number {
  return 4 + consumerTag.length + 8 + 1 + route.length
}

/**
 * Writes a basic.deliver at `at` and returns the offset behind it; the caller has made room. The consumer tag is a short
 * string with its length, the route two of them: exchange and routing key.
 */
export function putDeliver(
  bytes: Uint8Array,
  at: number,
  consumerTag: Uint8Array,
  deliveryTag: number,
  redelivered: boolean,
  route: Uint8Array,
): number {
  let next = putUint32(bytes, at, DELIVER)
  copyBytes(consumerTag, 0, consumerTag.length, bytes, next)
  next = putUint64(bytes, next + consumerTag.length, deliveryTag)
  bytes[next++] = redelivered ? 1 : 0
  copyBytes(route, 0, route.length, bytes, next)
  return next + route.length
}
