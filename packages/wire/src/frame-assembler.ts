import { Buffer } from "node:buffer"
import { copyBytes } from "./byte-writer.ts"
import { DecodeError } from "./decode-error.ts"

/** How a protocol announces the size of its frames. */
export interface Framing {
  /** Size in bytes of the whole frame that begins at `start`, or 0 while too little of it is there to tell. Raises `DecodeError`. */
  frameBytes(bytes: Uint8Array, start: number, end: number): number
}

/** Takes one whole frame; the bytes are lent until it returns, unless the receiver keeps the underlying chunk alive. Returns false to stop reading. */
export type FrameSink = (bytes: Uint8Array, start: number, end: number) => boolean

/** What an announced size is trusted with before its bytes are there. */
const TRUSTED_BYTES = 64 * 1024
/** Room for the beginning of a frame whose size is not known yet. */
const HEADER_BYTES = 64

/**
 * Cuts a byte stream into frames, whatever the chunks are. Frames that lie within one chunk are handed on without a copy;
 * only an unfinished tail is kept, in memory of its own: a frame of up to 64 KiB gets all it needs at once, the memory of
 * a larger one grows with what has arrived, never with what was announced.
 */
export class FrameAssembler {
  /** Largest frame in bytes; may change during the handshake. */
  maxFrameBytes: number
  readonly #framing: Framing
  readonly #sink: FrameSink
  #tail: Uint8Array | undefined
  #tailBytes = 0

  constructor(framing: Framing, maxFrameBytes: number, sink: FrameSink) {
    this.#framing = framing
    this.maxFrameBytes = maxFrameBytes
    this.#sink = sink
  }

  /** Bytes of an unfinished frame that are held back. */
  get heldBytes(): number {
    return this.#tailBytes
  }

  /** Hands on every frame that is complete. Raises `DecodeError` `TOO_LARGE` for a frame above the limit. */
  receive(chunk: Uint8Array, start: number, end: number): void {
    let at = start
    while (this.#tailBytes > 0 && at < end) {
      at = this.#fillTail(chunk, at, end)
      if (at < 0) return
    }
    while (at < end) {
      const size = this.#sizeAt(chunk, at, end)
      if (size === 0 || size > end - at) {
        this.#keep(chunk, at, end, size)
        return
      }
      const next = at + size
      if (!this.#sink(chunk, at, next)) return
      at = next
    }
  }

  /** Forgets an unfinished frame. */
  clear(): void {
    this.#tail = undefined
    this.#tailBytes = 0
  }

  /** Moves bytes of the chunk to the tail until its frame is whole; returns where the chunk goes on, -1 when the sink stopped. */
  #fillTail(chunk: Uint8Array, start: number, end: number): number {
    const size = this.#tailSize()
    const wanted = size === 0 ? 1 : size - this.#tailBytes
    const taken = Math.min(wanted, end - start)
    this.#keep(chunk, start, start + taken, size)
    const known = size === 0 ? this.#tailSize() : size
    if (known === 0 || known > this.#tailBytes) return start + taken
    const frame = this.#tail as Uint8Array
    this.clear()
    return this.#sink(frame, 0, known) ? start + taken : -1
  }

  #tailSize(): number {
    return this.#sizeAt(this.#tail as Uint8Array, 0, this.#tailBytes)
  }

  #sizeAt(bytes: Uint8Array, start: number, end: number): number {
    const size = this.#framing.frameBytes(bytes, start, end)
    if (size > this.maxFrameBytes) {
      throw new DecodeError("TOO_LARGE", `frame of ${size} bytes, the limit is ${this.maxFrameBytes}`)
    }
    return size
  }

  /** Adds to the tail of a frame of `size` bytes, 0 when that is not known yet. */
  #keep(chunk: Uint8Array, start: number, end: number, size: number): void {
    const total = this.#tailBytes + end - start
    let tail = this.#tail
    if (tail === undefined || tail.length < total) {
      // Not cleared: nobody sees more of it than has been written.
      const grown = Buffer.allocUnsafeSlow(tailRoom(total, size))
      if (tail !== undefined) copyBytes(tail, 0, this.#tailBytes, grown, 0)
      this.#tail = tail = grown
    }
    copyBytes(chunk, start, end, tail, this.#tailBytes)
    this.#tailBytes = total
  }
}

/** Bytes of memory for a tail of `arrived` bytes of a frame of `size` bytes. */
function tailRoom(arrived: number, size: number): number {
  if (size === 0) return Math.max(arrived, HEADER_BYTES)
  return Math.min(size, Math.max(arrived * 2, TRUSTED_BYTES))
}
