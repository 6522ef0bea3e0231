import {
  type Broker,
  type Connection,
  type Outbound,
  type Peer,
  type Session,
  stackOf,
  type Ticket,
} from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { FrameAssembler, readUint16, readUint32 } from "@polymq/wire"
import { decodeMethod, methodName } from "../codec/codec.ts"
import { FRAME_END, FRAME_HEADER_BYTES, FRAME_TYPE, HEARTBEAT_FRAME, MIN_FRAME_BYTES } from "../codec/constants.ts"
import { frameFraming } from "../codec/framing.ts"
import type { Method } from "../codec/methods.ts"
import { Amqp091Error, amqp091ErrorOf, endsChannelOnly, replyText } from "../errors.ts"
import type { Amqp091Settings } from "../settings.ts"
import { Channels } from "./channels.ts"
import { FrameWriter } from "./frame-writer.ts"
import { Handshake, type HandshakeHost, type Opening } from "./handshake.ts"
import { Heartbeat } from "./heartbeat.ts"
import type { Negotiated } from "./negotiation.ts"
import { PublishAlarm } from "./publish-alarm.ts"
import { CONNECTION_INPUT, type ConnectionState, type Standing } from "./states.ts"

/** What a door gives each of its connections. */
export interface ConnectionContext {
  readonly broker: Broker
  readonly converters: Converters
  readonly settings: Amqp091Settings
}

/** Time a peer that cannot be understood gets to read why. */
const DEAF_CLOSE_MS = 2000

/** One AMQP 0.9.1 connection (1.4, 2.2.4): channel 0 and the frames of all channels; its handshake is a part of its own. */
export class Amqp091Connection implements Session, HandshakeHost {
  readonly #settings: Amqp091Settings
  readonly #peer: Peer
  readonly #outbound: Outbound
  readonly #broker: Broker
  readonly #connection: Connection
  readonly #writer: FrameWriter
  readonly #assembler: FrameAssembler
  readonly #openedAtMs: number
  #state: ConnectionState
  /** Class and method of the last method on channel 0, for the text of an error. */
  #method = 0

  constructor({ broker, converters, settings }: ConnectionContext, peer: Peer, outbound: Outbound) {
    this.#settings = settings
    this.#peer = peer
    this.#outbound = outbound
    this.#broker = broker
    this.#writer = new FrameWriter(outbound, converters)
    this.#assembler = new FrameAssembler(frameFraming, MIN_FRAME_BYTES, (bytes, start, end) =>
      this.#frame(bytes, start, end),
    )
    const handshake = new Handshake(broker, peer, this.#writer, settings.clusterName, this)
    this.#state = { kind: "handshake", handshake }
    this.#openedAtMs = broker.turn.nowMs()
    this.#connection = broker.connect(this, peer, "amqp")
  }

  receive(chunk: Uint8Array, start: number, end: number): void {
    if (!this.#isListening()) return
    const state = this.#state
    if (state.kind === "open") state.heartbeat.received(this.#broker.turn.nowMs())
    const framesAt = state.kind === "handshake" ? state.handshake.protocolHeader(chunk, start, end) : start
    if (framesAt === end) return
    try {
      this.#assembler.receive(chunk, framesAt, end)
    } catch (cause) {
      // Only the assembler gets here: where the next frame begins is not known any more.
      this.#fail(amqp091ErrorOf(cause), 0, true)
    }
    if (this.#state.kind === "open") this.#state.channels.answered()
  }

  stored(watermark: Ticket): void {
    if (this.#state.kind === "open") this.#state.channels.stored(watermark)
  }

  blocked(reason: string | undefined): void {
    if (this.#state.kind === "open") this.#state.alarm.change(reason)
  }

  writable(): void {
    if (this.#state.kind === "open") this.#state.channels.wake()
  }

  tick(nowMs: number): void {
    const state = this.#state
    if (state.kind === "closed") return
    if (state.kind === "closing") {
      if (nowMs >= state.untilMs) this.#end(state.reason)
    } else if (state.kind === "open") {
      // Who is not read cannot show signs of life.
      if (this.#outbound.isReadingPaused) state.heartbeat.received(nowMs)
      this.#beat(state.heartbeat, nowMs)
    } else if (nowMs - this.#openedAtMs >= this.#broker.limits.handshakeTimeoutMs) {
      this.#end(`handshake timed out in state ${state.handshake.kind}`)
    }
  }

  shutdown(reason: string): void {
    const state = this.#state
    if (state.kind === "closed" || (state.kind === "closing" && !state.isDeaf)) return
    const words = `broker forced connection closure with reason '${reason}'`
    const error = new Amqp091Error("CONNECTION_FORCED", words)
    // Who is logged in waits for the answer to a connection.close of its own, which may be under way.
    if (state.kind === "open") this.#fail(error, 0, false)
    else {
      if (state.kind === "handshake" && state.handshake.kind !== "connected") this.#writer.close(0, error, 0)
      this.#end(reason)
    }
  }

  lost(): void {
    if (this.#state.kind === "closing") {
      // The client has gone without an answer: the transport does not know why.
      const { address: peer, port } = this.#peer
      this.#broker.log.info("connection refused", { protocol: "amqp", peer, port, reason: this.#state.reason })
    }
    this.#release()
  }

  tuned({ maxFrameBytes }: Negotiated): void {
    this.#writer.maxFrameBytes = this.#assembler.maxFrameBytes = maxFrameBytes
  }

  opened({ user, vhost, negotiated, capabilities }: Opening): void {
    const { takesBlocked, takesCancel } = capabilities
    const alarm = new PublishAlarm(this.#broker, this.#outbound, this.#writer, takesBlocked)
    const channels = new Channels({
      session: this,
      broker: this.#broker,
      outbound: this.#outbound,
      connection: this.#connection,
      writer: this.#writer,
      access: this.#broker.access(this.#connection, user, vhost),
      channelMax: negotiated.channelMax,
      takesCancel,
      maxConsumers: this.#settings.maxConsumersPerChannel,
      makeConsumerTag: this.#settings.makeConsumerTag,
      alarm,
    })
    const heartbeat = new Heartbeat(negotiated.heartbeatSeconds, this.#broker.turn.nowMs())
    this.#state = { kind: "open", channels, alarm, heartbeat }
    this.#writer.method(0, "connection.open-ok", {})
  }

  failed(error: Amqp091Error): void {
    this.#fail(error, 0, false)
  }

  refused(reason: string): void {
    this.#end(reason)
  }

  /** The state in the words of the handshake while that lasts. */
  get #standing(): Standing {
    return this.#state.kind === "handshake" ? this.#state.handshake.kind : this.#state.kind
  }

  /** Whether anything that arrives is still looked at. */
  #isListening(): boolean {
    return this.#state.kind !== "closed" && !(this.#state.kind === "closing" && this.#state.isDeaf)
  }

  /** Takes one frame; false ends the reading. */
  #frame(bytes: Uint8Array, start: number, end: number): boolean {
    const channel = readUint16(bytes, start + 1)
    if (channel === 0) this.#method = 0
    try {
      this.#dispatch(bytes[start] as number, channel, bytes, start + FRAME_HEADER_BYTES, end - 1)
    } catch (cause) {
      this.#raise(cause, channel)
    }
    return this.#isListening()
  }

  #dispatch(type: number, channel: number, bytes: Uint8Array, start: number, end: number): void {
    if (bytes[end] !== FRAME_END) throw new Amqp091Error("FRAME_ERROR", `frame ends with octet ${bytes[end]}`)
    if (this.#state.kind === "open" && channel !== 0 && type <= FRAME_TYPE.body && type >= FRAME_TYPE.method) {
      this.#state.channels.receive(channel, type, bytes, start, end)
    } else if (type === FRAME_TYPE.method && channel === 0) this.#receiveMethod(bytes, start, end)
    else if (type === FRAME_TYPE.heartbeat && channel === 0) {
      if (start !== end) throw new Amqp091Error("FRAME_ERROR", `a heartbeat has a payload of ${end - start} octets`)
    } else if (this.#state.kind !== "closing") {
      const isKnown = type === FRAME_TYPE.heartbeat || (type <= FRAME_TYPE.body && type >= FRAME_TYPE.method)
      const words = `frame type ${type} on channel ${channel} in state ${this.#standing}`
      throw new Amqp091Error(isKnown ? "UNEXPECTED_FRAME" : "FRAME_ERROR", words)
    }
  }

  #receiveMethod(bytes: Uint8Array, start: number, end: number): void {
    this.#method = end - start < 4 ? 0 : readUint32(bytes, start)
    const name = methodName(this.#method)
    if (name !== undefined && CONNECTION_INPUT[this.#standing].has(name)) {
      this.#take(decodeMethod(name, bytes, start + 4, end))
    } else if (this.#state.kind === "open" && name !== undefined) {
      throw new Amqp091Error("CHANNEL_ERROR", "unexpected method in connection state running")
    } else if (this.#state.kind !== "closing") {
      throw new Amqp091Error("COMMAND_INVALID", `unexpected ${name ?? "method"} in state ${this.#standing}`)
    }
  }

  #take(method: Method): void {
    const state = this.#state
    if (method.name === "connection.close") {
      this.#writer.method(0, "connection.close-ok", {})
      const { replyText: words } = method.arguments
      const reason = words === "" ? "closed by the client" : `closed by the client: ${words}`
      this.#end(state.kind === "closing" ? state.reason : reason)
    } else if (method.name === "connection.close-ok" && state.kind === "closing") this.#end(state.reason)
    else if (method.name === "connection.update-secret") this.#writer.method(0, "connection.update-secret-ok", {})
    else if (state.kind === "handshake") state.handshake.take(method)
  }

  #beat(heartbeat: Heartbeat, nowMs: number): void {
    const next = heartbeat.tick(nowMs, this.#writer.hasWritten)
    this.#writer.hasWritten = false
    if (next === "dead") this.#end(`missed heartbeats of ${heartbeat.intervalSeconds} s from the client`)
    else if (next === "send") this.#writer.raw(HEARTBEAT_FRAME)
  }

  #raise(cause: unknown, channel: number): void {
    if (this.#state.kind === "closing") return
    const error = amqp091ErrorOf(cause)
    if (error.reply === "INTERNAL_ERROR") {
      const fields = { protocol: "amqp", peer: this.#peer.address, stack: stackOf(cause) }
      this.#broker.log.error("session failed", fields)
    }
    const { channels } = this.#state.kind === "open" ? this.#state : { channels: undefined }
    if (endsChannelOnly(error) && channels?.fail(channel, error) === true) return
    this.#fail(error, channel === 0 ? this.#method : (channels?.methodOf(channel) ?? 0), false)
  }

  /** Ends the connection with an error and waits for connection.close-ok, or only for a while when `isDeaf`. */
  #fail(error: Amqp091Error, method: number, isDeaf: boolean): void {
    if (this.#state.kind === "closed") return
    if (this.#state.kind === "closing") {
      if (isDeaf) this.#end(this.#state.reason)
      return
    }
    this.#writer.close(0, error, method)
    this.#letGo()
    const untilMs = this.#broker.turn.nowMs() + (isDeaf ? DEAF_CLOSE_MS : this.#broker.limits.handshakeTimeoutMs)
    this.#state = { kind: "closing", reason: replyText(error), untilMs, isDeaf }
    if (isDeaf) this.#assembler.clear()
    this.#outbound.resumeReading()
  }

  #end(reason: string): void {
    this.#release()
    this.#outbound.close(reason)
  }

  /** Lets go of everything that is held for this connection, here and in the broker. */
  #release(): void {
    this.#letGo()
    this.#state = { kind: "closed" }
    this.#assembler.clear()
    this.#connection.close()
  }

  /** Ends what the present state consists of. */
  #letGo(): void {
    if (this.#state.kind === "open") this.#state.channels.close()
    else if (this.#state.kind === "handshake") this.#state.handshake.abandon()
  }
}
