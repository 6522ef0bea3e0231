import { Described, type FormatName, formatOf, isList, type Published, type Value, ValueMap } from "@polymq/message"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { compile } from "./compile.ts"
import { explainPublished } from "./explain.ts"
import type { Finding } from "./finding.ts"
import { PROFILES } from "./profile.ts"
import { routeOf } from "./routes.ts"
import type { Table } from "./table.ts"
import { tableIn } from "./table-in-profile.ts"
import { AMQP10_MESSAGES } from "./testing/amqp10-messages.ts"
import { AMQP091_MESSAGES, MQTT_MESSAGES } from "./testing/messages.ts"
import { fieldsOf } from "./testing/row-case.ts"

const NAMES = { mqttExchange: "amq.topic" }

const PAIRS: readonly (readonly [FormatName, FormatName, fc.Arbitrary<Published>])[] = [
  ["mqtt", "amqp091", MQTT_MESSAGES],
  ["amqp091", "mqtt", AMQP091_MESSAGES],
  ["amqp10", "amqp091", AMQP10_MESSAGES],
  ["amqp10", "mqtt", AMQP10_MESSAGES],
  ["amqp091", "amqp10", AMQP091_MESSAGES],
  ["mqtt", "amqp10", MQTT_MESSAGES],
]

const CASES = [
  ...PROFILES.flatMap((profile) => PAIRS.map(([from, to, messages]) => [from, to, profile, messages] as const)),
  ["amqp091", "amqp091", "rabbitmq-4.3", AMQP091_MESSAGES] as const,
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
  return value.value.entries.map(([key, part]) => print(partOf(String(key.value)), part))

  /** The name of a part: whole where it lies outside the section, else a field or entry of the section. */
  function partOf(key: string): string {
    const isWhole = key.startsWith("message-annotations[") || fields.some(({ name }) => name === key)
    if (isWhole) return key
    return field === "properties" ? `${field}.${key}` : `${field}[${key}]`
  }
}

describe.each(CASES)("%s to %s in the profile %s", (from, to, profile, messages) => {
  const options = { profile, names: NAMES }
  it("explains exactly what it converts", () => {
    const { table, source, target } = routeOf(from, to, profile)
    fc.assert(
      fc.property(messages, (published) => {
        const converter = compile(table, source, target, profile, NAMES)
        const findings = explainPublished(published, to, options)
        const written = fieldsOf(converter.convert(published.message)).map(([field, value]) => print(field, value))
        const explained = findings.flatMap((finding) => writtenBy(finding, table))
        expect(written.sort()).toEqual(explained.sort())

        const lost = findings.filter((finding) => finding.outcome === "lost").map((finding) => finding.row)
        const counted = converter.losses().flatMap(({ row, count }) => Array<string>(count).fill(row))
        expect(counted.sort()).toEqual(lost.sort())
      }),
      { numRuns: profile === "documented" ? 400 : 200, seed: 20_261_120 },
    )
  })

  it("finds a row for every field", () => {
    fc.assert(
      fc.property(messages, (published) => {
        const { table } = routeOf(from, to, profile)
        const own = tableIn(table, profile)
        const rows = new Set([...own.rows, ...own.types].map((row) => row.id))
        const findings = explainPublished(published, to, options)
        expect(findings.filter((finding) => !rows.has(finding.row) || finding.reason === "internal")).toEqual([])
        expect(findings).toHaveLength(fieldsOf(published.message).length + published.hop.length)
      }),
      { numRuns: profile === "documented" ? 200 : 100, seed: 7 },
    )
  })

  it("converts the same message to the same bytes again and again", () => {
    const { table, source, target } = routeOf(from, to, profile)
    const converter = compile(table, source, target, profile, NAMES)
    fc.assert(
      fc.property(messages, messages, ({ message }, { message: other }) => {
        const first = bytesOf(converter.convert(message))
        converter.convert(other)
        expect(bytesOf(converter.convert(message))).toEqual(first)
      }),
      { numRuns: profile === "documented" ? 100 : 50, seed: 11 },
    )
  })
})

function bytesOf({ head, headStart, headEnd, body, bodyStart, bodyEnd }: Published["message"]): readonly string[] {
  return [
    Buffer.from(head.subarray(headStart, headEnd)).toString("hex"),
    Buffer.from(body.subarray(bodyStart, bodyEnd)).toString("hex"),
  ]
}
