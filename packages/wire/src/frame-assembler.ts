import { copyBytes } from "./byte-writer.ts"
import { DecodeError } from "./decode-error.ts"

/** How a protocol announces the size of its frames. */
export interface Framing {
  /** Size in bytes of the whole frame that begins at `start`, or 0 while too little of it is there to tell. Raises `DecodeError`. */
  frameBytes(bytes: Uint8Array, start: number, end: number): number
}

/** Takes one whole frame; the bytes are lent until it returns, unless the receiver keeps the underlying chunk alive. Returns false to stop reading. */
export type FrameSink = (bytes: Uint8Array, start: number, end: number) => boolean

/**
 * Cuts a byte stream into frames, whatever the chunks are. Frames that lie within one chunk are handed on without a copy;
 * only an unfinished tail is kept, in a buffer that grows with what has arrived, never with what was announced.
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
      if (size === 0 || size > end - at) break
      const next = at + size
      if (!this.#sink(chunk, at, next)) return
      at = next
    }
    if (at < end) this.#keep(chunk, at, end)
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
    this.#keep(chunk, start, start + taken)
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

  #keep(chunk: Uint8Array, start: number, end: number): void {
    const total = this.#tailBytes + end - start
    let tail = this.#tail
    if (tail === undefined || tail.length < total) {
      const grown = new Uint8Array(Math.max(total, this.#tailBytes * 2, 64))
      if (tail !== undefined) grown.set(tail.subarray(0, this.#tailBytes))
      this.#tail = tail = grown
    }
    copyBytes(chunk, start, end, tail, this.#tailBytes)
    this.#tailBytes = total
  }
}
