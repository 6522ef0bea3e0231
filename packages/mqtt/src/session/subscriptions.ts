import type { Access, ClientSession, SubscriptionOptions } from "@polymq/broker"
import {
  type ProtocolLevel,
  REASON,
  type ReasonCode,
  SUBSCRIBE_FAILURE,
  SUBSCRIPTION_OPTION,
} from "../codec/constants.ts"
import type { PacketOf, RequestedSubscription } from "../codec/packets.ts"
import { faultOf, MqttError } from "../errors.ts"
import { isSharedFilter, matchedFilter } from "./topic-rules.ts"

/** Where subscriptions are made. */
export interface SubscriptionPlace {
  readonly level: ProtocolLevel
  readonly access: Access
  readonly session: ClientSession
}

/** What became of a SUBSCRIBE: its SUBACK, why a filter was refused, and what to call once the SUBACK is written. */
export interface Subscribed {
  readonly suback: PacketOf<"suback">
  readonly problem: string | undefined
  readonly sendRetained: () => void
}

/** A subscription that was made. */
interface Made {
  readonly filter: string
  readonly options: SubscriptionOptions
  readonly isNew: boolean
}

/** Why a filter is refused. */
interface Refusal {
  readonly reason: ReasonCode
  readonly text: string
}

/**
 * Makes the subscriptions of a SUBSCRIBE in order, one reason code for each [MQTT-3.8.4-6]. Raises `MqttError` for
 * what ends the connection; then none is made.
 */
export function subscribe(place: SubscriptionPlace, packet: PacketOf<"subscribe">): Subscribed {
  const { subscriptions, packetId, properties } = packet
  if (subscriptions.length === 0)
    throw new MqttError(REASON.protocolError, "SUBSCRIBE without a topic filter [MQTT-3.8.3-2]")
  // The only identifier that SUBSCRIBE may carry holds for all its filters (3.8.2.1.2).
  const identifier = properties["subscription-identifier"]?.[0]
  const asked = subscriptions.map((wanted) => optionsOf(wanted, place.level, identifier))
  // By filter: one that is named twice brings its retained messages once.
  const made = new Map<string, Made>()
  const codes: number[] = []
  let problem: string | undefined
  for (const [index, { filter }] of subscriptions.entries()) {
    const outcome = makeSubscription(place, filter, asked[index] as SubscriptionOptions)
    if ("reason" in outcome) {
      problem ??= outcome.text
      codes.push(place.level === 5 ? outcome.reason : SUBSCRIBE_FAILURE)
    } else {
      made.set(filter, { ...outcome, isNew: outcome.isNew || made.get(filter)?.isNew === true })
      codes.push(outcome.options.qos)
    }
  }
  return {
    suback: { type: "suback", flags: 0, packetId, properties: {}, codes },
    problem,
    sendRetained: () => {
      for (const { filter, options, isNew } of made.values()) place.session.sendRetained(filter, options, isNew)
    },
  }
}

function makeSubscription(place: SubscriptionPlace, filter: string, options: SubscriptionOptions): Made | Refusal {
  try {
    const refusal = refusalOf(place, filter)
    return refusal ?? { filter, options, isNew: place.session.subscribe(filter, options) }
  } catch (cause) {
    const fault = faultOf(cause)
    if (!fault.isOfMessage) throw cause
    return fault
  }
}

/** Returned, not raised: one packet may hold thousands of filters. */
function refusalOf(place: SubscriptionPlace, filter: string): Refusal | undefined {
  const matched = matchedFilter(filter)
  if (matched === undefined)
    return { reason: REASON.topicFilterInvalid, text: `'${filter}' is no topic filter (4.7.1, 4.8.2)` }
  if (!place.access.mayRead(matched))
    return { reason: REASON.notAuthorized, text: `user '${place.access.user}' may not read '${filter}'` }
  return undefined
}

/** Ends the subscriptions of an UNSUBSCRIBE. Raises `MqttError` for what ends the connection. */
export function unsubscribe(place: SubscriptionPlace, packet: PacketOf<"unsubscribe">): PacketOf<"unsuback"> {
  if (packet.filters.length === 0)
    throw new MqttError(REASON.protocolError, "UNSUBSCRIBE without a topic filter [MQTT-3.10.3-2]")
  const codes = packet.filters.map((filter) => {
    if (matchedFilter(filter) === undefined) return REASON.topicFilterInvalid
    return place.session.unsubscribe(filter) ? REASON.success : REASON.noSubscriptionExisted
  })
  return { type: "unsuback", flags: 0, packetId: packet.packetId, properties: {}, codes }
}

function optionsOf(
  { filter, options }: RequestedSubscription,
  level: ProtocolLevel,
  identifier: number | undefined,
): SubscriptionOptions {
  const qos = options & SUBSCRIPTION_OPTION.qos
  const reserved = level === 5 ? SUBSCRIPTION_OPTION.reserved : ~SUBSCRIPTION_OPTION.qos
  if ((options & reserved) !== 0)
    throw new MqttError(REASON.malformedPacket, "reserved subscription options are set [MQTT-3.8.3-5]")
  if (qos === 3) throw new MqttError(REASON.malformedPacket, "subscription with QoS 3 (3.8.3.1)")
  const retainHandling = (options & SUBSCRIPTION_OPTION.retainHandling) >> 4
  if (retainHandling === 3) throw new MqttError(REASON.protocolError, "retain handling 3 (3.8.3.1)")
  const noLocal = (options & SUBSCRIPTION_OPTION.noLocal) !== 0
  if (noLocal && isSharedFilter(filter))
    throw new MqttError(REASON.protocolError, "no local on a shared subscription [MQTT-3.8.3-4]")
  return {
    qos: qos as SubscriptionOptions["qos"],
    noLocal,
    retainAsPublished: (options & SUBSCRIPTION_OPTION.retainAsPublished) !== 0,
    retainHandling: retainHandling as SubscriptionOptions["retainHandling"],
    identifier,
  }
}
