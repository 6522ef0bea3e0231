import { type Format, type Slot, type Value, ValueMap } from "@polymq/message"
import type { Claim, Draft, Part } from "./explained-claims.ts"
import type { Site } from "./judge.ts"
import { placeOf } from "./place.ts"
import type { Row, Unpacking } from "./table.ts"

/** Explains a value that is taken apart: what comes out is all its fields, as a map by their names. */
export function unpackedDraft(site: Site, field: string, row: Row, { section, list }: Unpacking): Draft {
  const { route, context, before } = site
  const parts: Part[] = []
  const claims: Claim[] = []
  for (const slot of list(site.slot, context)) {
    const spec = route.target.fields[slot.field]
    if (spec === undefined || !row.to.includes(spec.name)) continue
    parts.push({ key: partKey(route.target, section, slot), value: route.target.read(slot) })
    claims.push({ row: row.id, place: placeOf({ ...site, slot }, spec.name) })
  }
  const after = { field: section, value: { type: "map", value: new ValueMap([]) } }
  return {
    finding: { row: row.id, typeRow: undefined, field, before, after, outcome: "converted", reason: "" },
    claims,
    parts,
  }
}

/** What names a part: inside the section its own name or key, outside the whole name of the field. */
function partKey(target: Format, section: string, slot: Slot): Value {
  const { name, isMap } = target.fields[slot.field] as Format["fields"][number]
  const isInside = name.startsWith(`${section}.`)
  if (!isMap) return { type: "symbol", value: isInside ? name.slice(section.length + 1) : name }
  const key = target.readKey(slot)
  return isInside ? key : { type: "symbol", value: `${name.slice(0, -2)}[${String(key.value)}]` }
}
