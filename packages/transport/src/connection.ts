import { Buffer } from "node:buffer"
import type { Duplex } from "node:stream"
import {
  type Broker,
  type Deferred,
  type Door,
  type Outbound,
  type PauseReason,
  type Peer,
  type Reservation,
  type Session,
  stackOf,
} from "@polymq/broker"
import { chooseDoor } from "./choose-door.ts"
import { looksLikeTls } from "./looks-like-tls.ts"
import { ReadingPace } from "./reading-pace.ts"
import { SocketWriter, type WriterOwner } from "./socket-writer.ts"
import type { WriteBuffers } from "./write-buffers.ts"

/** How long a peer may take to close its side after we closed ours. */
const LINGER_MS = 3000

/** What a connection belongs to. */
export interface ConnectionContext {
  readonly doors: readonly [Door, ...Door[]]
  readonly broker: Broker
  readonly buffers: WriteBuffers
  /** Called once, when nothing of the connection is left. */
  readonly gone: (connection: Connection) => void
}

type State =
  /** Waiting for the bytes that tell the protocol. */
  | { readonly kind: "sniffing"; readonly first: Uint8Array; readonly sinceMs: number }
  | { readonly kind: "open"; readonly session: Session }
  /** What is pending still leaves; what arrives is discarded. The session is told at the end of the turn. */
  | { readonly kind: "closing"; readonly session: Session | undefined }
  /** Our side is closed, the peer's not yet. */
  | { readonly kind: "ended"; readonly sinceMs: number }
  | { readonly kind: "gone" }

/** One peer: its socket, and the session that its bytes go to. Errors of either end this connection and nothing else. */
export class Connection implements Outbound, Deferred, WriterOwner {
  readonly peer: Peer
  readonly #socket: Duplex
  readonly #context: ConnectionContext
  readonly #writer: SocketWriter
  readonly #pace: ReadingPace
  #state: State
  #protocol: string
  #reason = ""
  #isDirty = false

  constructor(socket: Duplex, peer: Peer, context: ConnectionContext) {
    this.peer = peer
    this.#socket = socket
    this.#context = context
    const { limits, turn } = context.broker
    this.#writer = new SocketWriter(socket, this, context)
    this.#pace = new ReadingPace(socket, limits)
    const sinceMs = turn.nowMs()
    this.#state = { kind: "sniffing", first: new Uint8Array(0), sinceMs }
    this.#protocol = context.doors[0].protocol
    socket.once("data", (chunk: Buffer) => this.#receiveFirst(chunk))
    socket.on("end", () => this.close("the peer closed it"))
    socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error))
    socket.on("close", () => this.#lose())
    if (context.doors.length === 1) this.#open(context.doors[0])
  }

  get pendingBytes(): number {
    return this.#writer.pendingBytes
  }

  reserve(bytes: number): Reservation {
    if (this.#isOver) return { bytes: new Uint8Array(bytes), start: 0 }
    if (!this.#isDirty) this.#flushLater()
    return this.#writer.reserve(bytes)
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    if (this.#isOver) return
    if (!this.#isDirty) this.#flushLater()
    this.#writer.share(bytes, start, end)
  }

  get isReadingPaused(): boolean {
    return this.#pace.isPaused
  }

  pauseReading(reason: PauseReason): void {
    if (this.#state.kind === "open" || this.#state.kind === "sniffing") this.#pace.pause(reason)
  }

  resumeReading(reason?: PauseReason): void {
    this.#pace.resume(reason)
  }

  close(reason: string): void {
    if (this.#state.kind !== "open" && this.#state.kind !== "sniffing") return
    this.#reason ||= reason
    this.#beginClosing()
    this.#pace.end()
    if (!this.#isDirty) this.#flushLater()
  }

  /** Asks the session to say goodbye; without a session the connection just closes. */
  shutdown(reason: string): void {
    if (this.#state.kind === "sniffing") this.close(reason)
    if (this.#state.kind !== "open") return
    this.#reason = reason
    this.resumeReading()
    this.#guard(this.#state.session, (session) => session.shutdown(reason))
  }

  /** Ends the connection at once; what is pending is lost. */
  destroy(reason: string): void {
    this.#reason ||= reason
    if (this.#state.kind === "open" || this.#state.kind === "sniffing") this.#beginClosing()
    this.#socket.destroy()
  }

  /** Once a second: ends what takes too long, then lets the session do the same. */
  tick(nowMs: number): void {
    this.#timeOut(nowMs)
    if (this.#state.kind === "open") this.#guard(this.#state.session, (session) => session.tick(nowMs))
  }

  runAtTurnEnd(): void {
    this.#isDirty = false
    this.#writer.flush()
    if (this.#state.kind === "closing") this.#parting(this.#state.session)
    this.#afterFlush()
  }

  taken(): void {
    this.#afterFlush()
  }

  /** Whether what is written would reach nobody. */
  get #isOver(): boolean {
    return this.#state.kind === "gone" || this.#state.kind === "ended"
  }

  #timeOut(nowMs: number): void {
    const { limits } = this.#context.broker
    const state = this.#state
    if (state.kind === "sniffing" && nowMs - state.sinceMs >= limits.handshakeTimeoutMs) {
      this.close("no protocol header in time")
    } else if (state.kind === "ended" && nowMs - state.sinceMs >= LINGER_MS) {
      this.destroy("the peer did not close in time")
    } else if (this.#writer.stalledSinceMs > 0) {
      // A peer that cannot send because the session wants nothing may be too busy sending to read.
      if (this.#pace.isPausedBySession) this.#writer.stalledSinceMs = nowMs
      else if (nowMs - this.#writer.stalledSinceMs >= limits.slowReaderTimeoutMs) this.#giveUpSlowReader()
    }
  }

  #open(door: Door): void {
    this.#protocol = door.protocol
    try {
      this.#state = { kind: "open", session: door.open(this.peer, this, this.#context.broker) }
    } catch (error) {
      this.#sessionFailed(error)
    }
  }

  #receiveFirst(chunk: Buffer): void {
    this.#socket.on("data", (next: Buffer) => this.#receive(next))
    if (this.peer.isSecure !== true && looksLikeTls(chunk)) this.close("TLS on a port without TLS")
    else this.#receive(chunk)
  }

  #receive(chunk: Buffer): void {
    const state = this.#state
    if (state.kind === "open") {
      try {
        state.session.receive(chunk, 0, chunk.length)
      } catch (error) {
        this.#sessionFailed(error)
      }
      // The session may have ended the connection.
      if (this.#state === state) this.#pace.pending(this.pendingBytes)
    } else if (state.kind === "sniffing") {
      this.#sniff(state.first.length === 0 ? chunk : Buffer.concat([state.first, chunk]), state.sinceMs)
    }
  }

  #sniff(first: Buffer, sinceMs: number): void {
    const door = chooseDoor(this.#context.doors, first)
    if (door === "need-more") {
      this.#state = { kind: "sniffing", first, sinceMs }
      return
    }
    this.#open(door)
    this.#receive(first)
  }

  #flushLater(): void {
    this.#isDirty = true
    this.#context.broker.turn.deferLast(this)
  }

  #afterFlush(): void {
    const { pendingBytes } = this
    const state = this.#state
    if (state.kind === "closing" && pendingBytes === 0 && state.session === undefined) this.#end()
    if (state.kind !== "open") return
    this.#pace.pending(pendingBytes)
    if (this.#writer.takeDrained()) this.#guard(state.session, (session) => session.writable())
  }

  #beginClosing(): void {
    this.#state = { kind: "closing", session: this.#state.kind === "open" ? this.#state.session : undefined }
  }

  /** Lets go of the session, which writes nothing any more. */
  #parting(session: Session | undefined): void {
    this.#state = { kind: "closing", session: undefined }
    if (session !== undefined) this.#guard(session, (parted) => parted.lost())
  }

  #end(): void {
    this.#state = { kind: "ended", sinceMs: this.#context.broker.turn.nowMs() }
    this.#socket.end()
  }

  #giveUpSlowReader(): void {
    const seconds = this.#context.broker.limits.slowReaderTimeoutMs / 1000
    this.destroy(`the peer has read nothing for ${seconds} s while ${this.pendingBytes} bytes were pending`)
  }

  #guard(session: Session, call: (session: Session) => void): void {
    try {
      call(session)
    } catch (error) {
      this.#sessionFailed(error)
    }
  }

  /** Sessions do not throw by contract; should one do so, nobody else may notice. */
  #sessionFailed(error: unknown): void {
    const stack = stackOf(error)
    this.#context.broker.log.error("session failed", { protocol: this.#protocol, peer: this.peer.address, stack })
    this.destroy("its session failed")
  }

  #failed(error: NodeJS.ErrnoException): void {
    this.#reason ||= error.code === "ECONNRESET" ? "the peer reset it" : error.message
  }

  #lose(): void {
    const state = this.#state
    if (state.kind === "gone") return
    this.#state = { kind: "gone" }
    this.#writer.clear()
    this.#context.broker.log.info("connection closed", {
      protocol: this.#protocol,
      peer: this.peer.address,
      port: this.peer.port,
      reason: this.#reason || "closed",
    })
    if ("session" in state && state.session !== undefined) this.#guard(state.session, (session) => session.lost())
    this.#context.gone(this)
  }
}
