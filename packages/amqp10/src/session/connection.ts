import {
  type Broker,
  BrokerError,
  type Connection,
  type Deferred,
  type Outbound,
  type Peer,
  type Session,
  stackOf,
  type User,
} from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { DecodeError, FrameAssembler, readUint16 } from "@polymq/wire"
import type { Composite } from "../codec/composites.ts"
import { CONDITION, FRAME_TYPE, INITIAL_MAX_FRAME_BYTES, MIN_MAX_FRAME_BYTES } from "../codec/constants.ts"
import { bodyOffset, frameFraming, isProtocolHeader } from "../codec/framing.ts"
import { sendAmqpFrame } from "../codec/send-frame.ts"
import { Amqp10Error, errorDraft, fromBrokerError } from "../errors.ts"
import type { Amqp10Settings } from "../settings.ts"
import { Handshake, type HandshakeHost } from "./handshake.ts"
import { OpenConnection } from "./open-connection.ts"
import type { ConnectionState } from "./states.ts"

/** Shortest idle-time-out that a tick a second can satisfy, in milliseconds. */
const MIN_IDLE_TIME_OUT_MS = 1000

const DEFAULT_VHOST = "/"
const VHOST_PREFIX = "vhost:"

/** What a door gives each of its connections. */
export interface ConnectionContext {
  readonly broker: Broker
  readonly converters: Converters
  readonly settings: Amqp10Settings
}

/** One connection from the first byte to the last: frames go to its handshake, then to what it opened. */
export class Amqp10Connection implements Session, Deferred, HandshakeHost {
  readonly #context: ConnectionContext
  readonly #peer: Peer
  readonly #outbound: Outbound
  readonly #connection: Connection
  readonly #assembler: FrameAssembler
  #state: ConnectionState
  /** Whether something has arrived since the last tick. */
  #hasHeard = false
  /** When something arrived last; until open: when the connection began. */
  #heardAtMs: number

  constructor(context: ConnectionContext, peer: Peer, outbound: Outbound) {
    const { broker } = context
    this.#context = context
    this.#peer = peer
    this.#outbound = outbound
    this.#heardAtMs = broker.turn.nowMs()
    this.#assembler = new FrameAssembler(frameFraming, INITIAL_MAX_FRAME_BYTES, (bytes, start, end) =>
      this.#frame(bytes, start, end),
    )
    this.#state = { kind: "handshake", handshake: new Handshake(broker, peer, outbound, this) }
    this.#connection = broker.connect(this, peer, "amqp10")
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
    if (this.#state.kind === "handshake") this.#tickHandshake(nowMs)
    else if (this.#state.kind === "open") this.#tickOpen(this.#state.open, nowMs)
  }

  shutdown(reason: string): void {
    this.#close(new Amqp10Error("connection", CONDITION.connectionForced, reason))
  }

  lost(): void {
    this.#release()
  }

  opened(open: Composite<"open">, user: User): void {
    const { broker, converters, settings } = this.#context
    this.#assembler.maxFrameBytes = broker.limits.maxFrameBytes
    checkOpen(open)
    const vhost = open.hostname?.startsWith(VHOST_PREFIX) ? open.hostname.slice(VHOST_PREFIX.length) : DEFAULT_VHOST
    const access = broker.access(this.#connection, user, vhost)
    const ours = { connection: this.#connection, outbound: this.#outbound, host: this }
    this.#state = { kind: "open", open: new OpenConnection({ broker, converters, settings, access, open, ...ours }) }
  }

  refused(reason: string): void {
    this.#release()
    this.#outbound.close(reason)
  }

  held(frame: Uint8Array): void {
    if (this.#state.kind === "closed") return
    try {
      this.#frame(frame, 0, frame.length)
    } catch (error) {
      this.#failed(error)
    }
  }

  #tickHandshake(nowMs: number): void {
    if (nowMs - this.#heardAtMs >= this.#context.broker.limits.handshakeTimeoutMs) {
      this.refused("the handshake took too long")
    }
  }

  #tickOpen(open: OpenConnection, nowMs: number): void {
    // Who is not read cannot show signs of life.
    if (this.#hasHeard || this.#outbound.isReadingPaused) {
      this.#hasHeard = false
      this.#heardAtMs = nowMs
    }
    const timeoutMs = this.#context.broker.limits.heartbeatSeconds * 1000
    if (timeoutMs > 0 && nowMs - this.#heardAtMs > timeoutMs) {
      const description = "nothing was heard within the idle-time-out"
      this.#close(new Amqp10Error("connection", CONDITION.resourceLimitExceeded, description))
    } else open.tick(nowMs)
  }

  /** Takes one frame or protocol header; false once the connection is closed. */
  #frame(bytes: Uint8Array, start: number, end: number): boolean {
    const state = this.#state
    if (state.kind === "open") this.#openFrame(state.open, bytes, start, end)
    else if (state.kind === "handshake") state.handshake.receive(bytes, start, end)
    return this.#state.kind !== "closed"
  }

  #openFrame(open: OpenConnection, bytes: Uint8Array, start: number, end: number): void {
    const body = isProtocolHeader(bytes, start) ? end : bodyOffset(bytes, start, end)
    if (isProtocolHeader(bytes, start) || bytes[start + 5] !== FRAME_TYPE.amqp) {
      throw new Amqp10Error("connection", CONDITION.framingError, "a frame that is not AMQP's")
    }
    if (body === end) return
    if (!open.receive(bytes, body, end, readUint16(bytes, start + 6))) return
    this.#release()
    sendAmqpFrame(this.#outbound, 0, { type: "close" }, Number.POSITIVE_INFINITY)
    this.#outbound.close("the peer closed the connection")
  }

  #failed(error: unknown): void {
    if (error instanceof Amqp10Error) this.#close(error)
    else if (error instanceof BrokerError) this.#close(fromBrokerError(error))
    else if (error instanceof DecodeError)
      this.#close(new Amqp10Error("connection", CONDITION.framingError, error.message))
    else {
      const fields = { protocol: "amqp10", peer: this.#peer.address, stack: stackOf(error) }
      this.#context.broker.log.error("session failed", fields)
      this.#close(new Amqp10Error("connection", CONDITION.internalError, "internal error"))
    }
  }

  /** Says why in the protocol's words, as far as the handshake has come, and ends. */
  #close(error: Amqp10Error): void {
    const state = this.#state
    if (state.kind === "closed") return
    if (state.kind === "handshake") state.handshake.fail(error)
    this.#release()
    if (state.kind === "open") {
      sendAmqpFrame(this.#outbound, 0, { type: "close", error: errorDraft(error) }, Number.POSITIVE_INFINITY)
    }
    this.#outbound.close(`${error.condition}: ${error.message}`)
  }

  /** Gives back everything that the broker holds for the connection. */
  #release(): void {
    const state = this.#state
    if (state.kind === "closed") return
    this.#state = { kind: "closed" }
    this.#assembler.clear()
    if (state.kind === "handshake") state.handshake.abandon()
    else state.open.close()
    this.#connection.close()
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
