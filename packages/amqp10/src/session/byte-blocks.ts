import { Buffer } from "node:buffer"
import { copyBytes } from "@polymq/wire"

/** Blocks are as large as what there is already, so that short messages cost little; but no larger than this. */
const MAX_BLOCK_BYTES = 256 * 1024

/**
 * Bytes that come in pieces. They are kept in blocks, which are joined once at the end: one array that grows would be copied
 * again and again, and a hundred peers that send large messages at once would have it copied in the same moment.
 */
export class ByteBlocks {
  length = 0
  readonly #blocks: Uint8Array[] = []
  /** The last block, and how much of it is filled. */
  #block: Uint8Array = new Uint8Array(0)
  #filled = 0

  append(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      if (this.#filled === this.#block.length) this.#addBlock(end - at)
      const next = Math.min(end, at + this.#block.length - this.#filled)
      copyBytes(bytes, at, next, this.#block, this.#filled)
      this.#filled += next - at
      this.length += next - at
      at = next
    }
  }

  /** Everything in one array, which is the caller's own. Nothing is to be appended any more. */
  join(): Uint8Array {
    if (this.#blocks.length <= 1) return this.#block.subarray(0, this.#filled)
    const joined = Buffer.allocUnsafeSlow(this.length)
    let at = 0
    for (const block of this.#blocks) {
      const bytes = Math.min(block.length, this.length - at)
      copyBytes(block, 0, bytes, joined, at)
      at += bytes
    }
    return joined
  }

  #addBlock(pending: number): void {
    this.#block = Buffer.allocUnsafeSlow(Math.max(Math.min(MAX_BLOCK_BYTES, this.length), pending))
    this.#blocks.push(this.#block)
    this.#filled = 0
  }
}
