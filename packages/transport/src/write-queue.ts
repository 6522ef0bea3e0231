import { Buffer } from "node:buffer"
import type { Reservation } from "@polymq/broker"
import { asBuffer } from "@polymq/wire"
import { LARGE_BUFFER_BYTES, SMALL_BUFFER_BYTES, type WriteBuffers } from "./write-buffers.ts"

/** From this size on, bytes go out by reference: gathering them costs less than copying. */
const SHARED_FROM_BYTES = 1024
/** Bytes handed over in one write; a larger one would hide for too long whether the peer takes anything. */
const BATCH_BYTES = 128 * 1024

const NOTHING: Buffer = Buffer.alloc(0)

/**
 * Bytes on their way to one socket: small writes are gathered in a borrowed buffer, large ones stay where they are.
 * Without anything pending it owns no buffer.
 */
export class WriteQueue {
  readonly #buffers: WriteBuffers
  /** Runs that are complete, oldest first. */
  #runs: Buffer[] = []
  #runBytes = 0
  /** Buffers that `#runs` points into; they go back once everything was taken at once. */
  #borrowed: Buffer[] = []
  #open: Buffer = NOTHING
  #openStart = 0
  #openAt = 0
  /** A buffer that the kernel still reads from, and nothing else does. */
  #lent: Buffer | undefined
  /** What the buffer of the next turn should hold: the size of the last one. */
  #expectedBytes = 0

  constructor(buffers: WriteBuffers) {
    this.#buffers = buffers
  }

  /** Bytes waiting here. */
  get bytes(): number {
    return this.#runBytes + this.#openAt - this.#openStart
  }

  /** Room in place for `bytes` bytes, as part of what is pending. */
  reserve(bytes: number, into: { -readonly [Key in keyof Reservation]: Reservation[Key] }): void {
    if (this.#openAt + bytes > this.#open.length) this.#openNext(bytes)
    into.bytes = this.#open
    into.start = this.#openAt
    this.#openAt += bytes
  }

  share(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start
    if (length < SHARED_FROM_BYTES) {
      if (this.#openAt + length > this.#open.length) this.#openNext(length)
      asBuffer(bytes).copy(this.#open, this.#openAt, start, end)
      this.#openAt += length
      return
    }
    this.#closeRun()
    for (let at = start; at < end; at += BATCH_BYTES) {
      const size = Math.min(BATCH_BYTES, end - at)
      this.#runs.push(Buffer.from(bytes.buffer, bytes.byteOffset + at, size))
    }
    this.#runBytes += length
  }

  /** Everything waiting, when it is one run of moderate size: the usual case, without an array. */
  takeSingle(): Buffer | undefined {
    if (this.#runs.length > 0 || this.#openAt - this.#openStart > BATCH_BYTES) return undefined
    const run = this.#open.subarray(this.#openStart, this.#openAt)
    this.#openStart = this.#openAt
    return run
  }

  /** Moves the oldest runs, up to a batch, to `batch` and returns their bytes. */
  takeBatch(batch: Buffer[]): number {
    this.#closeRun()
    let bytes = 0
    let count = 0
    while (count < this.#runs.length) {
      const run = this.#runs[count] as Buffer
      if (bytes > 0 && bytes + run.length > BATCH_BYTES) break
      batch.push(run)
      bytes += run.length
      count++
    }
    this.#runs = count === this.#runs.length ? [] : this.#runs.slice(count)
    this.#runBytes -= bytes
    return bytes
  }

  /** Gives the buffers back; nothing is waiting and the kernel has taken everything. */
  recycle(): void {
    if (this.#open.length > 0) {
      this.#expectedBytes = this.#borrowed.length > 0 ? LARGE_BUFFER_BYTES : this.#openAt
      this.#buffers.give(this.#open)
      this.#forgetOpen()
    }
    for (const buffer of this.#borrowed) this.#buffers.give(buffer)
    if (this.#borrowed.length > 0) this.#borrowed = []
  }

  /** Keeps the buffers from being used again, one of them until `taken`: the kernel still reads from them. */
  lend(): void {
    if (this.#openStart === this.#openAt && this.#open.length > 0) {
      this.#expectedBytes = this.#borrowed.length > 0 ? LARGE_BUFFER_BYTES : this.#openAt
      // The usual case, of sockets that never take anything at once: all that is under way is in one buffer.
      if (this.#borrowed.length === 0 && this.#runs.length === 0) this.#lent = this.#open
      this.#forgetOpen()
    }
    if (this.#borrowed.length > 0) this.#borrowed = []
  }

  /** The kernel has taken everything that it was given. */
  taken(): void {
    if (this.#lent === undefined) return
    this.#buffers.give(this.#lent)
    this.#lent = undefined
  }

  /** Drops everything. */
  clear(): void {
    this.#runs = []
    this.#runBytes = 0
    this.#borrowed = []
    this.#lent = undefined
    this.#forgetOpen()
  }

  #openNext(bytes: number): void {
    this.#closeRun()
    const isFirst = this.#open.length === 0
    if (!isFirst) this.#borrowed.push(this.#open)
    const expected = isFirst ? Math.min(this.#expectedBytes, LARGE_BUFFER_BYTES) : SMALL_BUFFER_BYTES + 1
    this.#open = this.#buffers.take(Math.max(bytes, expected))
    this.#openStart = this.#openAt = 0
  }

  /** Ends the run in the open buffer; the next one goes on behind it. */
  #closeRun(): void {
    if (this.#openAt === this.#openStart) return
    const run = this.#open.subarray(this.#openStart, this.#openAt)
    this.#runs.push(run)
    this.#runBytes += run.length
    this.#openStart = this.#openAt
  }

  #forgetOpen(): void {
    this.#open = NOTHING
    this.#openStart = this.#openAt = 0
  }
}
