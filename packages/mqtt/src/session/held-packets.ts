/** Packets that arrived too early, by reference: their chunks are never rewritten. */
export class HeldPackets {
  readonly #packets: Uint8Array[] = []
  #bytes = 0

  /** Bytes that are held. */
  get bytes(): number {
    return this.#bytes
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    this.#packets.push(bytes.subarray(start, end))
    this.#bytes += end - start
  }

  [Symbol.iterator](): Iterator<Uint8Array> {
    return this.#packets[Symbol.iterator]()
  }
}
