import { manualTurn } from "@polymq/testkit"
import type { Draft } from "../codec/composites.ts"
import { plainSections } from "./plain.ts"
import type { ReceivedFrame } from "./received-frame.ts"
import type { ScriptedPeer } from "./scripted-peer.ts"
import { Stage } from "./stage.ts"

/** A queue q with messages m0, m1 …, and a client with a receiver of it that has no credit yet. */
export function receiving(messages: number, attach: Partial<Draft<"attach">> = {}) {
  const stage = new Stage(manualTurn())
  const sender = stage.client()
  sender.attachSender("q")
  for (let id = 0; id < messages; id++) sender.transfer(id, `m${id}`, { settled: true })
  const peer = stage.client()
  const attached = peer.attachReceiver("q", attach)
  return { stage, sender, peer, attached }
}

/** A delivery of a data message. */
export interface Delivery {
  readonly deliveryId: number | undefined
  readonly text: string
  readonly firstAcquirer: boolean
  readonly deliveryCount: number
}

/** Deliveries of data messages without annotations of their own, published without header. */
export function deliveries(frames: readonly ReceivedFrame[]): Delivery[] {
  return frames.flatMap((frame) => {
    if (frame.kind !== "amqp" || frame.body.type !== "transfer") return []
    const payload = Buffer.from(frame.payload)
    // Header: descriptor, list8, size, 5 fields, null, null, null, first-acquirer, delivery-count.
    const firstAcquirer = payload[9] === 0x41
    const deliveryCount = payload[10] === 0x43 ? 0 : (payload[11] ?? -1)
    const data = payload.lastIndexOf(Buffer.of(0, 0x53, 0x75))
    return [
      { deliveryId: frame.body.deliveryId, text: payload.toString("utf8", data + 5), firstAcquirer, deliveryCount },
    ]
  })
}

/** The texts of such deliveries. */
export function texts(frames: readonly ReceivedFrame[]): string[] {
  return deliveries(frames).map(({ text }) => text)
}

/** Message annotations of deliveries, as plain JavaScript. */
export function annotationsOf(frames: readonly ReceivedFrame[]): unknown[] {
  return frames.flatMap((frame) =>
    frame.kind === "amqp" && frame.body.type === "transfer" ? [plainSections(frame.payload).get(0x72)] : [],
  )
}

/** Sends a disposition, and returns what comes of it. */
export function settle(peer: ScriptedPeer, disposition: Omit<Draft<"disposition">, "type" | "role">): ReceivedFrame[] {
  peer.send({ type: "disposition", role: true, ...disposition })
  return peer.take()
}
