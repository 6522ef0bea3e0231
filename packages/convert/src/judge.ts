import type { Slot, Value } from "@polymq/message"
import type { ConverterOptions } from "./converters.ts"
import type { Finding } from "./finding.ts"
import { keepsForm } from "./keeps-form.ts"
import { NestedConversion } from "./nested.ts"
import { Output } from "./output.ts"
import { recoded } from "./recoded.ts"
import type { Route } from "./routes.ts"
import type { Condition, Context, Row } from "./table.ts"
import type { TableInProfile } from "./table-in-profile.ts"

/** A route as one profile takes it. */
export interface RouteInProfile extends Route {
  readonly table: TableInProfile
}

/** One field of a message that is to be explained. */
export interface Site {
  readonly route: RouteInProfile
  readonly options: ConverterOptions
  readonly context: Context
  readonly slot: Slot
  /** Place among the fields of the message. */
  readonly number: number
  readonly before: Value
}

/** What the rows make of one value, before it is known whether another value takes its place. */
export interface Judgement extends Pick<Finding, "row" | "typeRow" | "outcome" | "reason"> {
  /** The target's value; undefined where there is none. */
  readonly value: Value | undefined
}

/** Rows for a source field and wire type, in order. */
export function rowsOf({ table }: Route, from: string, type: string): readonly Row[] {
  return table.rows.filter((row) => row.from === from && (row.type === "*" || row.type === type))
}

/** The first row whose conditions hold. */
export function rowAt(site: Site): Row | undefined {
  const { route, slot } = site
  const from = route.source.fields[slot.field]?.name ?? ""
  return rowsOf(route, from, site.before.type).find((row) => holds(row.key, site) && holds(row.when, site))
}

/** What `row` makes of the value. A value that breaks a condition or transform is lost. */
export function judge(site: Site, row: Row): Judgement {
  const none = { row: row.id, typeRow: undefined, value: undefined }
  if (row.to.length === 0) return { ...none, outcome: row.ends ?? "lost", reason: row.reason ?? "" }
  try {
    return row.as === "*" ? byTypeRows(site, row) : byRow(site, row, row)
  } catch {
    return { ...none, outcome: "lost", reason: "internal" }
  }
}

function holds(condition: Condition | undefined, { slot, context }: Site): boolean {
  return condition === undefined || condition.test(slot, context)
}

/** The row leaves it to the type rows what becomes of the value. */
function byTypeRows(site: Site, row: Row): Judgement {
  const { route, before } = site
  const encoding = route.source.types.find((type) => type.name === before.type)?.encoding
  if (encoding === "encoded" && row.via === undefined) return byElements(site, row)
  const typeRow = route.table.types.find(
    (candidate) => (candidate.type === before.type || candidate.type === "*") && holds(candidate.when, site),
  )
  if (typeRow === undefined || typeRow.as === "") return lostBy(row, typeRow)
  return { ...byRow(site, row, typeRow), typeRow: typeRow.id }
}

/** A list or map, converted element by element. */
function byElements({ route, options, before }: Site, row: Row): Judgement {
  const { table, source, target } = route
  const conversion = new NestedConversion(table, source, target, options.names)
  const { value, row: typeRow, lostInside } = conversion.convert(before)
  if (value === undefined) return lostBy(row, typeRow)
  const found = { row: row.id, typeRow: typeRow?.id, value }
  return lostInside === 0
    ? { ...found, outcome: "converted", reason: "" }
    : { ...found, outcome: "narrowed", reason: "elements-lost" }
}

function lostBy(row: Row, typeRow: Row | undefined): Judgement {
  const reason = typeRow?.reason ?? ""
  return { row: typeRow?.id ?? row.id, typeRow: typeRow?.id, value: undefined, outcome: "lost", reason }
}

/** `typing`, the row itself or the type row it was joined with, names the target's type. */
function byRow(site: Site, row: Row, typing: Row): Judgement {
  const { route, slot, context, before } = site
  const { target } = route
  const found = { row: row.id, typeRow: undefined }
  const via = row.via ?? typing.via
  const type = target.types.findIndex((spec) => spec.name === typing.as)
  if (via === undefined) {
    const outcome = keepsForm(route, row, before.type, typing.as) ? "kept" : "converted"
    const value = recoded(before.value, target.types[type]?.encoding)
    return { ...found, outcome, reason: "", value: { type: typing.as, value } }
  }
  const output = new Output()
  output.begin()
  const { outcome, reason } = via.apply(slot, output, context)
  if (outcome === "lost") return { ...found, outcome, reason, value: undefined }
  const result = output.finish()
  result.type = type
  return { ...found, outcome, reason, value: target.read(result) }
}
