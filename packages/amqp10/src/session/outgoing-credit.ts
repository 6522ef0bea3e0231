import { MAX_UINT32 } from "../codec/constants.ts"
import { ABSENT, type FlowFields } from "../codec/hot-fields.ts"
import { serialAdd, serialCompare } from "../codec/serial.ts"

/** The credit that a receiving peer has given its link (AMQP 1.0 part 2, 2.6.7). */
export class OutgoingCredit {
  /** Deliveries so far, a serial number. */
  deliveryCount = 0
  /** Deliveries that may leave. */
  left = 0
  /** The peer wants its credit used up or given back. */
  isDraining = false

  /** Counts a delivery that leaves. */
  use(): void {
    this.left--
    this.deliveryCount = serialAdd(this.deliveryCount, 1)
  }

  /** Takes over what a flow says. */
  update(flow: FlowFields): void {
    if (flow.linkCredit !== ABSENT) {
      const known = flow.deliveryCount === ABSENT ? 0 : flow.deliveryCount
      // Deliveries on their way count; a peer that is ahead of us, for whatever reason, means what it says (part 2, 2.6.7).
      const left = flow.linkCredit + serialCompare(known, this.deliveryCount)
      this.left = Math.min(MAX_UINT32, Math.max(0, left))
    }
    this.isDraining = flow.drain
  }

  /** Gives back what is left; a flow with drain set has to follow. */
  drain(): void {
    this.deliveryCount = serialAdd(this.deliveryCount, this.left)
    this.left = 0
    this.isDraining = false
  }

  /** Takes all credit away. */
  stop(): void {
    this.left = 0
    this.isDraining = false
  }
}
