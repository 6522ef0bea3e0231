import { Described, type FormatName, formatOf, isList, type Published, type Value, ValueMap } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compile } from "./compile.ts"
import { explainPublished } from "./explain.ts"
import type { Finding } from "./finding.ts"
import { routeOf } from "./routes.ts"
import type { Table } from "./table.ts"
import { AMQP10_MESSAGES } from "./testing/amqp10-messages.ts"
import { AMQP091_MESSAGES, MQTT_MESSAGES } from "./testing/messages.ts"
import { fieldsOf } from "./testing/row-case.ts"

const OPTIONS = { profile: "documented", names: { mqttExchange: "amq.topic" } } as const

const PAIRS: readonly (readonly [FormatName, FormatName, fc.Arbitrary<Published>])[] = [
  ["mqtt", "amqp091", MQTT_MESSAGES],
  ["amqp091", "mqtt", AMQP091_MESSAGES],
  ["amqp10", "amqp091", AMQP10_MESSAGES],
  ["amqp10", "mqtt", AMQP10_MESSAGES],
  ["amqp091", "amqp10", AMQP091_MESSAGES],
  ["mqtt", "amqp10", MQTT_MESSAGES],
]

/** A field and its value as text that is equal where they are. */
function print(field: string, value: Value): string {
  return `${field} ${shown(value)}`
}

function shown({ type, value }: Value): string {
  if (value instanceof Uint8Array) return `${type} ${Buffer.from(value).toString("hex")}`
  if (isList(value)) return `${type} [${value.map(shown).join()}]`
  if (value instanceof ValueMap) return `${type} {${value.entries.flat().map(shown).join()}}`
  if (value instanceof Described) return `${type} ${shown(value.descriptor)} ${shown(value.value)}`
  return `${type} ${Object.is(value, -0) ? "-0" : String(value)}`
}

/** What a finding says that is written; a section that came in one piece is the fields that it holds. */
function writtenBy({ row, after }: Finding, table: Table): readonly string[] {
  if (after === undefined) return []
  const { fields } = formatOf(table.to)
  const literals = Object.entries(table.rows.find(({ id }) => id === row)?.set ?? {}).map(([field, value]) => {
    const type = fields.find(({ name }) => name === field)?.types[0] ?? ""
    return print(field, { type, value })
  })
  const { field, value } = after
  if (!(value.value instanceof ValueMap) || field.includes("[")) return [print(field, value), ...literals]
  return value.value.entries.map(([key, part]) =>
    print(field === "properties" ? `${field}.${key.value}` : `${field}[${key.value}]`, part),
  )
}

describe.each(PAIRS)("%s to %s", (from, to, messages) => {
  it("explains exactly what it converts", () => {
    const { table, source, target } = routeOf(from, to)
    fc.assert(
      fc.property(messages, (published) => {
        const converter = compile(table, source, target, OPTIONS.profile, OPTIONS.names)
        const findings = explainPublished(published, to, OPTIONS)
        const written = fieldsOf(converter.convert(published.message)).map(([field, value]) => print(field, value))
        const explained = findings.flatMap((finding) => writtenBy(finding, table))
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
        const { table } = routeOf(from, to)
        const rows = new Set([...table.rows, ...table.types].map((row) => row.id))
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
