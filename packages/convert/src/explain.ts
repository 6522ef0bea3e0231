import { FieldIndex, type FormatName, type Message, type Published, type Value } from "@polymq/message"
import { asBuffer, decodeUtf8, encodeUtf8, isUtf8 } from "@polymq/wire"
import type { ConverterOptions } from "./converters.ts"
import type { Finding, FindingOutcome } from "./finding.ts"
import { keepsForm } from "./keeps-form.ts"
import { NestedConversion } from "./nested.ts"
import { Output } from "./output.ts"
import { inProfile, type Names } from "./profile.ts"
import { type Route, routeOf } from "./routes.ts"
import type { Row, Target } from "./table.ts"

/**
 * Says of every field of a message which row decides about it on the way to `target`, and what comes out, in the order
 * of the source format's fields. Empty where source and target are one format: nothing is converted then. Never throws
 * for a message that a door has accepted. Raises `RangeError` where no table leads to `target`.
 */
export function explain(message: Message, target: FormatName, options: ConverterOptions): readonly Finding[] {
  return message.format === target ? [] : explainRoute(routeOf(message.format, target), message, [], options)
}

/** As `explain`, for a message as it was published: also tells of the fields that end at the hop. */
export function explainPublished(
  published: Published,
  target: FormatName,
  options: ConverterOptions,
): readonly Finding[] {
  const { message, hop } = published
  return message.format === target ? [] : explainRoute(routeOf(message.format, target), message, hop, options)
}

/** What one row makes of one value, before it is known whether another value takes its place. */
interface Verdict {
  readonly row: string
  readonly typeRow: string | undefined
  readonly outcome: FindingOutcome
  readonly reason: string
  readonly value: Value | undefined
}

/** A place in the target that a row writes to. */
interface Claim {
  readonly row: string
  /** Equal for claims that cannot both be written. */
  readonly place: string
}

interface Draft {
  readonly finding: Finding
  /** The first is where the value goes; literals follow. */
  readonly claims: readonly Claim[]
}

/** Explains one direct conversion. */
export function explainRoute(
  route: Route,
  message: Message,
  hop: Published["hop"],
  options: ConverterOptions,
): readonly Finding[] {
  const index = new FieldIndex()
  route.source.scan(message, index)
  const drafts: Draft[] = []
  for (let slot = 0; slot < index.count; slot++) drafts.push(draftOf(route, options, message, index, slot))
  const winners = winnersOf(route, drafts)
  const findings = drafts.map((draft) => decided(draft, winners))
  return inFieldOrder(route, [...hop.map((field) => hopFinding(route, options, field)), ...findings])
}

function draftOf(route: Route, options: ConverterOptions, message: Message, index: FieldIndex, slot: number): Draft {
  const { source } = route
  const spec = source.fields[index.field[slot] as number]
  const from = spec?.name ?? ""
  const before = source.read(index, slot)
  const key = spec?.isMap === true ? keyOf(index, slot) : undefined
  const field = key === undefined ? from : entryName(from, key)
  const type = source.types[index.type[slot] as number]?.name ?? ""
  const row = rowsOf(route, options, from, type).find((candidate) =>
    [candidate.key, candidate.when].every(
      (condition) => condition?.test(message, index, slot, options.names) !== false,
    ),
  )
  const verdict = verdictOf(route, options, row, message, index, slot, before)
  const target = row?.to[0]
  if (row === undefined || verdict.value === undefined || target === undefined) {
    return { finding: { ...noValue(verdict), field, before, after: undefined }, claims: [] }
  }
  const after = { field: nameOf(target, key), value: verdict.value }
  const others = [...row.to.slice(1), ...Object.keys(row.set ?? {})]
  const claims = [target, ...others].map((to) => claimOf(route, row, to, index, slot))
  return { finding: { ...noValue(verdict), field, before, after }, claims }
}

function rowsOf(route: Route, { profile }: ConverterOptions, from: string, type: string): readonly Row[] {
  return route.table.rows.filter(
    (row) => row.from === from && (row.type === "*" || row.type === type) && inProfile(row, profile),
  )
}

function verdictOf(
  route: Route,
  options: ConverterOptions,
  row: Row | undefined,
  message: Message,
  index: FieldIndex,
  slot: number,
  before: Value,
): Verdict {
  const none = { row: row?.id ?? `${route.table.name}/unmatched`, typeRow: undefined, value: undefined }
  if (row === undefined) return { ...none, outcome: "lost", reason: "" }
  if (row.to.length === 0) return { ...none, outcome: row.ends ?? "lost", reason: row.reason ?? "" }
  try {
    return row.as === "*"
      ? byTypeRows(route, options, row, message, index, slot, before)
      : byRow(route, options.names, row, row, message, index, slot, before)
  } catch {
    return { ...none, outcome: "lost", reason: "internal" }
  }
}

/** The row leaves it to the type rows what becomes of the value. */
function byTypeRows(
  route: Route,
  options: ConverterOptions,
  row: Row,
  message: Message,
  index: FieldIndex,
  slot: number,
  before: Value,
): Verdict {
  const { table, source, target } = route
  const encoding = source.types[index.type[slot] as number]?.encoding
  if (encoding === "encoded" && row.via === undefined) {
    const {
      value,
      row: typeRow,
      lostInside,
    } = new NestedConversion(table, source, target, options.profile, options.names).convert(before)
    const found = { row: row.id, typeRow: typeRow?.id, value }
    if (value === undefined)
      return { ...found, row: typeRow?.id ?? row.id, outcome: "lost", reason: typeRow?.reason ?? "" }
    return lostInside === 0
      ? { ...found, outcome: "converted", reason: "" }
      : { ...found, outcome: "narrowed", reason: "elements-lost" }
  }
  const typeRow = table.types.find(
    (candidate) =>
      (candidate.type === before.type || candidate.type === "*") &&
      inProfile(candidate, options.profile) &&
      candidate.when?.test(message, index, slot, options.names) !== false,
  )
  if (typeRow === undefined || typeRow.as === "") {
    const id = typeRow?.id
    return { row: id ?? row.id, typeRow: id, value: undefined, outcome: "lost", reason: typeRow?.reason ?? "" }
  }
  const verdict = byRow(route, options.names, row, typeRow, message, index, slot, before)
  return { ...verdict, typeRow: typeRow.id }
}

/** The row itself, or the type row it was joined with, names the target's type. */
function byRow(
  route: Route,
  names: Names,
  row: Row,
  typing: Row,
  message: Message,
  index: FieldIndex,
  slot: number,
  before: Value,
): Verdict {
  const { target } = route
  const found = { row: row.id, typeRow: undefined }
  const via = row.via ?? typing.via
  const type = target.types.findIndex((spec) => spec.name === typing.as)
  if (via === undefined) {
    const outcome = keepsForm(route, row, before.type, typing.as) ? "kept" : "converted"
    const to = target.types[type]?.encoding
    return { ...found, outcome, reason: "", value: { type: typing.as, value: recoded(before, to) } }
  }
  const output = new Output()
  output.begin()
  const { outcome, reason } = via.apply(message, index, slot, names, output)
  if (outcome === "lost") return { ...found, outcome, reason, value: undefined }
  output.finish()
  const result = new FieldIndex()
  result.add(0, type, output.bytes, output.start, output.end)
  return { ...found, outcome, reason, value: target.read(result, 0) }
}

/** The same value under a type of another encoding: only text and octets look different. */
function recoded({ value }: Value, encoding: string | undefined): Value["value"] {
  if (encoding === "text" && value instanceof Uint8Array) return isUtf8(value) ? decodeUtf8(value) : value
  if (encoding === "binary" && typeof value === "string") return encodeUtf8(value)
  return value
}

function noValue({ value: _, ...rest }: Verdict): Omit<Verdict, "value"> {
  return rest
}

function claimOf({ table, target }: Route, row: Row, to: Target, index: FieldIndex, slot: number): Claim {
  const field = typeof to === "string" ? to : to.field
  if (table.repeated.includes(field)) return { row: row.id, place: `${field} ${slot}` }
  const isMap = target.fields.some((spec) => spec.name === field && spec.isMap)
  const key = typeof to === "string" ? keyBytes(index, slot) : encodeUtf8(to.key)
  return { row: row.id, place: isMap ? `${field} ${asBuffer(key).toString("hex")}` : field }
}

/** The claim that takes each place: the one that the precedence names first, else the first of all. */
function winnersOf({ table }: Route, drafts: readonly Draft[]): ReadonlyMap<string, Claim> {
  const winners = new Map<string, Claim>()
  for (const claim of drafts.flatMap((draft) => draft.claims)) {
    const holder = winners.get(claim.place)
    const order = table.precedence.find((ids) => ids.includes(claim.row) && ids.includes(holder?.row ?? ""))
    const isStronger = order !== undefined && order.indexOf(claim.row) < order.indexOf(holder?.row ?? "")
    if (holder === undefined || isStronger) winners.set(claim.place, claim)
  }
  return winners
}

function decided({ finding, claims: [claim] }: Draft, winners: ReadonlyMap<string, Claim>): Finding {
  const winner = claim === undefined ? undefined : winners.get(claim.place)
  if (winner === claim) return finding
  const reason = winner?.row === claim?.row ? "duplicate" : "outranked"
  return { ...finding, after: undefined, outcome: "lost", reason }
}

function hopFinding(route: Route, options: ConverterOptions, { field, value }: Published["hop"][number]): Finding {
  const from = route.source.fields.find((spec) => spec.name === field || field.startsWith(spec.name.replace("*", "")))
  const row = rowsOf(route, options, from?.name ?? field, value.type)[0]
  return {
    row: row?.id ?? `${route.table.name}/unmatched`,
    typeRow: undefined,
    field,
    before: value,
    after: undefined,
    outcome: row?.ends ?? "lost",
    reason: row?.reason ?? "",
  }
}

function inFieldOrder({ source }: Route, findings: readonly Finding[]): readonly Finding[] {
  const place = ({ field }: Finding) =>
    source.fields.findIndex(({ name, isMap }) => (isMap ? field.startsWith(`${name.slice(0, -2)}[`) : name === field))
  return [...findings].sort((left, right) => place(left) - place(right))
}

/** "properties.headers[x-stream]" for an entry, the field itself for others. */
function nameOf(to: Target, key: string | undefined): string {
  if (typeof to !== "string") return entryName(to.field, to.key)
  return key === undefined || !to.endsWith(".*") ? to : entryName(to, key)
}

function entryName(field: string, key: string): string {
  return `${field.slice(0, -2)}[${key}]`
}

/** The key of an entry; hexadecimal where it is not UTF-8. */
function keyOf(index: FieldIndex, slot: number): string {
  const bytes = keyBytes(index, slot)
  return isUtf8(bytes) ? decodeUtf8(bytes) : `0x${asBuffer(bytes).toString("hex")}`
}

function keyBytes(index: FieldIndex, slot: number): Uint8Array {
  return (index.bytes[slot] as Uint8Array).subarray(index.keyStart[slot], index.keyEnd[slot])
}
