import type { CancelReason, ClientSession, Entry, Holder, Outbound, SessionConsumer, Turn } from "@polymq/broker"
import { effectiveQos, type Qos } from "@polymq/message"
import { type ProtocolLevel, REASON } from "../codec/constants.ts"
import type { ClientContext } from "./client-context.ts"
import type { Receiver, Sent } from "./delivery-encoder.ts"
import { InflightWindow } from "./inflight-window.ts"
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

const WAITING: State = { kind: "waiting" }
const CLOSED: State = { kind: "closed" }

/** The receiving half of a connection: writes deliveries, and settles them when the client acknowledges. */
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
      return this.#context.door.encoder.send(this, entry, qos)
    } catch (cause) {
      const stack = cause instanceof Error ? cause.stack : String(cause)
      this.#context.broker.log.error("mqtt delivery failed", { client: this.name, stack })
      return "failed"
    }
  }

  /** MQTT has no drain that would have to be answered. */
  exhausted(): void {}

  cancelled(reason: CancelReason): void {
    this.#context.owner.cancelled(reason)
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

/** QoS of a delivery: the lower of what was granted and what the message counts as [MQTT-3.8.4-8]. */
function qosOf(entry: Entry): Qos {
  const published = effectiveQos(entry.message)
  return entry.match === undefined || entry.match.qos > published ? published : entry.match.qos
}
