import { FieldIndex, type FormatName, type Message, type Published, type Slot, type Value } from "@polymq/message"
import { asBuffer, decodeUtf8, isUtf8 } from "@polymq/wire"
import type { ConverterOptions } from "./converters.ts"
import { type Draft, decided, winnersOf } from "./explained-claims.ts"
import type { Finding } from "./finding.ts"
import { judge, type RouteInProfile, rowAt, rowsOf, type Site } from "./judge.ts"
import { keyBytes, placeOf } from "./place.ts"
import { findRoute, type Route, routeOf } from "./routes.ts"
import type { Row, Target } from "./table.ts"
import { tableIn } from "./table-in-profile.ts"
import { unpackedDraft } from "./unpacked-draft.ts"

/**
 * Says of every field of a message which row decides about it on the way to `target`, and what comes out, in the order
 * of the source format's fields. Empty where source and target are one format that the profile leaves as it is. Never throws
 * for a message that a door has accepted. Raises `RangeError` where no table leads to `target`.
 */
export function explain(message: Message, target: FormatName, options: ConverterOptions): readonly Finding[] {
  return explainPublished({ message, hop: [] }, target, options)
}

/** As `explain`, for a message as it was published: also tells of the fields that end at the hop. */
export function explainPublished(
  published: Published,
  target: FormatName,
  options: ConverterOptions,
): readonly Finding[] {
  const { message, hop } = published
  const { format } = message
  if (format === target && findRoute(format, target, options.profile) === undefined) return []
  return explainRoute(routeOf(format, target, options.profile), message, hop, options)
}

/** Explains one direct conversion. */
export function explainRoute(
  direct: Route,
  message: Message,
  hop: Published["hop"],
  options: ConverterOptions,
): readonly Finding[] {
  const route = { ...direct, table: tableIn(direct.table, options.profile) }
  const index = new FieldIndex()
  route.source.scan(message, index)
  const context = { names: options.names, message, index }
  const drafts = index
    .list()
    .map((slot, number) => draftOf({ route, options, context, slot, number, before: readOrBytes(route, slot) }))
  const winners = winnersOf(route.table, drafts)
  const findings = drafts.map((draft) => decided(draft, winners))
  return inFieldOrder(route, [...hop.map((field) => hopFinding(route, field)), ...findings])
}

/** The value of a slot; its octets where decoding it would take too much memory. */
function readOrBytes({ source }: Route, slot: Slot): Value {
  try {
    return source.read(slot)
  } catch {
    const { type, bytes, start, end } = slot
    return { type: source.types[type]?.name ?? "", value: bytes.subarray(start, end) }
  }
}

function draftOf(site: Site): Draft {
  const { route, slot, before } = site
  const spec = route.source.fields[slot.field]
  const key = spec?.isMap === true ? keyOf(site) : undefined
  const field = nameOf(spec?.name ?? "", key)
  const row = rowAt(site)
  const target = row?.to[0]
  if (row === undefined) return { finding: unmatched(route, field, before), claims: [] }
  if (row.unpack !== undefined) return unpackedDraft(site, field, row, row.unpack)
  const { value, ...judgement } = judge(site, row)
  if (value === undefined || target === undefined) {
    return { finding: { ...judgement, field, before, after: undefined }, claims: [] }
  }
  const places = [...row.to, ...Object.keys(row.set ?? {})]
  return {
    finding: { ...judgement, field, before, after: { field: nameOf(target, key), value } },
    claims: places.map((to) => ({ row: row.id, place: placeOf(site, to) })),
  }
}

function unmatched(route: Route, field: string, before: Finding["before"]): Finding {
  const row = `${route.table.name}/unmatched`
  return { row, typeRow: undefined, field, before, after: undefined, outcome: "lost", reason: "" }
}

function hopFinding(route: RouteInProfile, { field, value }: Published["hop"][number]): Finding {
  const from = route.source.fields[fieldNumber(route, field)]?.name ?? field
  const row: Row | undefined = rowsOf(route, from, value.type)[0]
  const finding = unmatched(route, field, value)
  return row === undefined
    ? finding
    : { ...finding, row: row.id, outcome: row.ends ?? "lost", reason: row.reason ?? "" }
}

function inFieldOrder(route: Route, findings: readonly Finding[]): readonly Finding[] {
  return [...findings].sort((left, right) => fieldNumber(route, left.field) - fieldNumber(route, right.field))
}

/** Number of the source field that a finding's field is, or is an entry of. */
function fieldNumber({ source }: Route, field: string): number {
  return source.fields.findIndex(({ name, isMap }) =>
    isMap ? field.startsWith(`${name.slice(0, -2)}[`) : name === field,
  )
}

/** "properties.headers[x-stream]" for an entry, the field itself for others. */
function nameOf(to: Target, key: string | undefined): string {
  if (typeof to !== "string") return `${to.field.slice(0, -2)}[${to.key}]`
  return key === undefined || !to.endsWith(".*") ? to : `${to.slice(0, -2)}[${key}]`
}

/** The key of an entry; hexadecimal where it is not UTF-8. */
function keyOf(site: Site): string {
  const bytes = keyBytes(site)
  return isUtf8(bytes) ? decodeUtf8(bytes) : `0x${asBuffer(bytes).toString("hex")}`
}
