import type { Outcome } from "@polymq/broker"
import type { Value } from "@polymq/message"
import { ByteWriter } from "@polymq/wire"
import { encodeComposite } from "../codec/codec.ts"
import type { DeliveryState } from "../codec/composites.ts"
import { LAYOUTS } from "../codec/layouts.ts"

/**
 * What a consumer's delivery state means to the broker (AMQP 1.0 part 3, 3.4); undefined for a state that is no
 * outcome. A message that is undeliverable here is not offered again: there is nobody else this queue could mean.
 */
export function outcomeOf(state: DeliveryState | undefined): Outcome | undefined {
  switch (state?.type) {
    case "accepted":
    case "rejected":
    case "released":
      return state.type
    case "modified":
      if (state.undeliverableHere) return "rejected"
      return state.deliveryFailed ? "failed" : "released"
    default:
      return undefined
  }
}

/** What a consumer adds to a message that it modifies (part 3, 3.4.5); undefined when that is nothing. */
export function annotationsOf(state: DeliveryState | undefined): Value | undefined {
  return state?.type === "modified" ? state.messageAnnotations : undefined
}

/** `outcomeOf` for the descriptor codes that the hot path reads: the outcomes without fields. */
export function outcomeOfCode(code: number): Outcome | undefined {
  if (code === LAYOUTS.accepted.code) return "accepted"
  return code === LAYOUTS.released.code ? "released" : undefined
}

const writer = new ByteWriter(64)

/** Encoded delivery states by the broker's outcomes. */
export const STATE_OF_OUTCOME: Readonly<Record<Outcome, Uint8Array>> = {
  accepted: encodeComposite(writer, { type: "accepted" }),
  rejected: encodeComposite(writer, { type: "rejected" }),
  released: encodeComposite(writer, { type: "released" }),
  failed: encodeComposite(writer, { type: "modified", deliveryFailed: true }),
}
