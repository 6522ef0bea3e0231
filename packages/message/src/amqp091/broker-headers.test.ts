import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { DeathHistory } from "../envelope.ts"
import { createMessage, type Message } from "../message.ts"
import { amqp091Format } from "./format.ts"
import { published } from "./published.ts"
import { droppedHeaders, render, renderedBytes } from "./render.ts"
import { validateProperties } from "./validate.ts"

/** Died of its own time to live of 50 ms in the queue "q", once, after being published to amq.topic. */
function history(): DeathHistory {
  const death = { queue: "q", reason: "expired", exchange: "amq.topic" } as const
  const times = { count: 1, firstAtMs: 1_795_177_197_151, lastAtMs: 1_795_177_197_151 }
  return {
    first: death,
    last: death,
    deaths: [{ ...death, ...times, routingKeys: ["k"], ttlMs: 50 }],
    wasDelivered: false,
    failures: 0,
  }
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"))
}

function deadLetter(properties: string, deaths = history()): Message {
  const draft = createMessage("amqp091", 0)
  const bytes = hex(properties)
  if (bytes.length > 0) validateProperties(bytes, 0, bytes.length, draft)
  return Object.assign(draft, { deaths, ttlMs: undefined })
}

/** What `render` writes, checked against the announced size and for writes outside of it. */
function rendered(message: Message, maxFrameBytes?: number, deliveryCount = 0): string {
  const size = renderedBytes(message, maxFrameBytes, deliveryCount)
  const target = new Uint8Array(size + 2).fill(0xee)
  expect(render(message, target, 1, maxFrameBytes, deliveryCount)).toBe(size + 1)
  expect([target[0], target[size + 1]]).toEqual([0xee, 0xee])
  return Buffer.from(target.subarray(1, size + 1)).toString("hex")
}

function packed(...parts: readonly string[]): string {
  return parts.join("").replaceAll(" ", "")
}

function text(value: string): string {
  return Buffer.from(value).toString("hex")
}

/** A header of type longstr, written by hand. */
function longstr(key: string, value: string): string {
  const length = (size: number, digits: number) => size.toString(16).padStart(digits, "0")
  return `${length(key.length, 2)}${text(key)}53${length(value.length, 8)}${text(value)}`
}

const SUMMARIES = [
  longstr("x-last-death-reason", "expired"),
  longstr("x-last-death-queue", "q"),
  longstr("x-last-death-exchange", "amq.topic"),
  longstr("x-first-death-reason", "expired"),
  longstr("x-first-death-queue", "q"),
  longstr("x-first-death-exchange", "amq.topic"),
].join("")

/** One table: its entries as RabbitMQ 4.3 writes them, in its order, with the time in seconds. */
const X_DEATH = packed(
  `07${text("x-death")} 41 0000008b 46 00000086`,
  longstr("original-expiration", "50"),
  `05${text("count")} 6c 0000000000000001`,
  longstr("reason", "expired"),
  longstr("queue", "q"),
  `04${text("time")} 54 000000006b003aed`,
  longstr("exchange", "amq.topic"),
  `0c${text("routing-keys")} 41 00000006 53 00000001 ${text("k")}`,
)
const HISTORY = SUMMARIES + X_DEATH
const HISTORY_BYTES = HISTORY.length / 2

function uint32(value: number): string {
  return value.toString(16).padStart(8, "0")
}

describe("delivering a dead-lettered AMQP 0.9.1 message", () => {
  it.each([
    ["no head at all", "", ["2000", uint32(HISTORY_BYTES), HISTORY]],
    ["no property", "0000", ["2000", uint32(HISTORY_BYTES), HISTORY]],
    ["properties before and after", "9000 0161 02", ["b000 0161", uint32(HISTORY_BYTES), HISTORY, "02"]],
    ["an empty table", "2000 00000000", ["2000", uint32(HISTORY_BYTES), HISTORY]],
    [
      "headers of its own, which come first",
      "2080 0000000e 017a5300000000 01615300000000 016d",
      ["2080", uint32(HISTORY_BYTES + 14), "017a5300000000 01615300000000", HISTORY, "016d"],
    ],
    ["an expiration, which is over", "0180 0235300 16d", ["2080", uint32(HISTORY_BYTES), HISTORY, "016d"]],
  ])("adds the history to %s", (_, properties, expected) => {
    expect(rendered(deadLetter(properties))).toBe(packed(...expected))
  })

  it("leaves out what a client had written in the history's place", () => {
    const forged = longstr("x-death", "z") + longstr("a", "b") + longstr("x-first-death-queue", "z")
    const kept = longstr("a", "b")
    const properties = `2000 ${uint32(forged.length / 2)} ${forged}`
    expect(rendered(deadLetter(properties))).toBe(
      packed("2000", uint32(HISTORY_BYTES + kept.length / 2), kept, HISTORY),
    )
  })

  it("keeps such headers while the message has no history", () => {
    const properties = packed(`2000 ${uint32(longstr("x-death", "z").length / 2)}`, longstr("x-death", "z"))
    expect(rendered(Object.assign(deadLetter(properties), { deaths: undefined }))).toBe(properties)
  })

  it("drops the list of deaths first where the frame cannot hold all headers", () => {
    const message = deadLetter("0000")
    const withoutList = 2 + 4 + SUMMARIES.length / 2 + 20
    expect(rendered(message, withoutList)).toBe(packed("2000", uint32(SUMMARIES.length / 2), SUMMARIES))
    expect(droppedHeaders(message, withoutList)).toBe(1)
  })

  it("writes several deaths and keys, and none of what a death has not", () => {
    const one = { queue: "a", reason: "rejected", exchange: "", count: 2, firstAtMs: 999, lastAtMs: 5000 } as const
    const { message } = published(
      hex(
        rendered(
          deadLetter("0000", {
            first: one,
            last: one,
            wasDelivered: true,
            failures: 0,
            deaths: [
              { ...one, routingKeys: ["k", "cc"], ttlMs: undefined },
              { ...one, queue: "b", routingKeys: [], ttlMs: 0 },
            ],
          }),
        ),
      ),
      0,
    )
    const list = amqp091Format.header(message, "x-death")
    expect(JSON.stringify(list, (_, value) => (typeof value === "bigint" ? Number(value) : value))).toBe(
      JSON.stringify({
        type: "array",
        value: [
          {
            type: "table",
            value: {
              entries: [
                [
                  { type: "shortstr", value: "count" },
                  { type: "long", value: 2 },
                ],
                [
                  { type: "shortstr", value: "reason" },
                  { type: "longstr", value: "rejected" },
                ],
                [
                  { type: "shortstr", value: "queue" },
                  { type: "longstr", value: "a" },
                ],
                [
                  { type: "shortstr", value: "time" },
                  { type: "timestamp", value: 0 },
                ],
                [
                  { type: "shortstr", value: "exchange" },
                  { type: "longstr", value: "" },
                ],
                [
                  { type: "shortstr", value: "routing-keys" },
                  {
                    type: "array",
                    value: [
                      { type: "longstr", value: "k" },
                      { type: "longstr", value: "cc" },
                    ],
                  },
                ],
              ],
            },
          },
          {
            type: "table",
            value: {
              entries: [
                [
                  { type: "shortstr", value: "original-expiration" },
                  { type: "longstr", value: "0" },
                ],
                [
                  { type: "shortstr", value: "count" },
                  { type: "long", value: 2 },
                ],
                [
                  { type: "shortstr", value: "reason" },
                  { type: "longstr", value: "rejected" },
                ],
                [
                  { type: "shortstr", value: "queue" },
                  { type: "longstr", value: "b" },
                ],
                [
                  { type: "shortstr", value: "time" },
                  { type: "timestamp", value: 0 },
                ],
                [
                  { type: "shortstr", value: "exchange" },
                  { type: "longstr", value: "" },
                ],
                [
                  { type: "shortstr", value: "routing-keys" },
                  { type: "array", value: [] },
                ],
              ],
            },
          },
        ],
      }),
    )
  })
})

describe("what the broker adds to an AMQP 0.9.1 message", () => {
  const header = fc.tuple(fc.constantFrom("a", "b", "x-death", "x-first-death-queue", "x-delivery-count"), fc.string())
  const some = fc.record({
    headers: fc.option(fc.array(header, { maxLength: 6 }), { nil: undefined }),
    /** Which of content type, delivery mode and message id there are. */
    others: fc.constantFrom(0, 0x8000, 0x1000, 0x0080, 0x9080),
    deliveryCount: fc.nat(3),
    deaths: fc.option(fc.constant(history()), { nil: undefined }),
    maxFrameBytes: fc.constantFrom(131_072, 300, 64),
  })

  it("leaves a header that can be read, with the client's own entries in their order, as many as the frame holds", () => {
    fc.assert(
      fc.property(some, ({ headers, others, deliveryCount, deaths, maxFrameBytes }) => {
        const table = (headers ?? []).map(([key, value]) => {
          const bytes = Buffer.from(value)
          const length = bytes.length.toString(16).padStart(8, "0")
          return `${key.length.toString(16).padStart(2, "0")}${text(key)}53${length}${bytes.toString("hex")}`
        })
        const properties = [
          (others | (headers === undefined ? 0 : 0x2000)).toString(16).padStart(4, "0"),
          (others & 0x8000) === 0 ? "" : "0161",
          headers === undefined ? "" : uint32(table.join("").length / 2) + table.join(""),
          (others & 0x1000) === 0 ? "" : "02",
          (others & 0x0080) === 0 ? "" : "016d",
        ].join("")
        const bytes = hex(rendered(Object.assign(deadLetter(properties), { deaths }), maxFrameBytes, deliveryCount))
        const parsed = published(bytes, 0).message
        const replaced = (key: string) =>
          (deaths !== undefined && (key === "x-death" || key === "x-first-death-queue")) ||
          (deliveryCount > 0 && key === "x-delivery-count")
        const own = table.filter((_, index) => !replaced(headers?.[index]?.[0] ?? "")).join("")
        const shown = Buffer.from(bytes).toString("hex")
        if (maxFrameBytes === 131_072) {
          expect(shown).toContain(own)
          expect(amqp091Format.header(parsed, "x-death")?.type === "array").toBe(deaths !== undefined)
        }
        expect(bytes.length + 20).toBeLessThanOrEqual(Math.max(maxFrameBytes, 64))
      }),
      { numRuns: 300 },
    )
  })
})

describe("delivering an AMQP 0.9.1 message that has failed", () => {
  /** x-delivery-count: long 300 */
  const COUNT = `10${text("x-delivery-count")}6c000000000000012c`
  const message = (properties: string): Message => Object.assign(deadLetter(properties), { deaths: undefined })

  it("tells how often, in place of what a client had written", () => {
    const kept = longstr("a", "b")
    const forged = `10${text("x-delivery-count")}56`
    const headers = `${uint32((kept.length + forged.length) / 2)}${forged}${kept}`
    expect(rendered(message(`2080 ${headers} 016d`), undefined, 300)).toBe(
      packed("2080", uint32((kept.length + COUNT.length) / 2), kept, COUNT, "016d"),
    )
    expect(rendered(message(`2080 ${headers} 016d`), undefined, 0)).toBe(packed("2080", headers, "016d"))
  })

  it("writes each of two that take turns as it is", () => {
    const [one, other] = [message("0000"), message("1000 02")]
    const alone = packed("2000", uint32(COUNT.length / 2), COUNT)
    expect(rendered(one, undefined, 300)).toBe(alone)
    expect(rendered(other, undefined, 300)).toBe(packed("3000", uint32(COUNT.length / 2), COUNT, "02"))
    expect(rendered(one, undefined, 300)).toBe(alone)
    expect(rendered(one, undefined, 301)).toBe(alone.replace("012c", "012d"))
  })
})
