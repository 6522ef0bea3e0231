import type { FormatName, Published, Value } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compile } from "./compile.ts"
import { explainPublished } from "./explain.ts"
import { routeOf } from "./routes.ts"
import { AMQP091_MESSAGES, MQTT_MESSAGES } from "./testing/messages.ts"
import { fieldsOf } from "./testing/row-case.ts"

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const

const PAIRS: readonly (readonly [FormatName, FormatName, fc.Arbitrary<Published>])[] = [
  ["mqtt", "amqp091", MQTT_MESSAGES],
  ["amqp091", "mqtt", AMQP091_MESSAGES],
]

/** A field and its value as text that is equal where they are. */
function print(field: string, { type, value }: Value): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString("hex") : String(value)
  return `${field} ${type} ${text}`
}

describe.each(PAIRS)("%s to %s", (from, to, messages) => {
  it("explains exactly what it converts", () => {
    const { table, source, target } = routeOf(from, to)
    fc.assert(
      fc.property(messages, (published) => {
        const converter = compile(table, source, target, OPTIONS.profile, OPTIONS.names)
        const findings = explainPublished(published, to, OPTIONS)
        const written = fieldsOf(converter.convert(published.message)).map(([field, value]) => print(field, value))
        const explained = findings.flatMap(({ after }) =>
          after === undefined ? [] : [print(after.field, after.value)],
        )
        expect(written.sort()).toEqual(explained.sort())

        const lost = findings.filter((finding) => finding.outcome === "lost").map((finding) => finding.row)
        const counted = converter.losses().flatMap(({ row, count }) => Array<string>(count).fill(row))
        expect(counted.sort()).toEqual(lost.sort())
      }),
      { numRuns: 400, seed: 20_261_120 },
    )
  })

  it("finds a row for every field", () => {
    fc.assert(
      fc.property(messages, (published) => {
        const rows = new Set(routeOf(from, to).table.rows.map((row) => row.id))
        const findings = explainPublished(published, to, OPTIONS)
        expect(findings.filter((finding) => !rows.has(finding.row) || finding.reason === "internal")).toEqual([])
        expect(findings).toHaveLength(fieldsOf(published.message).length + published.hop.length)
      }),
      { numRuns: 200, seed: 7 },
    )
  })

  it("converts the same message to the same bytes again and again", () => {
    const { table, source, target } = routeOf(from, to)
    const converter = compile(table, source, target, OPTIONS.profile, OPTIONS.names)
    fc.assert(
      fc.property(messages, messages, ({ message }, { message: other }) => {
        const first = bytesOf(converter.convert(message))
        converter.convert(other)
        expect(bytesOf(converter.convert(message))).toEqual(first)
      }),
      { numRuns: 100, seed: 11 },
    )
  })
})

function bytesOf({ head, headStart, headEnd, body, bodyStart, bodyEnd }: Published["message"]): readonly string[] {
  return [
    Buffer.from(head.subarray(headStart, headEnd)).toString("hex"),
    Buffer.from(body.subarray(bodyStart, bodyEnd)).toString("hex"),
  ]
}
