import { Buffer } from "node:buffer"
import type { Duplex } from "node:stream"
import type { Broker, Deferred, Door, Outbound, Peer, Reservation, Session } from "@polymq/broker"
import { chooseDoor } from "./choose-door.ts"
import { ReadingPace } from "./reading-pace.ts"
import type { WriteBuffers } from "./write-buffers.ts"
import { WriteQueue } from "./write-queue.ts"

/** Bytes that are written at once instead of at the end of the turn. */
const EARLY_FLUSH_BYTES = 64 * 1024
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

/** Overwritten by every `reserve`, of whichever connection. */
const reservation: { -readonly [Key in keyof Reservation]: Reservation[Key] } = { bytes: new Uint8Array(0), start: 0 }

/** One peer: its socket, and the session that its bytes go to. Errors of either end this connection and nothing else. */
export class Connection implements Outbound, Deferred {
  readonly peer: Peer
  readonly #socket: Duplex
  readonly #context: ConnectionContext
  readonly #queue: WriteQueue
  readonly #pace: ReadingPace
  readonly #taken = (): void => this.#afterWrite()
  #state: State
  #protocol: string
  #reason = ""
  pendingBytes = 0
  /** Bytes that were handed over and that the kernel has not taken. */
  #inFlightBytes = 0
  /** Since when it has taken nothing; 0 when nothing is in flight. */
  #stalledSinceMs = 0
  #isDirty = false
  /** Pending bytes were above the mark at which consumers get nothing more: `writable` is owed. */
  #owesWritable = false

  constructor(socket: Duplex, peer: Peer, context: ConnectionContext) {
    this.peer = peer
    this.#socket = socket
    this.#context = context
    this.#queue = new WriteQueue(context.buffers)
    this.#pace = new ReadingPace(socket, context.broker.limits)
    const sinceMs = context.broker.turn.nowMs()
    this.#state = { kind: "sniffing", first: new Uint8Array(0), sinceMs }
    this.#protocol = context.doors[0].protocol
    socket.on("data", (chunk: Buffer) => this.#receive(chunk))
    socket.on("end", () => this.close("the peer closed it"))
    socket.on("error", (error: NodeJS.ErrnoException) => this.#failed(error))
    socket.on("close", () => this.#lose())
    if (context.doors.length === 1) this.#open(context.doors[0])
  }

  reserve(bytes: number): Reservation {
    if (this.#state.kind === "gone" || this.#state.kind === "ended") {
      reservation.bytes = Buffer.allocUnsafe(bytes)
      reservation.start = 0
      return reservation
    }
    if (this.pendingBytes >= EARLY_FLUSH_BYTES && this.#inFlightBytes === 0) this.#flush()
    this.#queue.reserve(bytes, reservation)
    this.pendingBytes += bytes
    if (!this.#isDirty) this.#flushLater()
    return reservation
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state.kind === "gone" || this.#state.kind === "ended") return
    if (this.pendingBytes >= EARLY_FLUSH_BYTES && this.#inFlightBytes === 0) this.#flush()
    this.#queue.share(bytes, start, end)
    this.pendingBytes += end - start
    if (!this.#isDirty) this.#flushLater()
  }

  get isReadingPaused(): boolean {
    return this.#pace.isPaused
  }

  pauseReading(): void {
    if (this.#state.kind === "open" || this.#state.kind === "sniffing") this.#pace.session(true)
  }

  resumeReading(): void {
    this.#pace.session(false)
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
    this.#flush()
    if (this.#state.kind === "closing") this.#parting(this.#state.session)
    this.#afterFlush()
  }

  #timeOut(nowMs: number): void {
    const { limits } = this.#context.broker
    const state = this.#state
    if (state.kind === "sniffing" && nowMs - state.sinceMs >= limits.handshakeTimeoutMs) {
      this.close("no protocol header in time")
    } else if (state.kind === "ended" && nowMs - state.sinceMs >= LINGER_MS) {
      this.destroy("the peer did not close in time")
    } else if (this.#stalledSinceMs > 0) {
      // A peer that cannot send because the session wants nothing may be too busy sending to read.
      if (this.#pace.isPausedBySession) this.#stalledSinceMs = nowMs
      else if (nowMs - this.#stalledSinceMs >= limits.slowReaderTimeoutMs) this.#giveUpSlowReader()
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

  /** Hands over what is waiting, as long as the kernel takes it. */
  #flush(): void {
    if (this.#inFlightBytes > 0 || this.pendingBytes === 0) return
    if (this.pendingBytes >= this.#context.broker.limits.slowReaderBytes) this.#owesWritable = true
    const single = this.#queue.takeSingle()
    if (single !== undefined) this.#write(single)
    else while (this.#inFlightBytes === 0 && this.#queue.bytes > 0) this.#writeBatch()
    if (this.#inFlightBytes === 0) this.#queue.recycle()
    else this.#queue.disown()
  }

  #writeBatch(): void {
    const batch: Buffer[] = []
    const bytes = this.#queue.takeBatch(batch)
    const last = batch.pop()
    if (last === undefined) return
    if (batch.length > 0) this.#socket.cork()
    for (const run of batch) this.#socket.write(run)
    this.#socket.write(last, this.#taken)
    if (batch.length > 0) this.#socket.uncork()
    this.#handedOver(bytes)
  }

  #write(run: Buffer): void {
    this.#socket.write(run, this.#taken)
    this.#handedOver(run.length)
  }

  #handedOver(bytes: number): void {
    if (this.#socket.writableLength === 0) {
      this.pendingBytes -= bytes
      return
    }
    this.#inFlightBytes = bytes
    this.#stalledSinceMs = this.#context.broker.turn.nowMs()
  }

  /** Called for every write; most were taken at once and are accounted for already. */
  #afterWrite(): void {
    if (this.#inFlightBytes === 0 || this.#socket.writableLength > 0) return
    this.pendingBytes -= this.#inFlightBytes
    this.#inFlightBytes = 0
    this.#stalledSinceMs = 0
    this.#owesWritable = true
    this.#flush()
    this.#afterFlush()
  }

  #afterFlush(): void {
    const { pendingBytes } = this
    const state = this.#state
    if (state.kind === "closing" && pendingBytes === 0 && state.session === undefined) this.#end()
    if (state.kind !== "open") return
    this.#pace.pending(pendingBytes)
    if (!this.#owesWritable || pendingBytes >= this.#context.broker.limits.slowReaderBytes / 2) return
    this.#owesWritable = false
    this.#guard(state.session, (session) => session.writable())
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
    const stack = error instanceof Error ? error.stack : String(error)
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
    this.#queue.clear()
    this.pendingBytes = this.#inFlightBytes = this.#stalledSinceMs = 0
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
