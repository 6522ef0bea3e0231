import type { Access, Broker, Connection, Deferred, Outbound, Outcome, Reservation, Session } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { AMQP10_CODE as CODE, type Value } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import type { Composite, Performative, PerformativeDraft } from "../codec/composites.ts"
import { CONDITION, EMPTY_FRAME } from "../codec/constants.ts"
import { readDisposition, readFlow, readTransfer } from "../codec/hot.ts"
import {
  createDispositionFields,
  createFlowFields,
  createTransferFields,
  fromDisposition,
  fromFlow,
  fromTransfer,
} from "../codec/hot-fields.ts"
import { LAYOUTS, PERFORMATIVES } from "../codec/layouts.ts"
import { sendAmqpFrame, sendBytes } from "../codec/send-frame.ts"
import { Amqp10Error, errorDraft } from "../errors.ts"
import type { Amqp10Settings } from "../settings.ts"
import type { ConnectionPort } from "./connection-port.ts"
import { decodeFrameBody } from "./frame-body.ts"
import { Amqp10Session } from "./session.ts"
import { annotationsOf, outcomeOf, outcomeOfCode } from "./settled-outcomes.ts"

/** Largest channel that a peer may use: 64 sessions. */
export const CHANNEL_MAX = 63

/** What one connection holds of deliveries that are under way, as a multiple of the largest message. */
const MAX_UNFINISHED_MESSAGES = 4

/** About how often `tick` is called. */
const TICK_MS = 1000
/** Up to this idle-time-out every tick sends something. */
const SHORT_IDLE_MS = 4 * TICK_MS

/** What an open connection is made of. */
export interface OpenRequest {
  readonly broker: Broker
  readonly connection: Connection
  readonly access: Access
  readonly converters: Converters
  readonly outbound: Outbound
  readonly settings: Amqp10Settings
  /** The peer's. */
  readonly open: Composite<"open">
  /** The connection as the broker and the turn know it. */
  readonly host: Session & Deferred
}

/** Every performative but close. */
type Body = Exclude<Performative, { readonly type: "close" }>

/** Scratch of `receive`. */
const transfer = createTransferFields()
const disposition = createDispositionFields()
const flow = createFlowFields()

/** What a connection is between open and close: its sessions by channel. */
export class OpenConnection implements ConnectionPort {
  readonly broker: Broker
  readonly access: Access
  readonly converters: Converters
  readonly outbound: Outbound
  readonly settings: Amqp10Settings
  readonly userId: Uint8Array
  readonly remoteMaxFrameBytes: number
  isBlocked: boolean
  readonly #connection: Connection
  readonly #host: Session & Deferred
  readonly #idleTimeOutMs: number
  readonly #channelMax: number
  readonly #sessions: (MappedSession | undefined)[] = []
  #flushDue: Amqp10Session[] = []
  #watermark = 0
  #isAwaitingStored = false
  #unfinishedBytes = 0
  #hasWritten = false
  #lastWrittenMs: number

  constructor(request: OpenRequest) {
    this.broker = request.broker
    this.#connection = request.connection
    this.access = request.access
    this.converters = request.converters
    this.outbound = request.outbound
    this.settings = request.settings
    this.userId = encodeUtf8(request.access.user)
    this.remoteMaxFrameBytes = request.open.maxFrameSize
    this.isBlocked = request.broker.blockedReason !== undefined
    this.#host = request.host
    this.#idleTimeOutMs = request.open.idleTimeOut ?? 0
    this.#channelMax = Math.min(CHANNEL_MAX, request.open.channelMax)
    this.#lastWrittenMs = request.broker.turn.nowMs()
  }

  send(channel: number, draft: PerformativeDraft): void {
    if (!sendAmqpFrame(this.outbound, channel, draft, this.remoteMaxFrameBytes)) {
      const description = `the answer to ${draft.type} exceeds the peer's max-frame-size`
      throw new Amqp10Error("connection", CONDITION.resourceLimitExceeded, description)
    }
    this.#hasWritten = true
  }

  reserve(bytes: number): Reservation {
    this.#hasWritten = true
    return this.outbound.reserve(bytes)
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    this.outbound.share(bytes, start, end)
  }

  flushAtTurnEnd(session: Amqp10Session): void {
    session.isFlushDue = true
    if (this.#flushDue.push(session) === 1) this.broker.turn.defer(this.#host)
  }

  awaitStored(): void {
    if (this.#isAwaitingStored) return
    this.#isAwaitingStored = true
    this.broker.awaitStored(this.#host)
  }

  holdUnfinished(bytes: number): boolean {
    const held = this.#unfinishedBytes + bytes
    if (held > MAX_UNFINISHED_MESSAGES * this.broker.limits.maxMessageBytes) return false
    if (!this.#connection.gather(bytes)) return false
    this.#unfinishedBytes = held
    return true
  }

  dropUnfinished(bytes: number): void {
    this.#connection.gather(-bytes)
    this.#unfinishedBytes -= bytes
  }

  /**
   * Takes the body of one AMQP frame; true for a close. Raises `Amqp10Error` of the connection: what concerns a session
   * alone is answered here.
   */
  receive(bytes: Uint8Array, start: number, end: number, channel: number): boolean {
    try {
      if (this.#receiveHot(bytes, start, end, channel)) return false
      const { body, end: bodyEnd } = decodeFrameBody(bytes, start, end, PERFORMATIVES)
      if (body.type === "close") return true
      this.#receiveDecoded(body, bytes, bodyEnd, end, channel)
    } catch (error) {
      this.#sessionFailed(channel, error)
    }
    return false
  }

  /** Everything up to the watermark is durable. */
  stored(watermark: number): void {
    this.#watermark = watermark
    this.#isAwaitingStored = false
    let isWaiting = false
    for (const mapped of this.#sessions) if (mapped?.session?.flush(watermark)) isWaiting = true
    if (isWaiting) this.awaitStored()
  }

  flushTurn(): void {
    const due = this.#flushDue
    this.#flushDue = []
    for (const session of due) if (session.isFlushDue) session.flush(this.#watermark)
  }

  blocked(reason: string | undefined): void {
    this.isBlocked = reason !== undefined
    for (const mapped of this.#sessions) mapped?.session?.blockedChanged()
  }

  wake(): void {
    for (const mapped of this.#sessions) mapped?.session?.wake()
  }

  /** Lets a peer with an idle-time-out hear something well within it (AMQP 1.0 part 2, 2.4.5). */
  tick(nowMs: number): void {
    const idleTimeOutMs = this.#idleTimeOutMs
    if (this.#hasWritten) {
      this.#hasWritten = false
      this.#lastWrittenMs = nowMs
      if (idleTimeOutMs > SHORT_IDLE_MS) return
    }
    if (idleTimeOutMs === 0 || nowMs - this.#lastWrittenMs < idleTimeOutMs / 2 - TICK_MS) return
    this.#lastWrittenMs = nowMs
    sendBytes(this.outbound, EMPTY_FRAME)
  }

  /** Ends every session, and what belongs to the connection, without a word. */
  close(): void {
    for (const mapped of this.#sessions) mapped?.session?.close()
    this.#sessions.length = 0
    this.#flushDue = []
    this.access.close()
  }

  /** Takes one of the three frames that come per message, in its usual form; false for everything else. */
  #receiveHot(bytes: Uint8Array, start: number, end: number, channel: number): boolean {
    switch (bytes[start + 1] === CODE.smallulong ? bytes[start + 2] : 0) {
      case LAYOUTS.transfer.code:
        if (!readTransfer(bytes, start, end, transfer)) return false
        this.#session(channel)?.transfer(transfer, bytes, end)
        return true
      case LAYOUTS.disposition.code:
        if (!readDisposition(bytes, start, end, disposition)) return false
        this.#dispose(channel, outcomeOfCode(disposition.state), undefined)
        return true
      case LAYOUTS.flow.code:
        if (!readFlow(bytes, start, end, flow)) return false
        this.#session(channel)?.flow(flow)
        return true
      default:
        return false
    }
  }

  /** Takes what a layout has decoded; `bodyEnd` is where a transfer's payload begins. */
  #receiveDecoded(body: Body, bytes: Uint8Array, bodyEnd: number, end: number, channel: number): void {
    switch (body.type) {
      case "open":
        throw new Amqp10Error("connection", CONDITION.illegalState, "a second open")
      case "begin":
        this.#begin(body, channel)
        break
      case "attach":
        this.#session(channel)?.attach(body)
        break
      case "flow":
        fromFlow(body, flow)
        this.#session(channel)?.flow(flow)
        break
      case "transfer":
        fromTransfer(body, bodyEnd, transfer)
        this.#session(channel)?.transfer(transfer, bytes, end)
        break
      case "disposition":
        fromDisposition(body, disposition)
        this.#dispose(channel, outcomeOf(body.state), annotationsOf(body.state))
        break
      case "detach":
        this.#session(channel)?.detached(body)
        break
      case "end":
        this.#end(channel)
        break
    }
  }

  #dispose(channel: number, outcome: Outcome | undefined, annotations: Value | undefined): void {
    const { role, first, last, settled } = disposition
    this.#session(channel)?.disposition(role, first, last, settled, outcome, annotations)
  }

  #begin(begin: Composite<"begin">, channel: number): void {
    if (channel > this.#channelMax) {
      throw new Amqp10Error(
        "connection",
        CONDITION.framingError,
        `channel ${channel}, the largest is ${this.#channelMax}`,
      )
    }
    if (this.#sessions[channel] !== undefined) {
      throw new Amqp10Error("connection", CONDITION.illegalState, `channel ${channel} has a session`)
    }
    if (begin.remoteChannel !== undefined) {
      throw new Amqp10Error("connection", CONDITION.notAllowed, "a begin that answers none")
    }
    this.#sessions[channel] = { session: new Amqp10Session(channel, begin, this) }
  }

  #end(channel: number): void {
    const session = this.#session(channel)
    this.#sessions[channel] = undefined
    if (session === undefined) return
    session.close()
    this.send(channel, { type: "end" })
  }

  /** The session of a channel; undefined while the peer has not answered our end. */
  #session(channel: number): Amqp10Session | undefined {
    const mapped = this.#sessions[channel]
    if (mapped !== undefined) return mapped.session
    throw new Amqp10Error("connection", CONDITION.illegalState, `no session on channel ${channel}`)
  }

  #sessionFailed(channel: number, error: unknown): void {
    if (!(error instanceof Amqp10Error) || error.scope !== "session") throw error
    this.#sessions[channel]?.session?.close()
    this.#sessions[channel] = ENDING
    this.broker.log.debug("session ended", { condition: error.condition, reason: error.message, channel })
    this.send(channel, { type: "end", error: errorDraft(error) })
  }
}

/** A channel in use; without session it waits for the peer's end. */
interface MappedSession {
  readonly session: Amqp10Session | undefined
}

const ENDING: MappedSession = { session: undefined }
