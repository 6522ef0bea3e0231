import type { Draft, PerformativeDraft } from "../codec/composites.ts"
import { serialCompare } from "../codec/serial.ts"
import type { ReceivedFrame } from "./received-frame.ts"
import type { ScriptedPeer } from "./scripted-peer.ts"

const WINDOWS = { incomingWindow: 1000, outgoingWindow: 1000 } as const

/** A link that this side has attached, and not detached yet. */
interface AttachedLink {
  readonly isSender: boolean
  readonly sndSettleMode: number
  /** Of a delivery of which more is to come. */
  openDeliveryId: number | undefined
}

/**
 * Sends frames that were drawn at random as a client would that keeps to the rules: on handles that are free or attached as
 * the frame needs it, with ids that go on. Begins again, with a link each way to the queue q, where a session has ended.
 */
export class WellMeaningPeer {
  readonly #peer: ScriptedPeer
  readonly #links = new Map<number, AttachedLink>()
  #nextDeliveryId = 0

  constructor(peer: ScriptedPeer) {
    this.#peer = peer
    this.#begin()
  }

  send(drawn: PerformativeDraft, payload?: Uint8Array): void {
    const body = this.#legal(drawn)
    if (body !== undefined) this.#peer.send(body, payload)
    if (body?.type === "end") this.#begin()
  }

  /** Takes what the broker has said; false once it has closed the connection. */
  hear(frames: readonly ReceivedFrame[]): boolean {
    for (const frame of frames) {
      if (frame.kind !== "amqp" || frame.channel !== 0 || frame.body.type !== "end") continue
      if (frame.body.error !== undefined) this.send({ type: "end" })
    }
    return this.#peer.closedFor === undefined
  }

  #begin(): void {
    this.#links.clear()
    this.#nextDeliveryId = 0
    const terminus = { source: { type: "source", address: "q" }, target: { type: "target", address: "q" } } as const
    this.#peer.send({ type: "begin", nextOutgoingId: 0, ...WINDOWS })
    for (const role of [false, true]) {
      this.send({ type: "attach", name: "link", handle: 0, role, initialDeliveryCount: 0, ...terminus })
    }
    this.send({ type: "flow", nextOutgoingId: 0, ...WINDOWS, handle: 1, linkCredit: 5 })
  }

  #legal(drawn: PerformativeDraft): PerformativeDraft | undefined {
    switch (drawn.type) {
      case "attach":
        return this.#attach(drawn)
      case "detach":
        return this.#links.delete(drawn.handle) ? drawn : undefined
      case "transfer":
        return this.#transfer(drawn)
      case "flow":
        return this.#flow(drawn)
      case "disposition":
        return serialCompare(drawn.last ?? drawn.first, drawn.first) >= 0 ? drawn : { ...drawn, last: drawn.first }
      default:
        return drawn
    }
  }

  #attach(drawn: Draft<"attach">): Draft<"attach"> | undefined {
    const handle = [0, 1, 2, 3].find((free) => !this.#links.has(free))
    if (handle === undefined) return undefined
    const { sndSettleMode = 2 } = drawn
    this.#links.set(handle, { isSender: !drawn.role, sndSettleMode, openDeliveryId: undefined })
    return { ...drawn, handle }
  }

  #transfer(drawn: Draft<"transfer">): Draft<"transfer"> | undefined {
    const [handle, link] = [...this.#links].filter(([, { isSender }]) => isSender)[drawn.handle] ?? []
    if (handle === undefined || link === undefined) return undefined
    const isFirst = link.openDeliveryId === undefined
    const deliveryId = isFirst ? this.#nextDeliveryId++ : drawn.deliveryId && link.openDeliveryId
    link.openDeliveryId =
      drawn.more === true && drawn.aborted !== true ? (link.openDeliveryId ?? deliveryId) : undefined
    const settled = link.sndSettleMode === 2 ? drawn.settled : link.sndSettleMode === 1
    return { ...drawn, handle, deliveryId, settled, deliveryTag: isFirst ? drawn.deliveryTag : undefined }
  }

  #flow(drawn: Draft<"flow">): Draft<"flow"> {
    const handle = drawn.handle === undefined || this.#links.has(drawn.handle) ? drawn.handle : undefined
    return { ...drawn, nextIncomingId: undefined, handle }
  }
}
