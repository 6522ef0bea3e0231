import { manualTurn } from "@polymq/testkit"
import type { Draft } from "../codec/composites.ts"
import { all, type ReceivedFrame } from "./received-frame.ts"
import { Stage } from "./stage.ts"

/** No address at all. */
export const ANONYMOUS = ""

/** A stage, a client with a sender to the queue q, and what became of its deliveries. */
export function sending(
  address = "q",
  settings: { readonly linkCredit?: number } = {},
  attach: Partial<Draft<"attach">> = {},
) {
  const stage = new Stage(manualTurn(), {}, settings)
  const peer = stage.client()
  const attached = peer.attachSender(address === ANONYMOUS ? undefined : address, attach)
  return { stage, peer, attached }
}

/** What the dispositions say: first, last and outcome. */
export function outcomes(
  frames: readonly ReceivedFrame[],
): (readonly [number, number | undefined, string | undefined])[] {
  return all(frames, "disposition").map(({ first, last, state }) => [first, last, state?.type])
}

/** Number of messages ready in the queue. */
export function waiting(stage: Stage, queue: string): number {
  return [...stage.broker.inspect("/", queue)].length
}
