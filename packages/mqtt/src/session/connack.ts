import type { Limits } from "@polymq/broker"
import type { MqttProperties } from "@polymq/message"
import {
  MAX_PACKET_BYTES,
  MAX_UINT16,
  type ProtocolLevel,
  REASON,
  RETURN_CODE,
  type ReasonCode,
} from "../codec/constants.ts"
import type { PacketOf } from "../codec/packets.ts"
import type { Login } from "./login.ts"
import { reasonString } from "./reason-string.ts"

/** Return codes of MQTT 3.1.1 section 3.2.2.3 for the reasons that have one; with others the connection just closes. */
const RETURN_CODES: ReadonlyMap<ReasonCode, number> = new Map([
  [REASON.unsupportedProtocolVersion, RETURN_CODE.unacceptableProtocolVersion],
  [REASON.clientIdentifierNotValid, RETURN_CODE.identifierRejected],
  [REASON.serverUnavailable, RETURN_CODE.serverUnavailable],
  [REASON.badUserNameOrPassword, RETURN_CODE.badUserNameOrPassword],
  [REASON.notAuthorized, RETURN_CODE.notAuthorized],
  // A limit of the user or the vhost, which RabbitMQ tells so, too.
  [REASON.quotaExceeded, RETURN_CODE.notAuthorized],
])

/** CONNACK for a login that succeeded: what the server grants, and what it does not have. */
export function acceptance(login: Login, isPresent: boolean, limits: Limits): PacketOf<"connack"> {
  return {
    type: "connack",
    flags: 0,
    // MQTT 3.1 has no session present flag.
    acknowledgeFlags: isPresent && login.terms.level > 3 ? 1 : 0,
    reasonCode: REASON.success,
    properties: login.terms.level === 5 ? announced(login, limits) : {},
  }
}

function announced({ terms, isAssigned, askedKeepAliveSeconds }: Login, limits: Limits): MqttProperties {
  const { clientId, askedExpirySeconds, expirySeconds, keepAliveSeconds } = terms
  return {
    "session-expiry-interval": expirySeconds === askedExpirySeconds ? undefined : expirySeconds,
    "assigned-client-identifier": isAssigned ? clientId : undefined,
    "server-keep-alive": keepAliveSeconds === askedKeepAliveSeconds ? undefined : keepAliveSeconds,
    "receive-maximum": Math.min(limits.receiveMaximum, MAX_UINT16),
    "topic-alias-maximum": Math.min(limits.topicAliasMaximum, MAX_UINT16),
    "retain-available": 1,
    "maximum-packet-size": Math.min(limits.maxMessageBytes, MAX_PACKET_BYTES),
    "wildcard-subscription-available": 1,
    "subscription-identifier-available": 1,
    "shared-subscription-available": 1,
  }
}

/** CONNACK that refuses; undefined where the version has no code for the reason. */
export function refusal(level: ProtocolLevel, reason: ReasonCode, text: string): PacketOf<"connack"> | undefined {
  const reasonCode = level === 5 ? reason : RETURN_CODES.get(reason)
  if (reasonCode === undefined) return undefined
  const properties = level === 5 && text !== "" ? { "reason-string": reasonString(text) } : {}
  return { type: "connack", flags: 0, acknowledgeFlags: 0, reasonCode, properties }
}
