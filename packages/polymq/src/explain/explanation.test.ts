import type { Profile } from "@polymq/convert"
import { describe, expect, it } from "vitest"
import { explainTo } from "./explanation.ts"
import { PROTOCOLS, type Protocol } from "./protocols.ts"
import { fromHex } from "./read-input.ts"
import { report } from "./report.ts"

/** QoS 1, topic "a/b", packet identifier 7, content type "t/p", user property k = v, payload "hi". */
const PUBLISH_5 = "3217 0003 612f62 0007 0d 03 0003 742f70 26 0001 6b 0001 76 6869"
/** The same of MQTT 3.1.1. */
const PUBLISH_3 = "3209 0003 612f62 0007 6869"
/** Flags content_type and priority, "t/p", 5; payload "hi" apart. */
const CONTENT = "8800 03 742f70 05"

function explained(from: string, to: string, hex: string, body?: string, profile: Profile = "documented") {
  const [source, target] = [PROTOCOLS[from], PROTOCOLS[to]] as [Protocol, Protocol]
  const published = source.read(fromHex(hex), body === undefined ? undefined : fromHex(body), 0)
  return explainTo(published, source, target, profile)
}

const outcomes = (explanation: ReturnType<typeof explained>) =>
  explanation.findings.map(({ field, outcome }) => `${outcome} ${field}`)
const arrives = (explanation: ReturnType<typeof explained>) => explanation.arrives.fields.map(({ field }) => field)

describe("an explanation", () => {
  it("has a line for every field as published, hop by hop fields included", () => {
    expect(outcomes(explained("mqtt5", "amqp091", PUBLISH_5))).toEqual([
      "hop fixed-header.dup",
      "converted fixed-header.qos",
      "routing topic-name",
      "hop packet-identifier",
      "kept properties.user-property[k]",
      "kept properties.content-type",
      "kept payload",
    ])
  })

  it("shows what the consumer gets", () => {
    expect(arrives(explained("amqp091", "mqtt5", CONTENT, "6869"))).toEqual(["properties.content-type", "payload"])
  })

  it("loses every property on the way to MQTT 3.1.1, from whichever format", () => {
    for (const explanation of [
      explained("amqp091", "mqtt311", CONTENT, "6869"),
      explained("mqtt5", "mqtt311", PUBLISH_5),
    ]) {
      const property = explanation.findings.find(({ field }) => /content.type/.test(field))
      expect(property).toMatchObject({ outcome: "lost", after: undefined, reason: "MQTT 3.1.1 has no properties" })
      expect(arrives(explanation).some((field) => field.startsWith("properties."))).toBe(false)
      expect(arrives(explanation)).toContain("payload")
    }
  })

  it("keeps everything inside one format", () => {
    expect(outcomes(explained("mqtt311", "mqtt5", PUBLISH_3))).toEqual([
      "hop fixed-header.dup",
      "hop topic-name",
      "hop packet-identifier",
      "kept fixed-header.qos",
      "kept payload",
    ])
  })

  it("follows the profile that it is asked for", () => {
    const expiring = "300d 0003 612f62 05 02 0000003c 6869"
    const rows = (profile: Profile) =>
      explained("mqtt5", "amqp10", expiring, undefined, profile).findings.map(({ row }) => row)
    expect(rows("documented")).toContain("mqtt-amqp10/message-expiry-interval")
    expect(rows("rabbitmq-4.3")).toContain("mqtt-amqp10/message-expiry-interval/not-told")
  })

  it("names rows inside one format where the profile has some", () => {
    const [{ row: documented } = { row: "?" }] = explained("amqp091", "amqp091", CONTENT).findings
    const [{ row } = { row: "?" }] = explained("amqp091", "amqp091", CONTENT, undefined, "rabbitmq-4.3").findings
    expect([documented, row]).toEqual(["", "amqp091-amqp091/content-type"])
  })
})

describe("the report of an explanation", () => {
  it("is what people read, row by row", () => {
    expect(
      report(explained("amqp091", "mqtt5", CONTENT, "6869"), false),
    ).toBe(`AMQP 0.9.1 to MQTT 5.0  (profile documented)

  = kept       properties.content_type                    "t/p" shortstr
               -> properties.content-type                 "t/p" utf8
               row amqp091-mqtt/content-type

  x lost       properties.priority                        5 octet
               no place for it in the target
               row amqp091-mqtt/priority

  = kept       payload                                    "hi" payload
               -> payload                                 "hi" binary
               row amqp091-mqtt/payload

3 fields: 2 kept, 1 lost

What the MQTT 5.0 consumer gets

  properties.content-type                    "t/p" utf8
  payload                                    "hi" binary`)
  })

  it("stays within 100 columns, however long names and values are", () => {
    const long = "6b".repeat(300)
    const property = `26 012c ${long} 012c ${long}`
    const text = report(explained("mqtt5", "amqp091", `30 e204 0001 61 dd04 ${property}`), false)
    expect(text).toContain("lost")
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it("has colours only where they are wanted", () => {
    const explanation = explained("mqtt5", "amqp091", PUBLISH_5)
    expect(report(explanation, true)).toContain("\u001b[")
    expect(report(explanation, false)).not.toContain("\u001b[")
  })
})
