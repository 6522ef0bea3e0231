import type { Buffer } from "node:buffer"
import type { Writable } from "node:stream"
import type { Broker, Reservation } from "@polymq/broker"
import type { WriteBuffers } from "./write-buffers.ts"
import { WriteQueue } from "./write-queue.ts"

/** Bytes that are written at once instead of at the end of the turn. */
const EARLY_FLUSH_BYTES = 64 * 1024

/** Overwritten by every `reserve`, of whichever connection. */
const reservation: { -readonly [Key in keyof Reservation]: Reservation[Key] } = { bytes: new Uint8Array(0), start: 0 }

/** What the writers of a broker share. */
export interface SocketWriterContext {
  readonly broker: Broker
  readonly buffers: WriteBuffers
}

/** Whose writer it is. */
export interface WriterOwner {
  /** The kernel has taken what it had not taken at once. */
  taken(): void
}

/** The writing half of a connection: gathers what is pending, and hands it to the socket as the kernel takes it. */
export class SocketWriter {
  readonly #socket: Writable
  readonly #owner: WriterOwner
  readonly #broker: Broker
  readonly #queue: WriteQueue
  readonly #afterWrite = (): void => this.#written()
  /** Bytes that the kernel has not taken. */
  pendingBytes = 0
  /** Those of them that were handed over. */
  #inFlightBytes = 0
  /** Since when the peer is blamed for taking nothing, in milliseconds since 1970; 0 when nothing is in flight. */
  stalledSinceMs = 0
  /** Pending bytes were above the mark at which consumers get nothing more: they are owed a word when they are below. */
  #hasHeldUp = false

  constructor(socket: Writable, owner: WriterOwner, { broker, buffers }: SocketWriterContext) {
    this.#socket = socket
    this.#owner = owner
    this.#broker = broker
    this.#queue = new WriteQueue(buffers)
  }

  /** Room in place for `bytes` bytes; the result is reused by the next call. */
  reserve(bytes: number): Reservation {
    this.#flushEarly()
    this.#queue.reserve(bytes, reservation)
    this.pendingBytes += bytes
    return reservation
  }

  /** Queues bytes by reference. */
  share(bytes: Uint8Array, start: number, end: number): void {
    this.#flushEarly()
    this.#queue.share(bytes, start, end)
    this.pendingBytes += end - start
  }

  /** Hands over what is waiting, as long as the kernel takes it. */
  flush(): void {
    if (this.#inFlightBytes > 0 || this.pendingBytes === 0) return
    if (this.pendingBytes >= this.#slowReaderBytes) this.#hasHeldUp = true
    const single = this.#queue.takeSingle()
    if (single !== undefined) this.#write(single)
    else while (this.#inFlightBytes === 0 && this.#queue.bytes > 0) this.#writeBatch()
    if (this.#inFlightBytes === 0) this.#queue.recycle()
    else this.#queue.lend()
  }

  /** Whether consumers that were held up get more now: true once each time. */
  takeDrained(): boolean {
    if (!this.#hasHeldUp || this.pendingBytes >= this.#slowReaderBytes / 2) return false
    this.#hasHeldUp = false
    return true
  }

  /** Drops everything that is pending. */
  clear(): void {
    this.#queue.clear()
    this.pendingBytes = this.#inFlightBytes = this.stalledSinceMs = 0
  }

  /** Pending bytes at which consumers get nothing more. */
  get #slowReaderBytes(): number {
    return this.#broker.limits.slowReaderBytes
  }

  #flushEarly(): void {
    if (this.pendingBytes >= EARLY_FLUSH_BYTES && this.#inFlightBytes === 0) this.flush()
  }

  #writeBatch(): void {
    const batch: Buffer[] = []
    const bytes = this.#queue.takeBatch(batch)
    const last = batch.pop()
    if (last === undefined) return
    if (batch.length > 0) this.#socket.cork()
    for (const run of batch) this.#socket.write(run)
    this.#socket.write(last, this.#afterWrite)
    if (batch.length > 0) this.#socket.uncork()
    this.#handedOver(bytes)
  }

  #write(run: Buffer): void {
    this.#socket.write(run, this.#afterWrite)
    this.#handedOver(run.length)
  }

  #handedOver(bytes: number): void {
    if (this.#socket.writableLength === 0) {
      this.pendingBytes -= bytes
      return
    }
    this.#inFlightBytes = bytes
    this.stalledSinceMs = this.#broker.turn.nowMs()
  }

  /** Called for every write; most were taken at once and are accounted for already. */
  #written(): void {
    if (this.#inFlightBytes === 0 || this.#socket.writableLength > 0) return
    // Pending bytes were never more than now since the last flush.
    if (this.pendingBytes >= this.#slowReaderBytes) this.#hasHeldUp = true
    this.#queue.taken()
    this.pendingBytes -= this.#inFlightBytes
    this.#inFlightBytes = 0
    this.stalledSinceMs = 0
    this.flush()
    this.#owner.taken()
  }
}
