import { type OpenedSession, PLAIN_SUBSCRIPTION, SessionStage } from "@polymq/testkit"
import fc from "fast-check"
import { expect, it } from "vitest"
import type { Entry } from "../api/entry.ts"

const NAMES = ["one", "two", "three"] as const

/** Messages are numbered as they are published. */
function numberOf({ message }: Entry): number {
  return message.priority ?? -1
}

/** A client as it may behave: connected or not, sharing or not, with what it has received and not acknowledged. */
class Client {
  readonly #stage: SessionStage
  readonly #name: string
  #opened: OpenedSession | undefined
  #isMember = false
  #settled = 0

  constructor(stage: SessionStage, name: string) {
    this.#stage = stage
    this.#name = name
  }

  connect(credit: number): void {
    this.disconnect(100)
    this.#opened = this.#stage.open({ clientId: this.#name, credit })
    this.#settled = 0
  }

  join(): void {
    this.#isMember ||= this.#opened !== undefined
    this.#opened?.session.subscribe("$share/g/a", { ...PLAIN_SUBSCRIPTION, qos: 2 })
  }

  leave(): void {
    this.#isMember &&= this.#opened === undefined
    this.#opened?.session.unsubscribe("$share/g/a")
  }

  disconnect(expirySeconds: number): void {
    if (expirySeconds === 0 && this.#opened !== undefined) this.#isMember = false
    this.#opened?.session.release(this.#opened.consumer, { will: "discard", expirySeconds })
    this.#opened = undefined
  }

  grant(credit: number): void {
    if (this.#opened === undefined) return
    this.#opened.consumer.credit += credit
    this.#opened.session.wake(this.#opened.consumer)
  }

  /** Acknowledges its oldest delivery; the message's number, if there was one. */
  accept(): readonly number[] {
    const entry = this.#opened?.consumer.entries[this.#settled]
    if (entry === undefined) return []
    this.#settled++
    this.#opened?.session.settle(entry, "accepted")
    return [numberOf(entry)]
  }

  /** Whether a message should not have to wait. */
  get takesMore(): boolean {
    return this.#isMember && (this.#opened?.consumer.credit ?? 0) > 0
  }

  /** First deliveries of the connection, by their numbers. */
  get numbers(): readonly number[] {
    const fresh = this.#opened?.consumer.entries.filter(({ redelivered }) => !redelivered) ?? []
    return fresh.map(numberOf)
  }

  get underWay(): readonly number[] {
    return this.#opened?.consumer.entries.slice(this.#settled).map(numberOf) ?? []
  }
}

const client = fc.integer({ min: 0, max: NAMES.length - 1 })
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("publish" as const) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("accept" as const), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("grant" as const), client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("connect" as const, "join" as const), client }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("leave" as const, "absent" as const, "gone" as const), client }),
  },
)

it("every message that a share group has taken is acknowledged by one member, whatever members do", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const stage = new SessionStage()
      // Stays a member, without credit until the end: the group does not end.
      const last = new Client(stage, "last")
      last.connect(0)
      last.join()
      const clients = NAMES.map((name) => new Client(stage, name))
      const accepted: number[] = []
      let published = 0
      for (const one of steps) {
        const chosen = "client" in one ? (clients[one.client] as Client) : last
        if (one.kind === "publish") stage.publish("a", "x", 1, { priority: published++ })
        else if (one.kind === "accept") accepted.push(...chosen.accept())
        else if (one.kind === "grant") chosen.grant(2)
        else if (one.kind === "connect") chosen.connect(1)
        else if (one.kind === "join") chosen.join()
        else if (one.kind === "leave") chosen.leave()
        else if (one.kind === "absent") chosen.disconnect(100)
        else chosen.disconnect(0)
        stage.turn.endTurn()
        const underWay = clients.flatMap((each) => each.underWay)
        expect(new Set(underWay).size).toBe(underWay.length)
        if (clients.some(({ takesMore }) => takesMore)) expect(underWay.length + accepted.length).toBe(published)
        expect(underWay.some((number) => accepted.includes(number))).toBe(false)
      }
      for (const each of clients) each.disconnect(0)
      stage.turn.endTurn()
      last.grant(1000)
      stage.turn.endTurn()
      expect(last.numbers).toEqual(last.numbers.toSorted((left, right) => left - right))
      for (let got = last.accept(); got.length > 0; got = last.accept()) accepted.push(...got)
      expect(accepted.toSorted((left, right) => left - right)).toEqual(
        Array.from({ length: published }, (_, index) => index),
      )
      expect(stage.broker.heldBytes).toBe(0)
    }),
    { numRuns: 500, seed: 5 },
  )
})
