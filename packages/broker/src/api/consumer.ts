import type { Entry } from "./entry.ts"
import type { Holder } from "./holder.ts"

/** Why the broker takes a consumer away. */
export type CancelReason =
  /** The queue was deleted or its owner is gone. */
  | "holder-deleted"
  /** The same MQTT client identifier connected elsewhere. */
  | "taken-over"

/** The receiving end that a door attaches to a holder. */
export interface Consumer {
  /** Unique within its connection: consumer tag, link name, client identifier. */
  readonly name: string
  /** Number of its connection. */
  readonly connection: number
  /** Deliveries count as accepted at once (no-ack, pre-settled). */
  readonly settlesOnDelivery: boolean
  /** Refuses other consumers beside it. */
  readonly exclusive: boolean
  /** Whether it takes one more delivery now: credit is left and its socket keeps up. */
  hasCredit(): boolean
  /** Takes a delivery; must not throw. */
  deliver(from: Holder, entry: Entry): void
  /** Nothing is left to give although there is credit; for drain. */
  exhausted(): void
  /** Detached by the broker. */
  cancelled(reason: CancelReason): void
}
