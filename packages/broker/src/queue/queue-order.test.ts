import { LOOPBACK, manualTurn, publishedMessage, SilentSession } from "@polymq/testkit"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { Entry } from "../api/entry.ts"
import type { Holder } from "../api/holder.ts"
import { createBrokerCore } from "../broker-core.ts"

type Step =
  | { readonly kind: "publish" }
  | { readonly kind: "get" }
  | {
      readonly kind: "settle"
      readonly which: number
      readonly outcome: "accepted" | "released" | "failed" | "rejected"
    }
  | { readonly kind: "purge" }

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Step>({ kind: "publish" }) },
    { weight: 4, arbitrary: fc.constant<Step>({ kind: "get" }) },
    {
      weight: 4,
      arbitrary: fc.record<Step & { kind: "settle" }>({
        kind: fc.constant("settle" as const),
        which: fc.nat(20),
        outcome: fc.constantFrom("accepted", "released", "failed", "rejected"),
      }),
    },
    { weight: 1, arbitrary: fc.constant<Step>({ kind: "purge" }) },
  ),
  { maxLength: 80 },
)

describe("a queue", () => {
  it("keeps publishing order through any getting, settling, giving back and purging", () => {
    fc.assert(
      fc.property(steps, (script) => {
        const turn = manualTurn()
        const broker = createBrokerCore({ turn })
        const connection = broker.connect(new SilentSession(), LOOPBACK, "test")
        const access = broker.access(connection, { name: "guest", tags: [] }, "/")
        access.declareQueue({ name: "q", durable: true, exclusive: false, autoDelete: false, arguments: NO_ARGUMENTS })
        // The model: numbers that are ready, kept sorted, and those under way.
        let ready: number[] = []
        const underWay: { readonly number: number; readonly holder: Holder; readonly entry: Entry }[] = []
        let published = 0
        for (const step of script) {
          if (step.kind === "publish") {
            access.publish(publishedMessage(`${published}`, { routingKey: "q", durable: true }))
            ready.push(published++)
          } else if (step.kind === "get") {
            const got = access.get("q", false)
            const number = ready.shift()
            expect(got?.remaining).toBe(number === undefined ? undefined : ready.length)
            if (got === undefined || number === undefined) continue
            expect(bodyOf(got.entry)).toBe(`${number}`)
            underWay.push({ number, holder: got.holder, entry: got.entry })
          } else if (step.kind === "settle") {
            const [settled] = underWay.splice(step.which % Math.max(1, underWay.length), 1)
            if (settled === undefined) continue
            settled.holder.settle(settled.entry, step.outcome)
            const isBack = step.outcome === "released" || step.outcome === "failed"
            if (isBack) ready = [...ready, settled.number].sort((left, right) => left - right)
          } else {
            expect(access.purgeQueue("q")).toBe(ready.length)
            ready = []
          }
          if (step.kind === "settle") turn.endTurn()
          expect(broker.inspect("/", "q").map(({ body }) => new TextDecoder().decode(body))).toEqual(ready.map(String))
        }
        for (const { holder, entry } of underWay) holder.settle(entry, "accepted")
        access.purgeQueue("q")
        turn.endTurn()
        expect(broker.heldBytes).toBe(0)
      }),
      { numRuns: 100 },
    )
  })
})

function bodyOf({ message }: Entry): string {
  return new TextDecoder().decode(message.body.subarray(message.bodyStart, message.bodyEnd))
}
