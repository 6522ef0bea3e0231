import type { Entry } from "@polymq/broker"
import { MAX_UINT16 } from "../codec/constants.ts"

const INITIAL_SLOTS = 16

/**
 * Deliveries under way by packet identifier (MQTT 5.0 section 2.2.1). A ring indexed by the identifier's low bits; an
 * identifier whose slot is taken is passed over, so that one look finds an acknowledged delivery. The identifier lives
 * in `entry.tag`, where it survives the connection.
 */
export class InflightWindow {
  #slots: (Entry | undefined)[] = NO_SLOTS
  #next = 1
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Takes a delivery in: with the identifier that it had before, as retransmission demands [MQTT-4.4.0-1], or with the next free one. */
  add(entry: Entry): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow()
    if (entry.tag === 0 || this.find(entry.tag) !== undefined) entry.tag = this.#freeIdentifier()
    else while (this.#slots[this.#slotOf(entry.tag)] !== undefined) this.#grow()
    this.#slots[this.#slotOf(entry.tag)] = entry
    this.#count++
  }

  /** The delivery under way with this identifier. */
  find(packetId: number): Entry | undefined {
    if (this.#count === 0) return undefined
    const entry = this.#slots[this.#slotOf(packetId)]
    return entry?.tag === packetId ? entry : undefined
  }

  /** Forgets the delivery with this identifier; the caller has found it. */
  remove(packetId: number): void {
    this.#slots[this.#slotOf(packetId)] = undefined
    this.#count--
  }

  /** Gives the storage back when nothing is under way; called now and then. */
  relax(): void {
    if (this.#count === 0) this.#slots = NO_SLOTS
  }

  #slotOf(packetId: number): number {
    return packetId & (this.#slots.length - 1)
  }

  /** Half of the slots are free, so that the search ends soon. */
  #freeIdentifier(): number {
    let packetId = this.#next
    while (this.#slots[this.#slotOf(packetId)] !== undefined) packetId = successor(packetId)
    this.#next = successor(packetId)
    return packetId
  }

  #grow(): void {
    const before = this.#slots
    this.#slots = new Array<Entry | undefined>(Math.max(INITIAL_SLOTS, before.length * 2)).fill(undefined)
    for (const entry of before) if (entry !== undefined) this.#slots[this.#slotOf(entry.tag)] = entry
  }
}

/** Never written to: `add` grows first. */
const NO_SLOTS: (Entry | undefined)[] = []

function successor(packetId: number): number {
  return packetId === MAX_UINT16 ? 1 : packetId + 1
}
