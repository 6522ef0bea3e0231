import type { Broker, Connection as BrokerConnection, Outbound, Peer, Session, Ticket, User } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { encodeUtf8, FrameAssembler, readUint16, readUint32 } from "@polymq/wire"
import {
  FRAME,
  FRAME_END,
  FRAME_HEADER_BYTES,
  HEARTBEAT_FRAME,
  MIN_FRAME_BYTES,
  PROTOCOL_HEADER,
} from "../codec/constants.ts"
import { FRAMING } from "../codec/framing.ts"
import type { ArgumentsOf, Method } from "../codec/layouts.ts"
import { decodeMethod, methodName } from "../codec/method-codec.ts"
import { endsChannelOnly, ProtocolError, protocolErrorOf, replyText } from "../errors.ts"
import { Channels } from "./channels.ts"
import { type ClientCapabilities, NO_CAPABILITIES, readCapabilities } from "./client-capabilities.ts"
import { offeredMechanisms, readCredentials } from "./credentials.ts"
import { FrameWriter } from "./frame-writer.ts"
import { Heartbeat } from "./heartbeat.ts"
import { type Negotiated, negotiate, offer } from "./negotiation.ts"
import { Reading } from "./reading.ts"
import { serverProperties } from "./server-properties.ts"
import { CONNECTION_INPUT, type ConnectionState } from "./states.ts"

/** What all connections of a door share. */
export interface ConnectionSettings {
  readonly converters: Converters
  readonly clusterName: string
  readonly maxConsumersPerChannel: number
  /** Makes a consumer tag that is unique on its connection. */
  consumerTag(): string
}

/** The only locale. */
const LOCALES = "en_US"

/** Time a peer that cannot be understood gets to read why. */
const DEAF_CLOSE_MS = 2000

/** One AMQP 0.9.1 connection (1.4, 2.2.4): handshake, channel 0, and the frames of all channels. */
export class Connection implements Session {
  readonly #settings: ConnectionSettings
  readonly #peer: Peer
  readonly #outbound: Outbound
  readonly #broker: Broker
  readonly #connection: BrokerConnection
  readonly #writer: FrameWriter
  readonly #frames: FrameAssembler
  readonly #openedAtMs: number
  #state: ConnectionState = { kind: "connected" }
  #headerBytes = 0
  #capabilities: ClientCapabilities = NO_CAPABILITIES
  #negotiated: Negotiated | undefined
  #heartbeat: Heartbeat | undefined
  /** Class and method of the last method on channel 0, for the text of an error. */
  #method = 0

  constructor(settings: ConnectionSettings, peer: Peer, outbound: Outbound, broker: Broker) {
    this.#settings = settings
    this.#peer = peer
    this.#outbound = outbound
    this.#broker = broker
    this.#writer = new FrameWriter(outbound, settings.converters)
    this.#frames = new FrameAssembler(FRAMING, MIN_FRAME_BYTES, (bytes, start, end) => this.#frame(bytes, start, end))
    this.#openedAtMs = broker.turn.nowMs()
    this.#connection = broker.connect(this, peer, "amqp")
  }

  receive(chunk: Uint8Array, start: number, end: number): void {
    if (!this.#isListening()) return
    this.#heartbeat?.received(this.#broker.turn.nowMs())
    const framesAt = this.#state.kind === "connected" ? this.#protocolHeader(chunk, start, end) : start
    if (framesAt === end) return
    try {
      this.#frames.receive(chunk, framesAt, end)
    } catch (cause) {
      // Only the assembler gets here: where the next frame begins is not known any more.
      this.#fail(protocolErrorOf(cause), 0, true)
    }
    if (this.#state.kind !== "open") return
    this.#state.reading.answered()
    this.#state.channels.answered()
  }

  stored(watermark: Ticket): void {
    if (this.#state.kind === "open") this.#state.channels.stored(watermark)
  }

  blocked(reason: string | undefined): void {
    if (this.#state.kind !== "open") return
    this.#state.reading.alarm(reason)
    this.#heartbeat?.received(this.#broker.turn.nowMs())
  }

  writable(): void {
    if (this.#state.kind !== "open") return
    this.#state.reading.drained()
    this.#state.channels.wake()
  }

  tick(nowMs: number): void {
    const state = this.#state
    if (state.kind === "closed") return
    if (state.kind === "closing") {
      if (nowMs >= state.untilMs) this.#end(state.reason)
    } else if (state.kind === "open") {
      // Who is not read cannot show signs of life.
      if (state.reading.isHeldUp) this.#heartbeat?.received(nowMs)
      this.#beat(nowMs)
    } else if (nowMs - this.#openedAtMs >= this.#broker.limits.handshakeTimeoutMs) {
      this.#end(`handshake timed out in state ${state.kind}`)
    }
  }

  shutdown(reason: string): void {
    const state = this.#state
    if (state.kind === "closed" || (state.kind === "closing" && !state.isDeaf)) return
    const words = `broker forced connection closure with reason '${reason}'`
    const error = new ProtocolError("CONNECTION_FORCED", words)
    // Who is logged in waits for the answer to a connection.close of its own, which may be under way.
    if (state.kind === "open") this.#fail(error, 0, false)
    else {
      if (state.kind !== "connected" && state.kind !== "closing") this.#writer.close(0, error, 0)
      this.#end(reason)
    }
  }

  lost(): void {
    if (this.#state.kind === "closing") {
      // The client has gone without an answer: the transport does not know why.
      const { address: peer, port } = this.#peer
      this.#broker.log.info("connection refused", { protocol: "amqp", peer, port, reason: this.#state.reason })
    }
    this.#release("failed")
  }

  /** Whether anything that arrives is still looked at. */
  #isListening(): boolean {
    return this.#state.kind !== "closed" && !(this.#state.kind === "closing" && this.#state.isDeaf)
  }

  /** Compares octet by octet (4.2.2); returns where frames begin, `end` when there are none. */
  #protocolHeader(chunk: Uint8Array, start: number, end: number): number {
    let at = start
    while (at < end && this.#headerBytes < PROTOCOL_HEADER.length) {
      if (chunk[at] !== PROTOCOL_HEADER[this.#headerBytes]) {
        this.#writer.raw(PROTOCOL_HEADER)
        this.#end("the protocol header is not AMQP 0-9-1")
        return end
      }
      at++
      this.#headerBytes++
    }
    if (this.#headerBytes === PROTOCOL_HEADER.length) this.#start()
    return at
  }

  #start(): void {
    this.#state = { kind: "starting" }
    this.#writer.method(0, "connection.start", {
      versionMajor: 0,
      versionMinor: 9,
      serverProperties: serverProperties(this.#settings.clusterName),
      mechanisms: encodeUtf8(offeredMechanisms(this.#peer.isLoopback)),
      locales: encodeUtf8(LOCALES),
    })
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
    if (bytes[end] !== FRAME_END) throw new ProtocolError("FRAME_ERROR", `frame ends with octet ${bytes[end]}`)
    if (this.#state.kind === "open" && channel !== 0 && type <= FRAME.body && type >= FRAME.method) {
      this.#state.channels.receive(channel, type, bytes, start, end)
    } else if (type === FRAME.method && channel === 0) this.#receiveMethod(bytes, start, end)
    else if (type === FRAME.heartbeat && channel === 0) {
      if (start !== end) throw new ProtocolError("FRAME_ERROR", `a heartbeat has a payload of ${end - start} octets`)
    } else if (this.#state.kind !== "closing") {
      const isKnown = type === FRAME.heartbeat || (type <= FRAME.body && type >= FRAME.method)
      const words = `frame type ${type} on channel ${channel} in state ${this.#state.kind}`
      throw new ProtocolError(isKnown ? "UNEXPECTED_FRAME" : "FRAME_ERROR", words)
    }
  }

  #receiveMethod(bytes: Uint8Array, start: number, end: number): void {
    this.#method = end - start < 4 ? 0 : readUint32(bytes, start)
    const name = methodName(this.#method)
    if (name !== undefined && CONNECTION_INPUT[this.#state.kind].has(name)) {
      this.#take(decodeMethod(name, bytes, start + 4, end))
    } else if (this.#state.kind === "open" && name !== undefined) {
      throw new ProtocolError("CHANNEL_ERROR", "unexpected method in connection state running")
    } else if (this.#state.kind !== "closing") {
      throw new ProtocolError("COMMAND_INVALID", `unexpected ${name ?? "method"} in state ${this.#state.kind}`)
    }
  }

  #take(method: Method): void {
    const state = this.#state
    if (method.name === "connection.close") {
      this.#writer.method(0, "connection.close-ok", {})
      const { replyText: words } = method.arguments
      const reason = words === "" ? "closed by the client" : `closed by the client: ${words}`
      this.#end(state.kind === "closing" ? state.reason : reason, "released")
    } else if (method.name === "connection.close-ok" && state.kind === "closing") this.#end(state.reason)
    else if (method.name === "connection.start-ok") this.#startOk(method.arguments)
    else if (method.name === "connection.tune-ok" && state.kind === "tuning") this.#tuneOk(method.arguments, state.user)
    else if (method.name === "connection.open" && state.kind === "opening") {
      this.#open(method.arguments.virtualHost, state.user)
    } else if (method.name === "connection.update-secret") this.#writer.method(0, "connection.update-secret-ok", {})
  }

  #startOk({ clientProperties, mechanism, response }: ArgumentsOf<"connection.start-ok">): void {
    this.#capabilities = readCapabilities(clientProperties)
    const credentials = readCredentials(mechanism, response)
    this.#state = { kind: "authenticating" }
    this.#broker.authenticate(credentials, this.#peer, (user) => {
      if (this.#state.kind !== "authenticating") return
      if (user === undefined) this.#refuseLogin(mechanism)
      else this.#tune(user)
    })
  }

  #refuseLogin(mechanism: string): void {
    const words = `Login was refused using authentication mechanism ${mechanism}. For details see the broker logfile.`
    if (this.#capabilities.takesFailedLogin) this.#fail(new ProtocolError("ACCESS_REFUSED", words), 0, false)
    else this.#end(`login refused using mechanism ${mechanism}`)
  }

  #tune(user: User): void {
    this.#state = { kind: "tuning", user }
    this.#writer.method(0, "connection.tune", offer(this.#broker.limits))
  }

  #tuneOk(answer: ArgumentsOf<"connection.tune-ok">, user: User): void {
    const negotiated = negotiate(offer(this.#broker.limits), answer)
    this.#negotiated = negotiated
    this.#writer.maxFrameBytes = this.#frames.maxFrameBytes = negotiated.maxFrameBytes
    this.#heartbeat = new Heartbeat(negotiated.heartbeatSeconds, this.#broker.turn.nowMs())
    this.#state = { kind: "opening", user }
  }

  #open(vhost: string, user: User): void {
    const { takesBlocked, takesCancel } = this.#capabilities
    const reading = new Reading(this.#broker, this.#outbound, this.#writer, takesBlocked)
    const channels = new Channels({
      session: this,
      broker: this.#broker,
      outbound: this.#outbound,
      writer: this.#writer,
      access: this.#broker.access(this.#connection, user, vhost),
      channelMax: this.#negotiated?.channelMax ?? 0,
      takesCancel,
      maxConsumers: this.#settings.maxConsumersPerChannel,
      consumerTag: this.#settings.consumerTag,
      reading,
    })
    this.#state = { kind: "open", channels, reading }
    this.#writer.method(0, "connection.open-ok", {})
  }

  #beat(nowMs: number): void {
    const next = this.#heartbeat?.tick(nowMs, this.#writer.hasWritten)
    this.#writer.hasWritten = false
    if (next === "dead") this.#end(`missed heartbeats of ${this.#negotiated?.heartbeatSeconds} s from the client`)
    else if (next === "send") this.#writer.raw(HEARTBEAT_FRAME)
  }

  #raise(cause: unknown, channel: number): void {
    if (this.#state.kind === "closing") return
    const error = protocolErrorOf(cause)
    if (error.reply === "INTERNAL_ERROR") {
      const stack = cause instanceof Error ? cause.stack : String(cause)
      this.#broker.log.error("session failed", { protocol: "amqp", peer: this.#peer.address, stack })
    }
    const { channels } = this.#state.kind === "open" ? this.#state : { channels: undefined }
    if (endsChannelOnly(error) && channels?.fail(channel, error) === true) return
    this.#fail(error, channel === 0 ? this.#method : (channels?.methodOf(channel) ?? 0), false)
  }

  /** Ends the connection with an error and waits for connection.close-ok, or only for a while when `isDeaf`. */
  #fail(error: ProtocolError, method: number, isDeaf: boolean): void {
    if (this.#state.kind === "closed") return
    if (this.#state.kind === "closing") {
      if (isDeaf) this.#end(this.#state.reason)
      return
    }
    this.#writer.close(0, error, method)
    this.#closeChannels("failed")
    const untilMs = this.#broker.turn.nowMs() + (isDeaf ? DEAF_CLOSE_MS : this.#broker.limits.handshakeTimeoutMs)
    this.#state = { kind: "closing", reason: replyText(error), untilMs, isDeaf }
    if (isDeaf) this.#frames.clear()
    this.#outbound.resumeReading()
  }

  #end(reason: string, outcome: "released" | "failed" = "failed"): void {
    this.#release(outcome)
    this.#outbound.close(reason)
  }

  /** Lets go of everything that is held for this connection, here and in the broker. */
  #release(outcome: "released" | "failed"): void {
    this.#closeChannels(outcome)
    this.#state = { kind: "closed" }
    this.#frames.clear()
    this.#connection.close()
  }

  #closeChannels(outcome: "released" | "failed"): void {
    if (this.#state.kind === "open") this.#state.channels.close(outcome)
  }
}
