import type { Access, Broker, CancelReason, Connection, Outbound, Peer, Session, Ticket, User } from "@polymq/broker"
import { FrameAssembler } from "@polymq/wire"
import { PACKET_TYPE, REASON } from "../codec/constants.ts"
import { sendPacket } from "../codec/encode-packet.ts"
import { packetFraming } from "../codec/framing.ts"
import type { DoorContext } from "../door-context.ts"
import { loggedFaultOf, MqttError } from "../errors.ts"
import { acceptance } from "./connack.ts"
import { ConnectedClient, type Ending } from "./connected-client.ts"
import { Deliveries } from "./deliveries.ts"
import { Handshake, type HandshakeHost } from "./handshake.ts"
import type { HeldPackets } from "./held-packets.ts"
import type { Login } from "./login.ts"
import type { ConnectionState } from "./states.ts"

const CONNECT_BYTE = PACKET_TYPE.connect << 4
/** A client may be silent for one and a half times its keep-alive [MQTT-3.1.2-22]; in milliseconds per second. */
const KEEP_ALIVE_GRACE_MS = 1500

/** One MQTT connection. */
export class MqttConnection implements Session, HandshakeHost {
  readonly #context: DoorContext
  readonly #broker: Broker
  readonly #outbound: Outbound
  readonly #peer: Peer
  readonly #connection: Connection
  readonly #assembler: FrameAssembler
  #state: ConnectionState
  /** Whether something has arrived since the last tick. */
  #hasHeard = false
  #heardAtMs: number
  #isBlocked = false
  /** Bytes of a packet that has not arrived whole, as the broker counts them. */
  #gatheredBytes = 0

  constructor(context: DoorContext, peer: Peer, outbound: Outbound, broker: Broker) {
    this.#context = context
    this.#broker = broker
    this.#outbound = outbound
    this.#peer = peer
    this.#heardAtMs = broker.turn.nowMs()
    this.#isBlocked = broker.blockedReason !== undefined
    this.#assembler = new FrameAssembler(packetFraming, broker.limits.maxPacketBytesBeforeLogin, (bytes, start, end) =>
      this.#packet(bytes, start, end),
    )
    const parts = { context, broker, outbound, peer, assembler: this.#assembler, host: this }
    this.#state = { kind: "handshake", handshake: new Handshake(parts) }
    this.#connection = broker.connect(this, peer, "mqtt")
  }

  receive(chunk: Uint8Array, start: number, end: number): void {
    const state = this.#state
    if (state.kind === "closed") return
    this.#hasHeard = true
    // Looked at before its announced length is waited for: other protocols and scanners end up here.
    const isFirst = state.kind === "handshake" && state.handshake.isAwaitingConnect
    if (isFirst && this.#assembler.heldBytes === 0 && start < end && chunk[start] !== CONNECT_BYTE) {
      this.#close("the first packet was not CONNECT [MQTT-3.1.0-1]")
      return
    }
    try {
      this.#assembler.receive(chunk, start, end)
      this.#gather()
      this.#finishChunk()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  stored(watermark: Ticket): void {
    if (this.#state.kind !== "open") return
    this.#state.client.stored(watermark)
    this.#readOn(this.#state.client)
  }

  blocked(reason: string | undefined): void {
    this.#isBlocked = reason !== undefined
    if (this.#state.kind === "open") this.#readOn(this.#state.client)
  }

  writable(): void {
    if (this.#state.kind === "open") this.#state.client.deliveries.wake()
  }

  tick(nowMs: number): void {
    // Who is not read cannot show signs of life.
    if (this.#hasHeard || this.#outbound.isReadingPaused) this.#heardAtMs = nowMs
    this.#hasHeard = false
    const state = this.#state
    if (state.kind === "open") this.#tickOpen(state.client, nowMs)
    else if (state.kind === "handshake" && nowMs - state.handshake.sinceMs >= this.#broker.limits.handshakeTimeoutMs)
      this.#close("no CONNECT in time")
  }

  shutdown(reason: string): void {
    if (this.#state.kind === "handshake") this.#state.handshake.fail(new MqttError(REASON.serverUnavailable, reason))
    this.#end({ reason: REASON.serverShuttingDown, text: reason, will: "publish" })
  }

  lost(): void {
    this.#end({ reason: undefined, text: "the connection was lost", will: "publish" }, false)
  }

  /** The broker has taken the session away. */
  cancelled(reason: CancelReason): void {
    const isTakenOver = reason === "taken-over"
    this.#end({
      reason: isTakenOver ? REASON.sessionTakenOver : REASON.administrativeAction,
      text: isTakenOver ? "the client connected again [MQTT-3.1.4-3]" : "the session was deleted",
      will: "publish",
    })
  }

  opened(login: Login, user: User): void {
    const access = this.#broker.access(this.#connection, user, login.vhost)
    try {
      this.#open(login, access)
    } catch (cause) {
      access.close()
      throw cause
    }
  }

  held(packets: HeldPackets): void {
    try {
      for (const packet of packets) if (!this.#packet(packet, 0, packet.length)) return
      this.#finishChunk()
    } catch (cause) {
      this.#fail(cause)
    }
  }

  failed(cause: unknown): void {
    this.#fail(cause)
  }

  refused(text: string): void {
    this.#close(text)
  }

  /** Takes one packet; false to stop reading. */
  #packet(bytes: Uint8Array, start: number, end: number): boolean {
    const state = this.#state
    if (state.kind === "open") {
      const ending = state.client.receive(bytes, start, end)
      if (ending !== undefined) this.#end(ending)
    } else if (state.kind === "handshake") state.handshake.receive(bytes, start, end)
    return this.#state.kind !== "closed"
  }

  #open(login: Login, access: Access): void {
    const { terms, cleanStart, will } = login
    const { clientId, expirySeconds, level } = terms
    const context = { terms, door: this.#context, broker: this.#broker, access, outbound: this.#outbound, owner: this }
    const deliveries = new Deliveries(context)
    const { session, present } = access.openSession({ clientId, cleanStart, expirySeconds, consumer: deliveries })
    session.setWill(will)
    const client = new ConnectedClient(context, session, deliveries, present)
    const connack = acceptance(login, present, this.#broker.limits)
    const isAnswered = sendPacket(this.#outbound, this.#context.writer, connack, level, terms.maxPacketBytes)
    this.#state = { kind: "open", client }
    if (isAnswered) deliveries.open(session)
    else this.#end({ reason: undefined, text: "CONNACK is above the client's Maximum Packet Size", will: "discard" })
  }

  #finishChunk(): void {
    const state = this.#state
    if (state.kind === "open") {
      state.client.finishChunk()
      this.#readOn(state.client)
    } else if (state.kind === "handshake") state.handshake.finishChunk()
  }

  #tickOpen(client: ConnectedClient, nowMs: number): void {
    const { keepAliveSeconds } = client.terms
    const dropped = client.deliveries.takeDropped()
    if (dropped !== undefined)
      this.#broker.log.warn("mqtt deliveries dropped", { client: client.terms.clientId, ...dropped })
    client.publisher.relax()
    client.deliveries.relax()
    if (keepAliveSeconds > 0 && nowMs - this.#heardAtMs > keepAliveSeconds * KEEP_ALIVE_GRACE_MS)
      this.#end({ reason: REASON.keepAliveTimeout, text: "nothing came within the keep-alive", will: "publish" })
  }

  /** Has the broker count what is held of an unfinished packet. Raises `MqttError` where that is too much. */
  #gather(): void {
    const { heldBytes } = this.#assembler
    if (heldBytes === this.#gatheredBytes) return
    if (!this.#connection.gather(heldBytes - this.#gatheredBytes)) {
      throw new MqttError(REASON.quotaExceeded, "all connections together have too many bytes of unfinished packets")
    }
    this.#gatheredBytes = heldBytes
  }

  /** Reads on, or does not, as broker and store have it. */
  #readOn(client: ConnectedClient): void {
    const { hasPublished, unanswered } = client.publisher
    const { receiveMaximum } = this.#broker.limits
    // Who only consumes is read on: its acknowledgements are what frees memory.
    if (this.#isBlocked && hasPublished) this.#outbound.pauseReading("alarm")
    else this.#outbound.resumeReading("alarm")
    if (unanswered > receiveMaximum) this.#outbound.pauseReading("unanswered")
    else if (unanswered <= receiveMaximum / 2) this.#outbound.resumeReading("unanswered")
  }

  /** Ends the connection for what was raised by a packet of the client [MQTT-4.8.0-1]. */
  #fail(cause: unknown): void {
    // Before CONNACK there is no DISCONNECT [MQTT-3.14.0-1].
    if (this.#state.kind === "handshake" && this.#state.handshake.fail(cause)) return
    const { reason, text } = loggedFaultOf(cause, this.#broker.log, this.#peer)
    this.#end({ reason, text, will: "publish" })
  }

  #close(text: string): void {
    this.#end({ reason: undefined, text, will: "discard" })
  }

  #end(ending: Ending, canWrite = true): void {
    const state = this.#state
    if (state.kind === "closed") return
    this.#state = { kind: "closed" }
    if (state.kind === "open") state.client.leave(ending, canWrite)
    else state.handshake.abandon()
    this.#connection.close()
    this.#assembler.clear()
    const clientId = state.kind === "open" ? state.client.terms.clientId : undefined
    this.#outbound.close(clientId === undefined ? ending.text : `client '${clientId}': ${ending.text}`)
  }
}
