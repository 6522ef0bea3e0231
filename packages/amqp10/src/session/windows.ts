import { CONDITION } from "../codec/constants.ts"
import { ABSENT, type FlowFields } from "../codec/hot-fields.ts"
import { serialAdd, serialCompare, serialSteps } from "../codec/serial.ts"
import { Amqp10Error } from "../errors.ts"

/** Transfer windows of a session, both ways (AMQP 1.0 part 2, 2.5.6). */
export class Windows {
  /** transfer-id of the next transfer that arrives. */
  nextIncomingId: number
  /** Transfers that the peer may still send. */
  incoming: number
  /** transfer-id of the next transfer that leaves. */
  nextOutgoingId = 0
  /** Transfers that the peer still takes. */
  remoteIncoming: number
  readonly #size: number

  /** `size` is the incoming window that is kept open, in transfers. */
  constructor(size: number, peer: { readonly nextOutgoingId: number; readonly incomingWindow: number }) {
    this.#size = size
    this.incoming = size
    this.nextIncomingId = peer.nextOutgoingId
    this.remoteIncoming = peer.incomingWindow
  }

  /** Counts an arrived transfer; false when the window did not allow it. */
  received(): boolean {
    if (this.incoming === 0) return false
    this.incoming--
    this.nextIncomingId = serialAdd(this.nextIncomingId, 1)
    return true
  }

  /** Whether it is time to tell the peer of a new window: half of the old one is used. */
  get isHalfUsed(): boolean {
    return this.incoming * 2 <= this.#size
  }

  /** Opens the incoming window to its full size; a flow has to follow. */
  reopen(): void {
    this.incoming = this.#size
  }

  /** Counts a transfer that leaves. */
  sent(): void {
    this.remoteIncoming--
    this.nextOutgoingId = serialAdd(this.nextOutgoingId, 1)
  }

  /**
   * Takes over what a flow says. Before the peer has seen our begin it knows no next-incoming-id: ours begin at 0. Raises
   * `Amqp10Error` of the session when it expects a transfer after one that it cannot have had.
   */
  update(flow: FlowFields): void {
    const expected = flow.nextIncomingId === ABSENT ? 0 : flow.nextIncomingId
    if (serialCompare(expected, this.nextOutgoingId) > 0) {
      const description = `next-incoming-id ${expected}, the next transfer is ${this.nextOutgoingId}`
      throw new Amqp10Error("session", CONDITION.windowViolation, description)
    }
    const underWay = serialSteps(expected, this.nextOutgoingId)
    this.remoteIncoming = Math.max(0, flow.incomingWindow - underWay)
    this.nextIncomingId = flow.nextOutgoingId
  }
}
