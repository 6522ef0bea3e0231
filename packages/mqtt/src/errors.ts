import { BrokerError, type BrokerErrorCode, type Log, type Peer, stackOf } from "@polymq/broker"
import { PropertyError } from "@polymq/message"
import { DecodeError, type DecodeErrorCode } from "@polymq/wire"
import { REASON, type ReasonCode } from "./codec/constants.ts"

/** A packet that the standard forbids here; ends the connection with `reason` (MQTT 5.0 section 4.13). */
export class MqttError extends Error {
  override readonly name = "MqttError"
  readonly reason: ReasonCode

  constructor(reason: ReasonCode, message: string) {
    super(message)
    this.reason = reason
  }
}

/** What a client is told of an error, and what goes to the log. */
export interface Fault {
  readonly reason: ReasonCode
  readonly text: string
  /** Whether only the packet at hand fails, not the connection. */
  readonly isOfMessage: boolean
  /** False for an error that only a defect of this program can raise. */
  readonly isExpected: boolean
}

const DECODE_REASONS: Readonly<Record<DecodeErrorCode, ReasonCode>> = {
  TRUNCATED: REASON.malformedPacket,
  MALFORMED: REASON.malformedPacket,
  INVALID_UTF8: REASON.malformedPacket,
  TOO_LARGE: REASON.packetTooLarge,
  TOO_DEEP: REASON.malformedPacket,
}

const BROKER_REASONS: Readonly<Record<BrokerErrorCode, ReasonCode>> = {
  NOT_FOUND: REASON.implementationSpecificError,
  PRECONDITION_FAILED: REASON.implementationSpecificError,
  ACCESS_REFUSED: REASON.notAuthorized,
  RESOURCE_LOCKED: REASON.implementationSpecificError,
  NOT_IMPLEMENTED: REASON.implementationSpecificError,
  NOT_ALLOWED: REASON.notAuthorized,
  LIMIT_EXCEEDED: REASON.quotaExceeded,
}

/** At login nothing but the vhost can be missing, and who may not know of it is told the same. */
const LOGIN_REASONS: Readonly<Partial<Record<BrokerErrorCode, ReasonCode>>> = { NOT_FOUND: REASON.notAuthorized }

/** The reason code for anything that was raised while a packet was handled; what nobody expected becomes 0x80. */
export function faultOf(cause: unknown): Fault {
  const text = cause instanceof Error ? cause.message : ""
  const fault = { text, isOfMessage: false, isExpected: true }
  if (cause instanceof MqttError) return { ...fault, reason: cause.reason }
  if (cause instanceof DecodeError) return { ...fault, reason: DECODE_REASONS[cause.code] }
  if (cause instanceof PropertyError) return { ...fault, reason: REASON.protocolError }
  if (cause instanceof BrokerError) {
    const isOfMessage = cause.scope !== "connection"
    const reason = (isOfMessage ? undefined : LOGIN_REASONS[cause.code]) ?? BROKER_REASONS[cause.code]
    return { ...fault, reason, isOfMessage }
  }
  return { ...fault, text: "the server failed", reason: REASON.unspecifiedError, isExpected: false }
}

/** The same, and a line in the log for what only a defect of this program can raise. */
export function loggedFaultOf(cause: unknown, log: Log, peer: Peer): Fault {
  const fault = faultOf(cause)
  if (fault.isExpected) return fault
  log.error("session failed", { protocol: "mqtt", peer: peer.address, stack: stackOf(cause) })
  return fault
}
