import { createMessage } from "@polymq/message"
import type { Entry } from "../api/entry.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import { UnsettledList } from "./unsettled-list.ts"

/** Stands for a message that the client has; it belongs to nobody and is never delivered. */
const RECEIVED = createMessage("mqtt", 0)

/** Deliveries of QoS 2 that a client has received and not completed (MQTT 5.0 section 4.3.3), in the order of their receipt; of their messages nothing is left. */
export class ReceivedDeliveries implements Iterable<Entry> {
  readonly #entries = new UnsettledList()

  has(entry: HeldEntry): boolean {
    return entry.message === RECEIVED
  }

  /** The caller has released the entry's message. */
  add(entry: HeldEntry): void {
    entry.message = RECEIVED
    this.#entries.add(entry)
  }

  remove(entry: HeldEntry): void {
    this.#entries.remove(entry)
  }

  shift(): HeldEntry | undefined {
    return this.#entries.shift()
  }

  [Symbol.iterator](): Iterator<Entry> {
    return this.#entries[Symbol.iterator]()
  }
}
