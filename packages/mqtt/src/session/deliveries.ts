import {
  type CancelReason,
  type ClientSession,
  type Entry,
  type Holder,
  type Outbound,
  type SessionConsumer,
  stackOf,
  type Turn,
} from "@polymq/broker"
import { effectiveQos, type Qos } from "@polymq/message"
import { PACKET_TYPE, type ProtocolLevel, REASON, type ReasonCode } from "../codec/constants.ts"
import { acknowledgementBytes, putAcknowledgement } from "../codec/hot.ts"
import { MqttError } from "../errors.ts"
import type { ClientContext } from "./client-context.ts"
import type { Receiver, Sent } from "./delivery-encoder.ts"
import { type Awaited, InflightWindow } from "./inflight-window.ts"
import { OutgoingAliases } from "./topic-aliases.ts"

/** Deliveries that could not be sent and were dropped, since last asked. */
export interface Dropped {
  readonly count: number
  readonly reason: Sent
}

type State =
  | { readonly kind: "waiting" }
  | { readonly kind: "open"; readonly session: ClientSession }
  | { readonly kind: "closed" }

/** PUBREL with the flags that the standard demands [MQTT-3.6.1-1]. */
const PUBREL_BYTE = (PACKET_TYPE.pubrel << 4) | 2

const WAITING: State = { kind: "waiting" }
const CLOSED: State = { kind: "closed" }

/**
 * The receiving half of a connection: writes deliveries, and settles them when the client acknowledges (MQTT 5.0 section
 * 4.3). One of QoS 2 takes two steps: with PUBREC its message is the client's, with PUBCOMP its identifier is free again.
 */
export class Deliveries implements SessionConsumer, Receiver {
  readonly settlesOnDelivery = false
  readonly exclusive = false
  readonly aliases: OutgoingAliases | undefined
  readonly #context: ClientContext
  readonly #maxInflight: number
  readonly #window = new InflightWindow()
  #state: State = WAITING
  /** The broker was told "no" and waits to be woken. */
  #isStarved = false
  #dropped = 0
  #droppedReason: Sent = "too-large"

  constructor(context: ClientContext) {
    const { terms, broker } = context
    const aliases = Math.min(terms.topicAliasMaximum, broker.limits.topicAliasMaximum)
    this.aliases = aliases === 0 ? undefined : new OutgoingAliases(aliases)
    this.#context = context
    this.#maxInflight = Math.min(terms.receiveMaximum, broker.limits.maxInflight)
  }

  get name(): string {
    return this.#context.terms.clientId
  }

  get connection(): number {
    return this.#context.access.connection
  }

  get level(): ProtocolLevel {
    return this.#context.terms.level
  }

  get outbound(): Outbound {
    return this.#context.outbound
  }

  get turn(): Turn {
    return this.#context.broker.turn
  }

  get maxPacketBytes(): number {
    return this.#context.terms.maxPacketBytes
  }

  /** Deliveries begin: CONNACK is written. */
  open(session: ClientSession): void {
    this.#state = { kind: "open", session }
    this.#isStarved = false
    // What an earlier connection did not complete comes first, with its identifiers [MQTT-4.4.0-1].
    for (const entry of session.received) {
      this.#window.add(entry, PACKET_TYPE.pubcomp)
      this.#sendPubrel(entry.tag, REASON.success)
    }
    session.wake(this)
  }

  /** Nothing is written any more. */
  close(): void {
    this.#state = CLOSED
  }

  keepsUp(): boolean {
    const { outbound, broker } = this.#context
    if (this.#state.kind === "open" && outbound.pendingBytes < broker.limits.slowReaderBytes) return true
    this.#isStarved = true
    return false
  }

  hasCredit(): boolean {
    if (this.#window.count < this.#maxInflight) return this.keepsUp()
    this.#isStarved = true
    return false
  }

  deliver(from: Holder, entry: Entry): void {
    const qos = qosOf(entry)
    if (qos > 0) this.#window.add(entry, qos === 2 ? PACKET_TYPE.pubrec : PACKET_TYPE.puback)
    const sent = this.#send(entry, qos)
    if (sent === "sent") return
    // [MQTT-3.1.2-25]: a message that the client cannot take counts as delivered.
    this.#dropped++
    this.#droppedReason = sent
    if (qos === 0) return
    this.#window.remove(entry.tag)
    from.settle(entry, "accepted")
  }

  /** Before MQTT 5.0 there is no word for an unknown identifier: it is released like others. */
  #sendPubrel(packetId: number, reason: ReasonCode): void {
    const told = this.level === 5 ? reason : REASON.success
    const { bytes, start } = this.outbound.reserve(acknowledgementBytes(told))
    putAcknowledgement(bytes, start, PUBREL_BYTE, packetId, told)
  }

  /** A defect met here would end the publisher's turn instead of this delivery. */
  #send(entry: Entry, qos: Qos): Sent {
    try {
      return this.#context.door.encoder.send(this, entry, qos)
    } catch (cause) {
      this.#context.broker.log.error("mqtt delivery failed", { client: this.name, stack: stackOf(cause) })
      return "failed"
    }
  }

  /** MQTT has no drain that would have to be answered. */
  exhausted(): void {}

  cancelled(reason: CancelReason): void {
    this.#context.owner.cancelled(reason)
  }

  /**
   * The client has sent PUBACK, PUBREC or PUBCOMP. Raises `MqttError` for a step that is not the delivery's next; a PUBREC
   * that comes again is answered again.
   */
  acknowledge(step: Awaited, packetId: number, reason: number): void {
    const entry = this.#window.find(packetId)
    if (entry === undefined || this.#state.kind !== "open") {
      // PUBREC for something unknown; the others need no answer.
      if (step === PACKET_TYPE.pubrec) this.#sendPubrel(packetId, REASON.packetIdentifierNotFound)
      return
    }
    const awaited = this.#window.awaited(packetId)
    const isReceipt = step === PACKET_TYPE.pubrec && awaited !== PACKET_TYPE.puback
    if (step !== awaited && !isReceipt) throw new MqttError(REASON.protocolError, WRONG_STEP[awaited])
    if (isReceipt && reason < REASON.unspecifiedError) {
      if (awaited === PACKET_TYPE.pubrec) this.#state.session.receive(entry)
      this.#window.await(packetId, PACKET_TYPE.pubcomp)
      this.#sendPubrel(packetId, REASON.success)
      return
    }
    this.#window.remove(packetId)
    // [MQTT-4.4.0-2]: a reason of 0x80 or above acknowledges as well; it only says that the client could do nothing with it.
    this.#state.session.settle(entry, reason < REASON.unspecifiedError ? "accepted" : "rejected")
  }

  /** Asks for more when the broker was refused before and need not be any more. */
  wake(): void {
    if (!this.#isStarved || this.#state.kind !== "open") return
    this.#isStarved = false
    // QoS 0 goes on without credit.
    if (this.keepsUp()) this.#state.session.wake(this)
  }

  /** Deliveries dropped since the last call. */
  takeDropped(): Dropped | undefined {
    if (this.#dropped === 0) return undefined
    const dropped = { count: this.#dropped, reason: this.#droppedReason }
    this.#dropped = 0
    return dropped
  }

  /** Gives memory back that is not needed at present. */
  relax(): void {
    this.#window.relax()
    this.#context.door.encoder.relax()
  }
}

/** By what is awaited. */
const WRONG_STEP: Readonly<Record<Awaited, string>> = {
  [PACKET_TYPE.puback]: "a QoS 1 delivery is acknowledged by PUBACK (4.3.2)",
  [PACKET_TYPE.pubrec]: "a QoS 2 delivery is received by PUBREC first (4.3.3)",
  [PACKET_TYPE.pubcomp]: "a QoS 2 delivery that is released is completed by PUBCOMP (4.3.3)",
}

/** QoS of a delivery: the lower of what was granted and what the message counts as [MQTT-3.8.4-8]. */
function qosOf(entry: Entry): Qos {
  const published = effectiveQos(entry.message)
  return entry.match === undefined || entry.match.qos > published ? published : entry.match.qos
}
