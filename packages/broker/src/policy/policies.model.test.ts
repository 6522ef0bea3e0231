import fc from "fast-check"
import { expect, it } from "vitest"
import { type Declared, type Fetched, QueueStage } from "../testing/queue-stage.ts"

/** One thing that happens to a queue. */
type Step =
  | { readonly kind: "publish"; readonly bytes: number }
  | { readonly kind: "get" }
  | { readonly kind: "settle"; readonly outcome: "accepted" | "released" }
  | { readonly kind: "limit"; readonly definition: Declared | undefined }

const limit = fc.record({ "max-length": fc.nat(4), "max-length-bytes": fc.nat(12) }, { requiredKeys: [] })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("publish" as const), bytes: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.constant({ kind: "get" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("settle" as const),
      outcome: fc.constantFrom("accepted" as const, "released" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("limit" as const), definition: fc.option(limit, { nil: undefined }) }),
  },
)

/** What a queue should hold, kept as simply as can be. */
class Model {
  ready: { readonly position: number; readonly text: string }[] = []
  #limit: Declared = {}
  #position = 0

  publish(text: string): void {
    this.ready.push({ position: this.#position++, text })
    this.#drop()
  }

  giveBack(text: string, position: number): void {
    this.ready = [...this.ready, { position, text }].sort((left, right) => left.position - right.position)
    this.#drop()
  }

  limit(definition: Declared): void {
    this.#limit = definition
    this.#drop()
  }

  #drop(): void {
    const { "max-length": messages = Number.POSITIVE_INFINITY, "max-length-bytes": bytes = Number.POSITIVE_INFINITY } =
      this.#limit
    const size = () => this.ready.reduce((sum, { text }) => sum + text.length, 0)
    while (this.ready.length > Number(messages) || size() > Number(bytes)) this.ready.shift()
  }
}

it("a queue holds what the policy of the moment leaves of it, whatever comes, goes and comes back", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stage = new QueueStage()
      stage.declare("q")
      const model = new Model()
      const taken: { readonly fetched: Fetched; readonly position: number }[] = []
      for (const [index, each] of steps.entries()) {
        if (each.kind === "publish") {
          const text = String.fromCharCode(97 + (index % 26)).repeat(each.bytes)
          stage.publish("q", text)
          model.publish(text)
        } else if (each.kind === "get" && model.ready.length > 0) {
          const first = model.ready.shift()
          taken.push({ fetched: stage.get("q"), position: first?.position ?? -1 })
          expect(taken.at(-1)?.fetched.body).toBe(first?.text)
        } else if (each.kind === "settle") {
          const one = taken.shift()
          one?.fetched.settle(each.outcome)
          stage.endTurn()
          if (one !== undefined && each.outcome === "released") model.giveBack(one.fetched.body, one.position)
        } else if (each.kind === "limit") {
          const definition = each.definition ?? {}
          if (Object.keys(definition).length === 0) stage.clearPolicy("q")
          else stage.setPolicy("q", definition)
          model.limit(definition)
        }
        expect(stage.ready("q")).toEqual(model.ready.map(({ text }) => text))
      }
      for (const { fetched } of taken) fetched.settle("accepted")
      stage.access.purgeQueue("q")
      expect(stage.broker.heldBytes).toBe(0)
    }),
    { numRuns: 200, seed: 4711 },
  )
})
