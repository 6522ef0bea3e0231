import { amqp091PropertiesBytes, renderAmqp091Properties } from "@polymq/message"
import { describe, expect, it } from "vitest"
import { createConverters } from "../converters.ts"
import { explainPublished } from "../explain.ts"
import { type Amqp091Content, amqp091Publish, type FieldValue, field, longstr } from "../testing/amqp091-content.ts"

const NAMES = { mqttExchange: "amq.topic" }
const PROFILE = { profile: "rabbitmq-4.3", names: NAMES } as const

const converters = createConverters(PROFILE)

/** Flags and list that leave for a content. */
function properties(content: Amqp091Content): string {
  const message = converters.convert(amqp091Publish(content).message, "amqp091")
  const bytes = new Uint8Array(amqp091PropertiesBytes(message))
  renderAmqp091Properties(message, bytes, 0)
  return Buffer.from(bytes).toString("hex")
}

/** A value of every type that a header can have, by its letter. */
const VALUES: readonly FieldValue[] = [
  longstr(Uint8Array.of(0x61, 0xff)),
  field("t", "01"),
  field("b", "ff"),
  field("B", "ff"),
  field("s", "8000"),
  field("u", "8000"),
  field("I", "80000000"),
  field("i", "80000000"),
  field("l", "8000000000000000"),
  field("f", "7fc00001"),
  field("d", "7ff8000000000001"),
  field("D", "02fffffb2e"),
  field("T", "ffffffffffffffff"),
  field("A", "0000000a 49 00000001 53 00000000"),
  field("F", "0000000e 016b 49 00000001 016b 49 00000002"),
  field("V", ""),
  field("x", "00000002 00ff"),
]

describe("AMQP 0.9.1 to AMQP 0.9.1 as RabbitMQ does", () => {
  it.each(VALUES.map((value) => [value.letter, value] as const))(
    "keeps the octets of a header of type %s",
    (_, value) => {
      const entry = `016b${Buffer.from(value.letter).toString("hex")}${Buffer.from(value.bytes).toString("hex")}`
      const length = (entry.length / 2).toString(16).padStart(8, "0")
      expect(properties({ headers: [["k", value]] })).toBe(`2000${length}${entry}`)
    },
  )

  it("keeps every property", () => {
    const text = Uint8Array.of(0x61, 0xff)
    const all = {
      contentType: text,
      contentEncoding: text,
      deliveryMode: 255,
      priority: 200,
      correlationId: text,
      replyTo: text,
      expiration: "1",
      messageId: text,
      timestamp: 2n ** 64n - 1n,
      type: text,
      userId: text,
      appId: text,
      clusterId: text,
    }
    const shortstr = "0261ff"
    expect(properties(all)).toBe(
      `dffc${shortstr.repeat(2)}ffc8${shortstr.repeat(2)}0131${shortstr}${"ff".repeat(8)}${shortstr.repeat(4)}`,
    )
  })

  it("sorts headers by the octets of their keys, and keeps the first of equal ones", () => {
    const headers = (["b", "a", "x-a", "B", "a"] as const).map((key, at) => [key, field("b", `0${at}`)] as const)
    expect(properties({ headers })).toBe("200000000012 01426203 01616201 01626200 03782d616202".replaceAll(" ", ""))
  })

  it("says what it leaves out", () => {
    const headers = [
      ["a", longstr("1")],
      ["a", longstr("2")],
    ] as const
    const findings = explainPublished(amqp091Publish({ headers }), "amqp091", PROFILE)
    expect(findings.map(({ row, outcome, reason }) => [row, outcome, reason])).toEqual([
      ["amqp091-amqp091/headers/longstr", "kept", ""],
      ["amqp091-amqp091/headers/longstr", "lost", "duplicate"],
      ["amqp091-amqp091/payload", "kept", ""],
    ])
  })

  it("writes the other letter of a 64-bit integer", () => {
    expect(properties({ headers: [["k", field("L", "0000000000000005")]] })).toBe("20000000000b016b6c0000000000000005")
  })

  it("writes an expiration as a plain number", () => {
    expect(properties({ expiration: "+0060000" })).toBe("0100053630303030")
  })

  it("leaves out an expiration that no longer counts", () => {
    const { message } = amqp091Publish({ expiration: "1000" })
    const { head, headStart, headEnd } = converters.convert({ ...message, ttlMs: undefined }, "amqp091")
    expect([...head.subarray(headStart, headEnd)]).toEqual([0, 0])
  })

  it("does nothing in the profile documented", () => {
    const { message } = amqp091Publish({ expiration: "+1" })
    const documented = { profile: "documented", names: NAMES } as const
    expect(createConverters(documented).convert(message, "amqp091")).toBe(message)
    expect(explainPublished({ message, hop: [] }, "amqp091", documented)).toEqual([])
  })
})
