import type { Entry } from "@polymq/broker"
import { MAX_UINT16, type PACKET_TYPE } from "../codec/constants.ts"

/** The packet type that takes a delivery its next step (MQTT 5.0 section 4.3): of QoS 1 PUBACK, of QoS 2 PUBREC, then PUBCOMP. */
export type Awaited = (typeof PACKET_TYPE)["puback" | "pubrec" | "pubcomp"]

const INITIAL_SLOTS = 16

/**
 * Deliveries under way by packet identifier (MQTT 5.0 section 2.2.1), each with what it awaits. A ring indexed by the
 * identifier's low bits; an identifier whose slot is taken is passed over, so that one look finds an acknowledged
 * delivery. The identifier lives in `entry.tag`, where it survives the connection.
 */
export class InflightWindow {
  #slots: (Entry | undefined)[] = NO_SLOTS
  /** By slot. */
  #awaited: Uint8Array = NOTHING_AWAITED
  #next = 1
  #count = 0

  get count(): number {
    return this.#count
  }

  /** Takes a delivery in: with the identifier that it had before, as retransmission demands [MQTT-4.4.0-1], or with the next free one. */
  add(entry: Entry, awaited: Awaited): void {
    if (this.#count * 2 >= this.#slots.length) this.#grow()
    if (entry.tag === 0 || this.find(entry.tag) !== undefined) entry.tag = this.#freeIdentifier()
    else while (this.#slots[this.#slotOf(entry.tag)] !== undefined) this.#grow()
    const slot = this.#slotOf(entry.tag)
    this.#slots[slot] = entry
    this.#awaited[slot] = awaited
    this.#count++
  }

  /** The delivery under way with this identifier. */
  find(packetId: number): Entry | undefined {
    if (this.#count === 0) return undefined
    const entry = this.#slots[this.#slotOf(packetId)]
    return entry?.tag === packetId ? entry : undefined
  }

  /** What the delivery with this identifier awaits; the caller has found it. */
  awaited(packetId: number): Awaited {
    return this.#awaited[this.#slotOf(packetId)] as Awaited
  }

  /** The delivery with this identifier has taken a step; the caller has found it. */
  await(packetId: number, awaited: Awaited): void {
    this.#awaited[this.#slotOf(packetId)] = awaited
  }

  /** Forgets the delivery with this identifier; the caller has found it. */
  remove(packetId: number): void {
    this.#slots[this.#slotOf(packetId)] = undefined
    this.#count--
  }

  /** Gives the storage back when nothing is under way; called now and then. */
  relax(): void {
    if (this.#count > 0) return
    this.#slots = NO_SLOTS
    this.#awaited = NOTHING_AWAITED
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
    const slots = this.#slots
    const awaited = this.#awaited
    const size = Math.max(INITIAL_SLOTS, slots.length * 2)
    this.#slots = new Array<Entry | undefined>(size).fill(undefined)
    this.#awaited = new Uint8Array(size)
    for (const [before, entry] of slots.entries()) {
      if (entry === undefined) continue
      const slot = this.#slotOf(entry.tag)
      this.#slots[slot] = entry
      this.#awaited[slot] = awaited[before] as number
    }
  }
}

/** Never written to: `add` grows first. */
const NO_SLOTS: (Entry | undefined)[] = []
const NOTHING_AWAITED = new Uint8Array(0)

function successor(packetId: number): number {
  return packetId === MAX_UINT16 ? 1 : packetId + 1
}
