import type { Limits, Peer, Will } from "@polymq/broker"
import {
  createMessage,
  type MessageDraft,
  NO_BYTES,
  type Qos,
  topicToKey,
  validateMqttWillProperties,
} from "@polymq/message"
import { cloneBytes, decodeUtf8 } from "@polymq/wire"
import { CONNECT_FLAG, MAX_UINT16, NEVER_EXPIRES, type ProtocolLevel, REASON } from "../codec/constants.ts"
import type { PacketOf } from "../codec/packets.ts"
import { MqttError } from "../errors.ts"
import type { MqttSettings } from "../settings.ts"
import type { ClientTerms } from "./client-context.ts"
import { isTopic } from "./topic-rules.ts"

/** A CONNECT that follows the standard, with its defaults filled in. */
export interface Login {
  readonly terms: ClientTerms
  /** Whether the server made the client identifier up. */
  readonly isAssigned: boolean
  readonly cleanStart: boolean
  /** Keep-alive that was asked for, in seconds; 0: off. */
  readonly askedKeepAliveSeconds: number
  readonly vhost: string
  readonly credentials: { readonly username: string; readonly password: string } | "anonymous" | "certificate"
  readonly will: Will | undefined
}

/** Reads a login out of a CONNECT. Raises `MqttError` with the reason for the CONNACK. */
export function loginOf(
  packet: PacketOf<"connect">,
  { certificateName }: Peer,
  limits: Limits,
  settings: MqttSettings,
  nowMs: number,
): Login {
  const { connectFlags, properties } = packet
  const level = packet.protocolLevel as ProtocolLevel
  checkFlags(connectFlags, level)
  if (properties["authentication-method"] !== undefined)
    throw new MqttError(REASON.badAuthenticationMethod, "enhanced authentication is not supported")
  if (properties["authentication-data"] !== undefined)
    throw new MqttError(REASON.protocolError, "authentication data without a method (3.1.2.11.10)")
  const cleanStart = (connectFlags & CONNECT_FLAG.cleanStart) !== 0
  const askedExpirySeconds = level === 5 ? (properties["session-expiry-interval"] ?? 0) : cleanStart ? 0 : NEVER_EXPIRES
  const { vhost, username } = splitUsername(packet.username, settings.defaultVhost)
  const { clientId, isAssigned } = clientIdOf(packet, level, cleanStart, settings)
  const terms: ClientTerms = {
    level,
    clientId,
    askedExpirySeconds,
    expirySeconds: Math.min(askedExpirySeconds, limits.maxSessionExpirySeconds),
    keepAliveSeconds: grantedKeepAlive(packet.keepAliveSeconds, level, settings.maxKeepAliveSeconds),
    receiveMaximum: properties["receive-maximum"] ?? MAX_UINT16,
    maxPacketBytes: properties["maximum-packet-size"] ?? Number.POSITIVE_INFINITY,
    topicAliasMaximum: properties["topic-alias-maximum"] ?? 0,
    wantsProblemInformation: properties["request-problem-information"] !== 0,
  }
  return {
    terms,
    isAssigned,
    cleanStart,
    askedKeepAliveSeconds: packet.keepAliveSeconds,
    vhost,
    credentials: credentialsOf(username, packet.password, certificateName),
    will: willOf(packet, vhost, settings, nowMs),
  }
}

function checkFlags(flags: number, level: ProtocolLevel): void {
  if ((flags & CONNECT_FLAG.reserved) !== 0)
    throw new MqttError(REASON.malformedPacket, "reserved connect flag is set [MQTT-3.1.2-3]")
  const willQos = (flags & CONNECT_FLAG.willQos) >> 3
  if ((flags & CONNECT_FLAG.will) === 0 && (flags & (CONNECT_FLAG.willQos | CONNECT_FLAG.willRetain)) !== 0)
    throw new MqttError(REASON.malformedPacket, "will flags without a will [MQTT-3.1.2-11], [MQTT-3.1.2-13]")
  if (willQos === 3) throw new MqttError(REASON.malformedPacket, "will with QoS 3 [MQTT-3.1.2-12]")
  if (level < 5 && (flags & CONNECT_FLAG.password) !== 0 && (flags & CONNECT_FLAG.username) === 0)
    throw new MqttError(REASON.malformedPacket, "password without user name [MQTT-3.1.2-22]")
}

function clientIdOf(
  packet: PacketOf<"connect">,
  level: ProtocolLevel,
  cleanStart: boolean,
  settings: MqttSettings,
): { readonly clientId: string; readonly isAssigned: boolean } {
  if (packet.clientId !== "") return { clientId: packet.clientId, isAssigned: false }
  // Before MQTT 5.0 the server cannot tell the identifier, so that only a session that ends with its connection may go without.
  if (level === 3 || (level === 4 && !cleanStart))
    throw new MqttError(REASON.clientIdentifierNotValid, "empty client identifier [MQTT-3.1.3-8]")
  return { clientId: settings.makeClientId(), isAssigned: true }
}

/** "vhost:user" names the vhost before the last colon. */
function splitUsername(
  username: string | undefined,
  defaultVhost: string,
): { readonly vhost: string; readonly username: string | undefined } {
  const colon = username?.lastIndexOf(":") ?? -1
  if (username === undefined || colon < 0) return { vhost: defaultVhost, username }
  return { vhost: username.slice(0, colon), username: username.slice(colon + 1) }
}

/** A user name counts more than a certificate. */
function credentialsOf(
  username: string | undefined,
  password: Uint8Array | undefined,
  certificateName: string | undefined,
): Login["credentials"] {
  if (username !== undefined) return { username, password: password === undefined ? "" : decodeUtf8(password) }
  if (password === undefined) return certificateName === undefined ? "anonymous" : "certificate"
  throw new MqttError(REASON.badUserNameOrPassword, "a password needs a user name")
}

/** A client of MQTT 5.0 can be told of a shorter keep-alive [MQTT-3.1.2-21]; others keep theirs. */
function grantedKeepAlive(asked: number, level: ProtocolLevel, maximum: number | undefined): number {
  if (level < 5 || maximum === undefined) return asked
  return Math.min(asked === 0 ? MAX_UINT16 : asked, maximum)
}

function willOf(packet: PacketOf<"connect">, vhost: string, settings: MqttSettings, nowMs: number): Will | undefined {
  const { willTopic: topic, willPayload: payload } = packet
  if (topic === undefined || payload === undefined) return undefined
  if (!isTopic(topic)) throw new MqttError(REASON.topicNameInvalid, "will topic is no topic name [MQTT-3.3.2-2]")
  const message: MessageDraft = createMessage("mqtt", nowMs)
  message.vhost = vhost
  message.exchange = settings.exchange
  message.topic = topic
  message.routingKey = topicToKey(topic)
  message.qos = ((packet.connectFlags & CONNECT_FLAG.willQos) >> 3) as Qos
  message.durable = message.qos > 0
  message.retain = (packet.connectFlags & CONNECT_FLAG.willRetain) !== 0
  // Bytes of its own: the will outlives the chunk that brought it by the length of the connection.
  message.body = cloneBytes(payload)
  message.bodyEnd = message.body.length
  // The property block is copied for the same reason.
  const head = packet.willProperties === undefined ? NO_BYTES : cloneBytes(packet.willProperties)
  return { message, delaySeconds: validateMqttWillProperties(head, 0, head.length, message) }
}
