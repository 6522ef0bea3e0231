import {
  type Broker,
  BrokerError,
  type Connection,
  type Deferred,
  type Outbound,
  type Peer,
  type Session,
  type User,
} from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { ByteWriter, copyBytes, DecodeError, FrameAssembler, readUint16 } from "@polymq/wire"
import { decodeComposite, writeFrame } from "../codec/codec.ts"
import type { AnyDraft, Composite, SaslBody } from "../codec/composites.ts"
import {
  AMQP_HEADER,
  CONDITION,
  FRAME_TYPE,
  INITIAL_MAX_FRAME_BYTES,
  MIN_MAX_FRAME_BYTES,
  PROTOCOL_ID,
  SASL_CODE,
  SASL_HEADER,
  SYMBOL,
} from "../codec/constants.ts"
import { bodyOffset, frameFraming, isProtocolHeader } from "../codec/framing.ts"
import { SASL_BODIES } from "../codec/layouts.ts"
import { Amqp10Error, errorDraft, fromBrokerError } from "../errors.ts"
import type { SessionSettings } from "./connection-port.ts"
import { CHANNEL_MAX, OpenConnection } from "./open-connection.ts"
import { type Credentials, MECHANISM, readPlain } from "./sasl.ts"
import { SERVER_PROPERTIES } from "./server-properties.ts"
import type { Authenticating, ConnectionState } from "./states.ts"

/** Bytes that may arrive while credentials are being checked. */
const MAX_HELD_BYTES = 64 * 1024

/** Shortest idle-time-out that a tick a second can satisfy, in milliseconds. */
const MIN_IDLE_TIME_OUT_MS = 1000

const CONTAINER_ID = "polymq"
const DEFAULT_VHOST = "/"
const VHOST_PREFIX = "vhost:"

/** What a door gives each of its connections. */
export interface ConnectionContext {
  readonly broker: Broker
  readonly converters: Converters
  readonly settings: SessionSettings
}

/** Scratch for the performatives that are not written by hand. */
const writer = new ByteWriter(512)

/** One connection: protocol headers, SASL, open and close; what lies between them is `OpenConnection`'s. */
export class Amqp10Connection implements Session, Deferred {
  readonly #context: ConnectionContext
  readonly #peer: Peer
  readonly #outbound: Outbound
  readonly #connection: Connection
  readonly #assembler: FrameAssembler
  readonly #sinceMs: number
  #state: ConnectionState = { kind: "awaiting-header" }
  /** Whether something has arrived since the last tick. */
  #hasHeard = false
  #lastHeardMs: number

  constructor(context: ConnectionContext, peer: Peer, outbound: Outbound) {
    this.#context = context
    this.#peer = peer
    this.#outbound = outbound
    this.#sinceMs = this.#lastHeardMs = context.broker.turn.nowMs()
    this.#assembler = new FrameAssembler(frameFraming, INITIAL_MAX_FRAME_BYTES, (bytes, start, end) =>
      this.#frame(bytes, start, end),
    )
    this.#connection = context.broker.connect(this, peer, "amqp10")
  }

  receive(chunk: Uint8Array, start: number, end: number): void {
    if (this.#state.kind === "closed") return
    this.#hasHeard = true
    try {
      this.#assembler.receive(chunk, start, end)
    } catch (error) {
      this.#failed(error)
    }
  }

  stored(watermark: number): void {
    if (this.#state.kind === "open") this.#state.open.stored(watermark)
  }

  blocked(reason: string | undefined): void {
    if (this.#state.kind === "open") this.#state.open.blocked(reason)
  }

  writable(): void {
    if (this.#state.kind === "open") this.#state.open.wake()
  }

  runAtTurnEnd(): void {
    if (this.#state.kind === "open") this.#state.open.flushTurn()
  }

  tick(nowMs: number): void {
    if (this.#state.kind === "closed") return
    if (this.#hasHeard) {
      this.#hasHeard = false
      this.#lastHeardMs = nowMs
    }
    const { handshakeTimeoutMs, heartbeatSeconds } = this.#context.broker.limits
    if (this.#state.kind !== "open") {
      if (nowMs - this.#sinceMs >= handshakeTimeoutMs) this.#end("the handshake took too long")
    } else if (heartbeatSeconds > 0 && nowMs - this.#lastHeardMs > heartbeatSeconds * 1000) {
      this.#close(
        new Amqp10Error("connection", CONDITION.resourceLimitExceeded, "nothing was heard within the idle-time-out"),
      )
    } else {
      this.#state.open.tick(nowMs)
    }
  }

  shutdown(reason: string): void {
    if (this.#state.kind === "closed") return
    this.#close(new Amqp10Error("connection", CONDITION.connectionForced, reason))
  }

  lost(): void {
    this.#release()
  }

  /** Takes one frame or protocol header; false once the connection is closed. */
  #frame(bytes: Uint8Array, start: number, end: number): boolean {
    const state = this.#state
    if (state.kind === "open" && !isProtocolHeader(bytes, start)) this.#openFrame(state.open, bytes, start, end)
    else if (state.kind === "authenticating") this.#hold(state, bytes, start, end)
    else if (isProtocolHeader(bytes, start)) this.#header(bytes, start)
    else this.#handshakeFrame(bytes, start, end)
    return this.#state.kind !== "closed"
  }

  #openFrame(open: OpenConnection, bytes: Uint8Array, start: number, end: number): void {
    const body = bodyOffset(bytes, start, end)
    if (bytes[start + 5] !== FRAME_TYPE.amqp) throw framingError("a frame that is not AMQP's")
    if (body === end) return
    let isClose: boolean
    try {
      isClose = open.receive(bytes, body, end, readUint16(bytes, start + 6))
    } catch (error) {
      throw error instanceof DecodeError ? new Amqp10Error("connection", CONDITION.decodeError, error.message) : error
    }
    if (!isClose) return
    this.#release()
    this.#send(FRAME_TYPE.amqp, 0, { type: "close" })
    this.#outbound.close("the peer closed the connection")
  }

  #header(bytes: Uint8Array, start: number): void {
    const state = this.#state
    const id = bytes[start + 4]
    const isKnown = bytes[start + 5] === 1 && bytes[start + 6] === 0 && bytes[start + 7] === 0
    if (state.kind === "awaiting-header" && isKnown && id === PROTOCOL_ID.sasl) {
      this.#write(SASL_HEADER)
      const saslServerMechanisms = this.#peer.isLoopback ? Object.values(MECHANISM) : [MECHANISM.plain]
      this.#send(FRAME_TYPE.sasl, 0, { type: "saslMechanisms", saslServerMechanisms })
      this.#state = { kind: "awaiting-sasl-init" }
    } else if (state.kind === "awaiting-header" && isKnown && id === PROTOCOL_ID.amqp && this.#peer.isLoopback) {
      this.#write(AMQP_HEADER)
      this.#authenticate("anonymous", "none")
    } else if (state.kind === "awaiting-amqp-header" && isKnown && id === PROTOCOL_ID.amqp) {
      this.#write(AMQP_HEADER)
      this.#state = { kind: "awaiting-open", user: state.user }
    } else if (state.kind === "open" || state.kind === "awaiting-open") {
      throw framingError("a protocol header within the connection")
    } else {
      // Part 2, 2.2: the answer to a header that is not accepted is one that would be.
      this.#write(state.kind === "awaiting-amqp-header" ? AMQP_HEADER : SASL_HEADER)
      this.#end(`protocol header ${id} is not accepted here`)
    }
  }

  #handshakeFrame(bytes: Uint8Array, start: number, end: number): void {
    const state = this.#state
    const body = bodyOffset(bytes, start, end)
    const type = bytes[start + 5]
    if (state.kind === "awaiting-open") {
      if (type !== FRAME_TYPE.amqp) throw framingError("a frame that is not AMQP's")
      if (body < end) this.#open(decodeOpen(bytes, body, end), state.user)
      return
    }
    const isSasl = state.kind === "awaiting-sasl-init" || state.kind === "awaiting-sasl-response"
    if (!isSasl || type !== FRAME_TYPE.sasl) {
      this.#end("a frame where none belongs")
      return
    }
    this.#sasl(decodeComposite(bytes, body, end, SASL_BODIES).body)
  }

  #sasl(frame: SaslBody): void {
    const isInit = this.#state.kind === "awaiting-sasl-init"
    if (isInit && frame.type === "saslInit") {
      const { mechanism, initialResponse } = frame
      if (mechanism === MECHANISM.anonymous && this.#peer.isLoopback) {
        this.#authenticate("anonymous", "sasl")
        return
      }
      if (mechanism !== MECHANISM.plain) {
        this.#refuseLogin(`mechanism '${mechanism}' is not offered`)
        return
      }
      if (initialResponse !== undefined) {
        this.#plain(initialResponse)
        return
      }
      this.#send(FRAME_TYPE.sasl, 0, { type: "saslChallenge", challenge: new Uint8Array(0) })
      this.#state = { kind: "awaiting-sasl-response" }
    } else if (!isInit && frame.type === "saslResponse") {
      this.#plain(frame.response)
    } else {
      this.#end(`${frame.type} where another frame belongs`)
    }
  }

  #plain(response: Uint8Array): void {
    const credentials = readPlain(response)
    if (credentials === undefined) this.#refuseLogin("the response of PLAIN is malformed")
    else this.#authenticate(credentials, "sasl")
  }

  #authenticate(credentials: Credentials | "anonymous", layer: "sasl" | "none"): void {
    const waiting: Authenticating = { kind: "authenticating", layer, held: [], heldBytes: 0 }
    this.#state = waiting
    this.#context.broker.authenticate(credentials, this.#peer, (user) => {
      if (this.#state === waiting) this.#authenticated(waiting, user)
    })
    if (this.#state === waiting) this.#outbound.pauseReading()
  }

  #authenticated(waiting: Authenticating, user: User | undefined): void {
    this.#outbound.resumeReading()
    if (user === undefined) {
      this.#refuseLogin("the user or password is wrong")
      return
    }
    if (waiting.layer === "sasl") {
      this.#send(FRAME_TYPE.sasl, 0, { type: "saslOutcome", code: SASL_CODE.ok })
      this.#state = { kind: "awaiting-amqp-header", user }
    } else {
      this.#state = { kind: "awaiting-open", user }
    }
    try {
      for (const frame of waiting.held) if (!this.#frame(frame, 0, frame.length)) return
    } catch (error) {
      this.#failed(error)
    }
  }

  #hold(waiting: Authenticating, bytes: Uint8Array, start: number, end: number): void {
    waiting.heldBytes += end - start
    if (waiting.heldBytes > MAX_HELD_BYTES) {
      this.#end("too much was sent before the login was answered")
      return
    }
    waiting.held.push(new Uint8Array(bytes.subarray(start, end)))
  }

  #refuseLogin(reason: string): void {
    if (this.#state.kind !== "authenticating" || this.#state.layer === "sasl") {
      this.#send(FRAME_TYPE.sasl, 0, { type: "saslOutcome", code: SASL_CODE.auth })
    }
    this.#end(reason)
  }

  #open(open: Composite<"open">, user: User): void {
    const { broker, converters, settings } = this.#context
    const { limits } = broker
    this.#state = { kind: "opening" }
    this.#send(FRAME_TYPE.amqp, 0, {
      type: "open",
      containerId: CONTAINER_ID,
      maxFrameSize: limits.maxFrameBytes,
      channelMax: CHANNEL_MAX,
      idleTimeOut: limits.heartbeatSeconds === 0 ? undefined : limits.heartbeatSeconds * 500,
      offeredCapabilities: [SYMBOL.anonymousRelay],
      properties: SERVER_PROPERTIES,
    })
    this.#assembler.maxFrameBytes = limits.maxFrameBytes
    checkOpen(open)
    const vhost = open.hostname?.startsWith(VHOST_PREFIX) ? open.hostname.slice(VHOST_PREFIX.length) : DEFAULT_VHOST
    const access = broker.access(this.#connection, user, vhost)
    const opened = new OpenConnection({
      broker,
      converters,
      settings,
      access,
      open,
      outbound: this.#outbound,
      deferFlush: () => broker.turn.defer(this),
      awaitStored: () => broker.awaitStored(this),
      send: (channel, draft) => this.#sendWithin(open.maxFrameSize, channel, draft),
    })
    this.#state = { kind: "open", open: opened }
  }

  #failed(error: unknown): void {
    if (error instanceof Amqp10Error) {
      this.#close(error)
      return
    }
    if (error instanceof BrokerError) {
      this.#close(fromBrokerError(error))
      return
    }
    if (error instanceof DecodeError) {
      this.#close(framingError(error.message))
      return
    }
    const stack = error instanceof Error ? error.stack : String(error)
    this.#context.broker.log.error("amqp10 connection failed", { peer: this.#peer.address, stack })
    this.#close(new Amqp10Error("connection", CONDITION.internalError, "internal error"))
  }

  /** Says why in the protocol's words, as far as the handshake has come, and ends. */
  #close(error: Amqp10Error): void {
    const { kind } = this.#state
    if (kind === "closed") return
    this.#release()
    if (kind === "awaiting-header") this.#write(SASL_HEADER)
    if (kind === "awaiting-open") this.#send(FRAME_TYPE.amqp, 0, { type: "open", containerId: CONTAINER_ID })
    if (kind === "open" || kind === "opening" || kind === "awaiting-open") {
      this.#send(FRAME_TYPE.amqp, 0, { type: "close", error: errorDraft(error) })
    }
    this.#outbound.close(`${error.condition}: ${error.message}`)
  }

  /** Ends a connection that never got as far as open. */
  #end(reason: string): void {
    this.#release()
    this.#outbound.close(reason)
  }

  /** Gives back everything that the broker holds for the connection. */
  #release(): void {
    const state = this.#state
    if (state.kind === "closed") return
    this.#state = { kind: "closed" }
    this.#assembler.clear()
    if (state.kind === "open") {
      state.open.close()
      state.open.access.close()
    }
    this.#connection.close()
  }

  #sendWithin(maxFrameBytes: number, channel: number, draft: AnyDraft): void {
    writer.reset()
    writeFrame(writer, FRAME_TYPE.amqp, channel, draft)
    if (writer.at > maxFrameBytes) {
      const description = `an answer of ${writer.at} bytes exceeds the peer's max-frame-size`
      throw new Amqp10Error("connection", CONDITION.resourceLimitExceeded, description)
    }
    this.#write(writer.view())
  }

  #send(type: number, channel: number, draft: AnyDraft): void {
    writer.reset()
    writeFrame(writer, type, channel, draft)
    this.#write(writer.view())
  }

  #write(bytes: Uint8Array): void {
    const room = this.#outbound.reserve(bytes.length)
    copyBytes(bytes, 0, bytes.length, room.bytes, room.start)
  }
}

function decodeOpen(bytes: Uint8Array, start: number, end: number): Composite<"open"> {
  try {
    return decodeComposite(bytes, start, end, ["open"]).body
  } catch (error) {
    throw error instanceof DecodeError ? new Amqp10Error("connection", CONDITION.decodeError, error.message) : error
  }
}

function checkOpen({ maxFrameSize, idleTimeOut }: Composite<"open">): void {
  if (maxFrameSize < MIN_MAX_FRAME_BYTES) {
    const description = `max-frame-size ${maxFrameSize} is below ${MIN_MAX_FRAME_BYTES}`
    throw new Amqp10Error("connection", CONDITION.invalidField, description)
  }
  if (idleTimeOut !== undefined && idleTimeOut > 0 && idleTimeOut < MIN_IDLE_TIME_OUT_MS) {
    const description = `idle-time-out ${idleTimeOut} is below ${MIN_IDLE_TIME_OUT_MS}`
    throw new Amqp10Error("connection", CONDITION.notAllowed, description)
  }
}

function framingError(description: string): Amqp10Error {
  return new Amqp10Error("connection", CONDITION.framingError, description)
}
