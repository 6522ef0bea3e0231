import type { Broker, CancelReason, ClientSession, Entry, Holder, Outbound, SessionConsumer } from "@polymq/broker"
import { effectiveQos, type Qos } from "@polymq/message"
import { type ProtocolLevel, REASON } from "../codec/constants.ts"
import type { DeliveryEncoder, Receiver, Sent } from "./delivery-encoder.ts"
import { InflightWindow } from "./inflight-window.ts"
import { OutgoingAliases } from "./topic-aliases.ts"

/** Deliveries that could not be sent and were dropped, since last asked. */
export interface Dropped {
  readonly count: number
  readonly reason: Sent
}

/** What the client allows, and who wants to know. */
export interface DeliveryTerms {
  readonly clientId: string
  readonly connection: number
  readonly level: ProtocolLevel
  readonly outbound: Outbound
  readonly broker: Broker
  readonly encoder: DeliveryEncoder
  /** QoS 1 deliveries under way at once. */
  readonly receiveMaximum: number
  readonly maxPacketBytes: number
  readonly topicAliasMaximum: number
  /** Told when the broker takes the session away. */
  readonly owner: { cancelled(reason: CancelReason): void }
}

type State =
  | { readonly kind: "waiting" }
  | { readonly kind: "open"; readonly session: ClientSession }
  | { readonly kind: "closed" }

const WAITING: State = { kind: "waiting" }
const CLOSED: State = { kind: "closed" }

/** The receiving half of a connection: writes deliveries, and settles them when the client acknowledges. */
export class Deliveries implements SessionConsumer {
  readonly name: string
  readonly connection: number
  readonly settlesOnDelivery = false
  readonly exclusive = false
  readonly #terms: DeliveryTerms
  readonly #receiver: Receiver
  readonly #maxInflight: number
  readonly #window = new InflightWindow()
  #state: State = WAITING
  /** The broker was told "no" and waits to be woken. */
  #isStarved = false
  #dropped = 0
  #droppedReason: Sent = "too-large"

  constructor(terms: DeliveryTerms) {
    const { limits, turn } = terms.broker
    this.name = terms.clientId
    this.connection = terms.connection
    this.#terms = terms
    this.#maxInflight = Math.min(terms.receiveMaximum, limits.maxInflight)
    const aliases = Math.min(terms.topicAliasMaximum, limits.topicAliasMaximum)
    this.#receiver = {
      level: terms.level,
      outbound: terms.outbound,
      turn,
      maxPacketBytes: terms.maxPacketBytes,
      aliases: aliases === 0 ? undefined : new OutgoingAliases(aliases),
    }
  }

  /** Deliveries begin: CONNACK is written. */
  open(session: ClientSession): void {
    this.#state = { kind: "open", session }
    this.#isStarved = false
    session.wake(this)
  }

  /** Nothing is written any more. */
  close(): void {
    this.#state = CLOSED
  }

  keepsUp(): boolean {
    if (this.#state.kind === "open" && this.#terms.outbound.pendingBytes < this.#terms.broker.limits.slowReaderBytes)
      return true
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
    if (qos > 0) this.#window.add(entry)
    const sent = this.#send(entry, qos)
    if (sent === "sent") return
    // [MQTT-3.1.2-25]: a message that the client cannot take counts as delivered.
    this.#dropped++
    this.#droppedReason = sent
    if (qos === 0) return
    this.#window.remove(entry.tag)
    from.settle(entry, "accepted")
  }

  /** A defect met here would end the publisher's turn instead of this delivery. */
  #send(entry: Entry, qos: Qos): Sent {
    try {
      return this.#terms.encoder.send(this.#receiver, entry, qos)
    } catch (cause) {
      const stack = cause instanceof Error ? cause.stack : String(cause)
      this.#terms.broker.log.error("mqtt delivery failed", { client: this.name, stack })
      return "failed"
    }
  }

  exhausted(): void {}

  cancelled(reason: CancelReason): void {
    this.#terms.owner.cancelled(reason)
  }

  /** The client acknowledged a delivery with PUBACK; false when there is none of this identifier. */
  acknowledge(packetId: number, reason: number): boolean {
    const entry = this.#window.find(packetId)
    if (entry === undefined || this.#state.kind !== "open") return false
    this.#window.remove(packetId)
    // [MQTT-4.4.0-2]: a reason of 0x80 or above acknowledges as well; it only says that the client could do nothing with it.
    this.#state.session.settle(entry, reason < REASON.unspecifiedError ? "accepted" : "rejected")
    return true
  }

  /** Whether a delivery of this identifier is under way. */
  isUnderWay(packetId: number): boolean {
    return this.#window.find(packetId) !== undefined
  }

  /** Asks for more when the broker was refused before and need not be any more. */
  wake(): void {
    if (!this.#isStarved || this.#state.kind !== "open") return
    this.#isStarved = false
    if (this.hasCredit()) this.#state.session.wake(this)
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
    this.#terms.encoder.relax()
  }
}

/** QoS of a delivery: the lower of what was granted and what the message counts as [MQTT-3.8.4-8]. */
function qosOf(entry: Entry): Qos {
  const published = effectiveQos(entry.message)
  return entry.match === undefined || entry.match.qos > published ? published : entry.match.qos
}
