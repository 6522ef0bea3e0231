import { describe, expect, it } from "vitest"
import { decodeComposite } from "../codec/codec.ts"
import { encodedOutcome, OUTCOME_OF_RESULT } from "./publish-outcomes.ts"
import { outcomeOf, outcomeOfCode, STATE_OF_OUTCOME } from "./settled-outcomes.ts"

const STATES = ["accepted", "rejected", "released", "modified"] as const

function decoded(bytes: Uint8Array): object {
  return decodeComposite(bytes, 0, bytes.length, STATES).body
}

describe("what a publisher is told", () => {
  it.each([
    ["routed", { type: "accepted" }],
    ["unroutable", { type: "released" }],
    ["refused", { type: "rejected", error: { condition: "amqp:resource-limit-exceeded" } }],
  ] as const)("of a message that was %s", (result, state) => {
    expect(decoded(encodedOutcome(OUTCOME_OF_RESULT[result]))).toMatchObject(state)
  })
})

describe("what a consumer says", () => {
  it("is read alike from its code and from its composite", () => {
    expect(outcomeOfCode(0x24)).toBe(outcomeOf({ type: "accepted" }))
    expect(outcomeOfCode(0x26)).toBe(outcomeOf({ type: "released" }))
    expect(outcomeOfCode(0)).toBe(outcomeOf(undefined))
  })

  it.each([
    ["accepted", { type: "accepted" }],
    ["rejected", { type: "rejected" }],
    ["released", { type: "released" }],
    ["failed", { type: "modified", deliveryFailed: true, undeliverableHere: false }],
  ] as const)("is answered in its own words: %s", (outcome, state) => {
    expect(decoded(STATE_OF_OUTCOME[outcome])).toMatchObject(state)
  })
})
