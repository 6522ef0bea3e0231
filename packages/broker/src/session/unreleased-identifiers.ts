/** Bits of all packet identifiers: 8 KiB. */
const WORDS = 65_536 / 32

/** A set of packet identifiers of fixed size, whatever a peer puts in. */
export class PacketIdentifiers {
  readonly #words = new Uint32Array(WORDS)
  #count = 0

  get count(): number {
    return this.#count
  }

  has(packetId: number): boolean {
    return (((this.#words[packetId >> 5] as number) >>> (packetId & 31)) & 1) === 1
  }

  add(packetId: number): void {
    if (this.has(packetId)) return
    this.#words[packetId >> 5] = (this.#words[packetId >> 5] as number) | (1 << (packetId & 31))
    this.#count++
  }

  /** False when it was not in the set. */
  delete(packetId: number): boolean {
    if (!this.has(packetId)) return false
    this.#words[packetId >> 5] = (this.#words[packetId >> 5] as number) & ~(1 << (packetId & 31))
    this.#count--
    return true
  }
}
