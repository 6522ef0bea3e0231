import { describe, expect, it } from "vitest"
import { NO_ARGUMENTS } from "../api/arguments.ts"
import { NO_POLICIES } from "../policy/applied-policies.ts"
import { SessionSubscriptions } from "../session/session-subscriptions.ts"
import { Exchange } from "./exchange.ts"
import { Subscriptions } from "./subscriptions.ts"

const OPTIONS = { qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0, identifier: undefined } as const

const HOLDER = {
  name: "c",
  durable: false,
  log: 0,
  connection: 1,
  admits: () => true,
  publish() {},
  attach() {},
  detach() {},
  wake() {},
  settle() {},
}

describe("subscriptions", () => {
  it("that come and go a hundred thousand times leave nothing behind", () => {
    const filters = new Subscriptions()
    const exchange = new Exchange(
      {
        name: "amq.topic",
        type: "topic",
        durable: true,
        autoDelete: false,
        internal: false,
        arguments: NO_ARGUMENTS,
      },
      NO_POLICIES,
      { header: () => undefined, exchange: () => undefined, alternatesOf: () => [] },
      filters,
    )
    for (let client = 0; client < 100; client++) {
      const subscriptions = new SessionSubscriptions(HOLDER, exchange, 128)
      for (let index = 0; index < 1000; index++) {
        expect(subscriptions.add(`${client % 3}/+/${index}/#`, OPTIONS)).toBe(true)
        if (index % 2 === 0) subscriptions.remove(`${client % 3}/+/${index}/#`)
      }
      // A client, a wildcard, and two levels for each of the five hundred that are left.
      expect(filters.size).toBe(2 + 2 * 500)
      subscriptions.clear()
      expect(filters.size).toBe(0)
    }
  })
})
