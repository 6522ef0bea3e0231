import type { ClientSession, Ticket } from "@polymq/broker"
import { PACKET_TYPE, type PacketName, REASON, type ReasonCode } from "../codec/constants.ts"
import { decodePacket } from "../codec/decode-packet.ts"
import { sendPacket } from "../codec/encode-packet.ts"
import { NEEDS_LAYOUT, readAcknowledgement } from "../codec/hot.ts"
import type { Packet, PacketOf } from "../codec/packets.ts"
import { MqttError } from "../errors.ts"
import type { ClientContext, ClientTerms } from "./client-context.ts"
import type { Deliveries } from "./deliveries.ts"
import { Publisher } from "./publisher.ts"
import { reasonString } from "./reason-string.ts"
import { subscribe, unsubscribe } from "./subscriptions.ts"

/** How a connection ends. */
export interface Ending {
  /** Reason of our DISCONNECT; undefined: nothing is sent. */
  readonly reason: ReasonCode | undefined
  /** For the log, and for clients of MQTT 5.0. */
  readonly text: string
  readonly will: "publish" | "discard"
}

type AcknowledgementType = (typeof PACKET_TYPE)["puback" | "pubrec" | "pubrel" | "pubcomp"]

const PINGRESP: Packet = { type: "pingresp", flags: 0 }

/** A client between CONNACK and the end: which packet does what. */
export class ConnectedClient {
  readonly publisher: Publisher
  readonly deliveries: Deliveries
  readonly #context: ClientContext
  readonly #session: ClientSession
  #expirySeconds: number

  /** `isResumed`: the session goes on from an earlier connection. */
  constructor(context: ClientContext, session: ClientSession, deliveries: Deliveries, isResumed: boolean) {
    this.publisher = new Publisher(context, session, isResumed)
    this.deliveries = deliveries
    this.#context = context
    this.#session = session
    this.#expirySeconds = context.terms.expirySeconds
  }

  get terms(): ClientTerms {
    return this.#context.terms
  }

  /** Takes the whole packet `bytes[start, end)`; an ending when it was the last one. Raises the errors that end a connection. */
  receive(bytes: Uint8Array, start: number, end: number): Ending | undefined {
    const type = (bytes[start] as number) >> 4
    if (type === PACKET_TYPE.publish) {
      this.publisher.publish(bytes, start, end)
      return undefined
    }
    if (isAcknowledgement(type)) {
      this.#acknowledgement(type, bytes, start, end)
      return undefined
    }
    return this.#control(decodePacket(bytes, start, end, this.terms.level))
  }

  /** Everything up to the watermark is durable. */
  stored(watermark: Ticket): void {
    this.publisher.stored(watermark)
  }

  /** The chunk is read: writes what has gathered. */
  finishChunk(): void {
    this.publisher.flush()
    this.deliveries.wake()
  }

  /** Ends the use of session and vhost; the reason goes to clients of MQTT 5.0. */
  leave(ending: Ending, canWrite: boolean): void {
    const { deliveries } = this
    deliveries.close()
    // What was taken before the packet that ends it all is acknowledged.
    if (canWrite) this.publisher.flush()
    if (canWrite && ending.reason !== undefined && this.terms.level === 5) this.#sayGoodbye(ending.reason, ending.text)
    this.#session.release(deliveries, { will: ending.will, expirySeconds: this.#expirySeconds })
    this.#context.access.close()
  }

  #control(packet: Packet): Ending | undefined {
    switch (packet.type) {
      case "subscribe":
        this.#subscribe(packet)
        return undefined
      case "unsubscribe":
        this.#send(unsubscribe(this.#place, packet))
        return undefined
      case "pingreq":
        this.#send(PINGRESP)
        return undefined
      case "disconnect":
        return this.#disconnect(packet)
      case "connect":
        throw new MqttError(REASON.protocolError, "a second CONNECT [MQTT-3.1.0-2]")
      case "auth":
        throw new MqttError(REASON.protocolError, "AUTH without an authentication method (4.12)")
      default:
        throw notForServers(packet.type)
    }
  }

  get #place() {
    return { level: this.terms.level, access: this.#context.access, session: this.#session }
  }

  #subscribe(packet: PacketOf<"subscribe">): void {
    const { suback, problem, sendRetained } = subscribe(this.#place, packet)
    const explains = problem !== undefined && this.terms.level === 5 && this.terms.wantsProblemInformation
    const explained = explains ? { ...suback, properties: { "reason-string": reasonString(problem) } } : suback
    if (!this.#trySend(explained)) this.#send(suback)
    sendRetained()
  }

  /** [MQTT-3.14.4-3]: the will goes away with reason 0 only. */
  #disconnect(packet: PacketOf<"disconnect">): Ending {
    const expirySeconds = packet.properties["session-expiry-interval"]
    if (expirySeconds !== undefined) {
      if (expirySeconds > 0 && this.terms.askedExpirySeconds === 0)
        throw new MqttError(REASON.protocolError, "session expiry raised from 0 (3.14.2.2.2)")
      this.#expirySeconds = Math.min(expirySeconds, this.#context.broker.limits.maxSessionExpirySeconds)
    }
    const isNormal = packet.reasonCode === REASON.success
    const reason = isNormal ? "" : ` with reason 0x${packet.reasonCode.toString(16).padStart(2, "0")}`
    return {
      reason: undefined,
      text: `the client disconnected${reason}`,
      will: isNormal ? "discard" : "publish",
    }
  }

  #acknowledgement(type: AcknowledgementType, bytes: Uint8Array, start: number, end: number): void {
    const { level } = this.terms
    const read = readAcknowledgement(bytes, start, end, level)
    const slow = read === NEEDS_LAYOUT ? (decodePacket(bytes, start, end, level) as PacketOf<"puback">) : undefined
    const packetId = slow?.packetId ?? read & 0xffff
    const reason = slow?.reasonCode ?? read >>> 16
    if (type === PACKET_TYPE.pubrel) this.publisher.release(packetId)
    else this.deliveries.acknowledge(type, packetId, reason)
  }

  #send(packet: Packet): void {
    if (this.#trySend(packet)) return
    throw new MqttError(REASON.packetTooLarge, `${packet.type} above the client's Maximum Packet Size [MQTT-3.1.2-24]`)
  }

  #trySend(packet: Packet): boolean {
    const { outbound, door } = this.#context
    return sendPacket(outbound, door.writer, packet, this.terms.level, this.terms.maxPacketBytes)
  }

  #sayGoodbye(reasonCode: ReasonCode, text: string): void {
    const packet = { type: "disconnect", flags: 0, reasonCode, properties: {} } as const
    if (!this.#trySend({ ...packet, properties: { "reason-string": reasonString(text) } })) this.#trySend(packet)
  }
}

function isAcknowledgement(type: number): type is AcknowledgementType {
  return type >= PACKET_TYPE.puback && type <= PACKET_TYPE.pubcomp
}

function notForServers(name: PacketName): MqttError {
  return new MqttError(REASON.protocolError, `${name} is sent by servers only`)
}
