import type { DeathHistory, DeathReason } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { closesCycle, recordedDeath } from "./recorded-death.ts"

function facts(queue: string, reason: DeathReason, exchange = "x", ttlMs?: number, failures = 0) {
  return { queue, reason, exchange, routingKeys: ["k"], ttlMs, failures }
}

function historyOf(...deaths: readonly (readonly [queue: string, reason: DeathReason])[]): DeathHistory {
  let history: DeathHistory | undefined
  for (const [queue, reason] of deaths) history = recordedDeath(history, facts(queue, reason), 1)
  if (history === undefined) throw new RangeError("no death")
  return history
}

describe("the history of a message", () => {
  it("begins with its first death", () => {
    const death = { queue: "q", reason: "expired", exchange: "x" }
    expect(recordedDeath(undefined, facts("q", "expired", "x", 50), 7)).toEqual({
      first: death,
      last: death,
      deaths: [{ ...death, routingKeys: ["k"], ttlMs: 50, count: 1, firstAtMs: 7, lastAtMs: 7 }],
      wasDelivered: false,
      failures: 0,
    })
  })

  it("has a line per queue and reason, the newest first", () => {
    const { deaths, first, last } = historyOf(["a", "expired"], ["b", "expired"], ["a", "maxlen"])
    expect(deaths.map(({ queue, reason }) => [queue, reason])).toEqual([
      ["a", "maxlen"],
      ["b", "expired"],
      ["a", "expired"],
    ])
    expect([first.queue, first.reason, last.queue, last.reason]).toEqual(["a", "expired", "a", "maxlen"])
  })

  it("counts a repeated death, keeps how it was the first time, and tells of the last one", () => {
    const once = recordedDeath(undefined, facts("a", "rejected", "first", 50), 1)
    const twice = recordedDeath(recordedDeath(once, facts("b", "rejected", "y"), 2), facts("a", "rejected", "z"), 3)
    expect(twice.deaths.map(({ queue, count }) => [queue, count])).toEqual([
      ["a", 2],
      ["b", 1],
    ])
    expect(twice.deaths[0]).toMatchObject({ exchange: "first", ttlMs: 50, firstAtMs: 1, lastAtMs: 3 })
    expect(twice.first).toEqual({ queue: "a", reason: "rejected", exchange: "first" })
    expect(twice.last).toEqual({ queue: "a", reason: "rejected", exchange: "z" })
  })

  it.each<[DeathReason, boolean]>([
    ["expired", false],
    ["maxlen", false],
    ["rejected", true],
    ["delivery_limit", true],
  ])("tells whether a consumer has had it: %s, %j", (reason, wasDelivered) => {
    expect(historyOf(["a", reason]).wasDelivered).toBe(wasDelivered)
    expect(historyOf(["a", reason], ["b", "expired"]).wasDelivered).toBe(wasDelivered)
  })
})

describe("the failed deliveries of a message", () => {
  it("are those in all queues where it has died", () => {
    const once = recordedDeath(undefined, facts("a", "delivery_limit", "x", undefined, 3), 1)
    expect(once.failures).toBe(3)
    expect(recordedDeath(once, facts("b", "rejected", "x", undefined, 1), 2).failures).toBe(4)
    expect(recordedDeath(once, facts("b", "expired"), 2).failures).toBe(3)
  })
})

describe("a cycle", () => {
  it.each<[string, readonly (readonly [string, DeathReason])[], boolean]>([
    ["closes where the message has just died", [["q", "expired"]], true],
    [
      "closes where it died before, without a rejection since",
      [
        ["q", "maxlen"],
        ["r", "expired"],
      ],
      true,
    ],
    ["is not closed by a queue where it never died", [["r", "expired"]], false],
    [
      "is not closed when a consumer has rejected it since",
      [
        ["q", "expired"],
        ["r", "rejected"],
        ["s", "expired"],
      ],
      false,
    ],
    [
      "is not closed when it was rejected there",
      [
        ["q", "rejected"],
        ["r", "expired"],
      ],
      false,
    ],
    [
      "closes by what came after a rejection",
      [
        ["r", "rejected"],
        ["q", "delivery_limit"],
      ],
      true,
    ],
  ])("%s", (_, deaths, expected) => {
    expect(closesCycle(historyOf(...deaths), "q")).toBe(expected)
  })
})
