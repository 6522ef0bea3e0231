import { Buffer } from "node:buffer"

/** What a socket with little to say starts a turn with. */
export const SMALL_BUFFER_BYTES = 4 * 1024
/** What a busy socket writes into; also how much is gathered before it is written without waiting for the turn's end. */
export const LARGE_BUFFER_BYTES = 64 * 1024

/** Free buffers kept of each size: 4 MiB at most of either. */
const MAX_FREE_SMALL = 1024
const MAX_FREE_LARGE = 64

/** Write buffers that the kernel has taken everything from, kept for the next socket that has something to say. */
export class WriteBuffers {
  readonly #small: Buffer[] = []
  readonly #large: Buffer[] = []

  /** A buffer of one of the two sizes, the small one when it holds `bytes`; larger ones are made to measure. */
  take(bytes: number): Buffer {
    if (bytes <= SMALL_BUFFER_BYTES) return this.#small.pop() ?? Buffer.allocUnsafeSlow(SMALL_BUFFER_BYTES)
    if (bytes <= LARGE_BUFFER_BYTES) return this.#large.pop() ?? Buffer.allocUnsafeSlow(LARGE_BUFFER_BYTES)
    return Buffer.allocUnsafeSlow(bytes)
  }

  /** Takes a buffer back that nobody reads any more. */
  give(buffer: Buffer): void {
    if (buffer.length === SMALL_BUFFER_BYTES) {
      if (this.#small.length < MAX_FREE_SMALL) this.#small.push(buffer)
    } else if (buffer.length === LARGE_BUFFER_BYTES && this.#large.length < MAX_FREE_LARGE) {
      this.#large.push(buffer)
    }
  }
}
