import type { Receipt } from "@polymq/broker"
import { ByteWriter } from "@polymq/wire"
import { encodeComposite } from "../codec/codec.ts"
import type { AnyDraft } from "../codec/composites.ts"
import { CONDITION, type Condition } from "../codec/constants.ts"
import type { OutcomeNumber } from "./pending-settlements.ts"

/** Outcomes of a publish (AMQP 1.0 part 3, 3.4) by number; 0 is none. */
const DRAFTS = [
  { type: "accepted" },
  { type: "released" },
  rejected(CONDITION.resourceLimitExceeded, "the message cannot be taken at present"),
  rejected(CONDITION.notFound, "the address names nothing that exists"),
  rejected(CONDITION.unauthorizedAccess, "the address may not be written to"),
  rejected(CONDITION.invalidField, "the message cannot be routed as it asks"),
] as const satisfies readonly AnyDraft[]

const ACCEPTED: OutcomeNumber = 1
export const RELEASED: OutcomeNumber = 2
export const REJECTED_LIMIT: OutcomeNumber = 3
export const REJECTED_NOT_FOUND: OutcomeNumber = 4
export const REJECTED_UNAUTHORIZED: OutcomeNumber = 5
export const REJECTED_INVALID: OutcomeNumber = 6

/** From here on a session numbers outcomes of its own; below `SETTLED_SECOND`. */
export const FIRST_FREE_OUTCOME: OutcomeNumber = DRAFTS.length + 1

/** The outcome that tells a publisher what became of its message. */
export const OUTCOME_OF_RESULT: Readonly<Record<Receipt["result"], OutcomeNumber>> = {
  routed: ACCEPTED,
  unroutable: RELEASED,
  refused: REJECTED_LIMIT,
}

/** Added to an outcome that the sender settles first (part 2, 2.8.3, receiver-settle-mode second). */
export const SETTLED_SECOND = 0x80

const writer = new ByteWriter(64)
const ENCODED: readonly Uint8Array[] = DRAFTS.map((draft) => encodeComposite(writer, draft))

/** The encoded delivery state of an outcome. */
export function encodedOutcome(outcome: OutcomeNumber): Uint8Array {
  return ENCODED[(outcome & ~SETTLED_SECOND) - 1] as Uint8Array
}

/** Whether the disposition that tells an outcome settles the delivery. */
export function isSettledFirst(outcome: OutcomeNumber): boolean {
  return (outcome & SETTLED_SECOND) === 0
}

function rejected(condition: Condition, description: string): AnyDraft {
  return { type: "rejected", error: { type: "error", condition, description } }
}
