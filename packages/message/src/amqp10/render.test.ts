import { Buffer } from "node:buffer"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { createMessage, type Message } from "../message.ts"
import { amqp10HeadBytes, renderAmqp10Head } from "./render.ts"
import { validateAmqp10Message } from "./validate.ts"

const DATA = "005375 a004 626f6479"
/** x-routing-key: "k", x-exchange: "x" */
const BROKER = "a30d782d726f7574696e672d6b6579 a1016b a30a782d65786368616e6765 a10178"

function hex(...sections: readonly string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(sections.join("").replaceAll(" ", ""), "hex"))
}

function message(...sections: readonly string[]): Message {
  const bytes = hex(...sections)
  const draft = createMessage("amqp10", 0)
  validateAmqp10Message(bytes, 0, bytes.length, draft)
  draft.exchange = "x"
  draft.routingKey = "k"
  return draft
}

function rendered(from: Message, ttlMs?: number, isFirstAcquirer = true, deliveryCount = 0, acquiredCount = 0): string {
  const size = amqp10HeadBytes(from, ttlMs, deliveryCount, acquiredCount)
  const target = new Uint8Array(size + 7)
  expect(renderAmqp10Head(from, ttlMs, isFirstAcquirer, deliveryCount, target, 7, acquiredCount)).toBe(size + 7)
  return Buffer.from(target.subarray(7)).toString("hex")
}

function packed(...sections: readonly string[]): string {
  return sections.join("").replaceAll(" ", "")
}

describe("delivering an AMQP 1.0 message", () => {
  it("writes the header per delivery, the broker's annotations, and the sections as they came", () => {
    const from = message("005370 c00402 41 5004", "005373 c00701 a10469642d31", DATA)
    expect(rendered(from)).toBe(
      packed("005370 c00705 41 5004 40 41 43", `005372 c12204 ${BROKER}`, "005373 c00701 a10469642d31"),
    )
    expect(rendered(from, 100, false, 300)).toBe(
      packed("005370 c00c05 41 5004 5264 42 700000012c", `005372 c12204 ${BROKER}`, "005373 c00701 a10469642d31"),
    )
  })

  it("does not say what the publisher has not said", () => {
    expect(rendered(message(DATA)).slice(0, 22)).toBe("005370c006054040404143")
  })

  it.each([
    [0, "43"],
    [-5, "43"],
    [0.5, "5201"],
    [255, "52ff"],
    [256, "7000000100"],
    [2 ** 40, "70ffffffff"],
  ])("writes a remaining time of %d ms as %s", (ttlMs, uint) => {
    expect(rendered(message(DATA), ttlMs).slice(16, 16 + uint.length)).toBe(uint)
  })

  it("keeps the client's annotations behind the broker's, byte for byte", () => {
    const from = message("005372 c10c02 a303782d61 b10000000162", DATA)
    expect(rendered(from)).toBe(
      packed("005370 c00605 40 40 40 41 43", `005372 c12d06 ${BROKER} a303782d61 b10000000162`),
    )
  })

  it("drops annotations of the client that bear the broker's names", () => {
    const from = message(
      "005372 c13108 a30d782d726f7574696e672d6b6579 a1057370 6f6f66 a303782d61 5301 a30a782d65786368616e6765 a10173 a30178 40",
      DATA,
    )
    expect(rendered(from)).toBe(
      packed("005370 c00605 40 40 40 41 43", `005372 c12d08 ${BROKER} a303782d61 5301 a30178 40`),
    )
  })

  it("drops them in their wide encoding too", () => {
    const from = message("005372 c11302 b30000000a 782d65786368616e6765 a10173", DATA)
    expect(rendered(from)).toBe(packed("005370 c00605 40 40 40 41 43", `005372 c12204 ${BROKER}`))
  })

  it("begins with how often it has failed and come back, as longs, once it has", () => {
    const from = message(DATA)
    const header = "005370 c00705 40 40 40 42 5201"
    const failed = "a310 782d64656c69766572792d636f756e74"
    const back = "a310 782d61637175697265642d636f756e74"
    expect(rendered(from, undefined, false, 1, 2)).toBe(
      packed(header, `005372 c14a08 ${failed} 5501 ${back} 5502 ${BROKER}`),
    )
    expect(rendered(from, undefined, false, 0, 300)).toBe(
      packed("005370 c00605 40 40 40 42 43", `005372 c13d06 ${back} 81000000000000012c ${BROKER}`),
    )
    expect(rendered(from, undefined, false, 1, 0)).toBe(packed(header, `005372 c12204 ${BROKER}`))
  })

  it("drops a client's counts where the broker tells its own, and keeps them where it does not", () => {
    const forged = "a310 782d64656c69766572792d636f756e74 5509 a310 782d61637175697265642d636f756e74 5508"
    const alike = "a310 782d61637175697265642d636f756e75 5507"
    const from = message(`005372 c13d06 ${forged} ${alike}`, DATA)
    const header = "005370 c00605 40 40 40 42 43"
    const back = "a310 782d61637175697265642d636f756e74 5501"
    expect(rendered(from, undefined, false, 0, 1)).toBe(packed(header, `005372 c14a08 ${back} ${BROKER} ${alike}`))
    expect(rendered(from, undefined, false)).toBe(packed(header, `005372 c15e0a ${BROKER} ${forged} ${alike}`))
  })

  it("uses a large map where a small one does not suffice", () => {
    const long: Message = { ...message(DATA), routingKey: "r".repeat(256) }
    expect(rendered(long).slice(22, 46)).toBe("005372d10000012700000004")
    const entries = Array.from({ length: 130 }, () => "a30040").join("")
    const many = message(`005372 d1 0000018a 00000104 ${entries}`, DATA)
    expect(rendered(many).slice(22, 46)).toBe("005372d1000001ab00000108")
  })

  it("follows a change of exchange or key", () => {
    const from = message(DATA)
    const other: Message = { ...from, exchange: "" }
    expect(rendered(from)).not.toBe(rendered(other))
    expect(rendered(other).endsWith("a30a782d65786368616e6765a100")).toBe(true)
    expect(rendered(from).endsWith("a30a782d65786368616e6765a10178")).toBe(true)
  })

  it("hands on the bare message and the footer byte for byte, whatever they are", () => {
    const section = (code: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      value.map((text) => `0053${code}${text}`)
    const text = fc.string({ unit: "binary", maxLength: 40 }).map((value) => `b1${sized(Buffer.from(value))}`)
    const binary = fc.uint8Array({ maxLength: 400 }).map((value) => `b0${sized(value)}`)
    const scalar = fc.oneof(text, binary, fc.constantFrom("40", "41", "5601", "43", "5207", "8000000000000000ff", "45"))
    const entries = fc.array(fc.tuple(text, scalar), { maxLength: 6 })
    const map = entries.map((all) => `d1${counted(all.flat())}`)
    const bare = fc.tuple(
      fc.option(
        section(
          "73",
          fc.array(scalar, { maxLength: 13 }).map((all) => `d0${counted(all)}`),
        ),
        { nil: "" },
      ),
      fc.option(section("74", map), { nil: "" }),
      fc.oneof(
        fc.array(section("75", binary), { minLength: 1, maxLength: 3 }).map((all) => all.join("")),
        section("77", fc.oneof(scalar, map)),
        section(
          "76",
          fc.array(scalar).map((all) => `d0${counted(all)}`),
        ),
      ),
      fc.constantFrom("", "005378c10a02a305782d6372635207"),
    )
    fc.assert(
      fc.property(bare, fc.boolean(), ([properties, application, body, footer], hasHeader) => {
        const from = message(hasHeader ? "005370c0020141" : "", properties, application, body, footer)
        const bytes = Buffer.from(from.body.subarray(from.bodyStart, from.bodyEnd)).toString("hex")
        const whole = rendered(from) + bytes
        expect(whole.endsWith(packed(`005372 c12204 ${BROKER}`, properties, application, body, footer))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})

/** Size and octets of a variable-width value, as hex. */
function sized(bytes: Uint8Array): string {
  return bytes.length.toString(16).padStart(8, "0") + Buffer.from(bytes).toString("hex")
}

/** Size, count and elements of a list or map, as hex. */
function counted(elements: readonly string[]): string {
  const content = elements.join("")
  return (
    (content.length / 2 + 4).toString(16).padStart(8, "0") + elements.length.toString(16).padStart(8, "0") + content
  )
}

/** What RabbitMQ 4.3 writes in front of the origin, for a message that expired by its own ttl of 50 ms. */
const DEATHS = `
  a313782d6c6173742d64656174682d726561736f6e a10765787069726564
  a312782d6c6173742d64656174682d7175657565 a10171
  a315782d6c6173742d64656174682d65786368616e6765 a109616d712e746f706963
  a314782d66697273742d64656174682d726561736f6e a10765787069726564
  a313782d66697273742d64656174682d7175657565 a10171
  a316782d66697273742d64656174682d65786368616e6765 a109616d712e746f706963
  a30c782d6f70742d646561746873 e08a01d1
  00000084 00000010
  a30374746c 5232
  a3057175657565 a10171
  a306726561736f6e a30765787069726564
  a305636f756e74 5301
  a30a66697273742d74696d65 83000001a1f8e62e5f
  a3096c6173742d74696d65 83000001a1f8e62e5f
  a30865786368616e6765 a109616d712e746f706963
  a30c726f7574696e672d6b657973 e00701b1 000000016b`.replaceAll(/\s/g, "")

describe("delivering a dead-lettered AMQP 1.0 message", () => {
  const death = { queue: "q", reason: "expired", exchange: "amq.topic" } as const
  const atMs = 1_795_177_197_151
  const times = { count: 1, firstAtMs: atMs, lastAtMs: atMs }
  const dead = (from: Message): Message =>
    Object.assign(from, {
      deaths: {
        first: death,
        last: death,
        deaths: [{ ...death, ...times, routingKeys: ["k"], ttlMs: 50 }],
        wasDelivered: false,
        failures: 0,
      },
    })

  it("writes the history first, and nobody is its first acquirer", () => {
    const size = (DEATHS.length + BROKER.replaceAll(" ", "").length) / 2
    const map = `d1 ${(size + 4).toString(16).padStart(8, "0")} 00000012`
    expect(rendered(dead(message(DATA)))).toBe(packed("005370 c00605 40 40 40 42 43", "005372", map, DEATHS, BROKER))
  })

  it("counts on from the failures in the queues where it died", () => {
    const from = dead(message(DATA))
    if (from.deaths !== undefined) Object.assign(from.deaths, { failures: 3 })
    expect(rendered(from).slice(0, 24)).toBe(packed("005370 c00705 40 40 40 42 5203"))
    expect(rendered(from, undefined, false, 2).slice(0, 24)).toBe(packed("005370 c00705 40 40 40 42 5205"))
    expect(rendered(from, undefined, false, 2, 2)).toContain(packed("a310 782d64656c69766572792d636f756e74 5502"))
  })

  it("leaves out what a client had written in the history's place", () => {
    const forged = "a30c782d6f70742d646561746873 a1017a a301 61 a10162"
    const from = dead(message(`005372 c1 18 04 ${forged}`, DATA))
    expect(rendered(from)).toContain(packed(BROKER, "a301 61 a10162"))
    expect(rendered(from)).not.toContain("a1017a")
    expect(rendered(Object.assign(from, { deaths: undefined }))).toContain(packed(forged))
  })
})
