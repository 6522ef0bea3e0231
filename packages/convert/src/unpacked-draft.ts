import { ValueMap } from "@polymq/message"
import type { Claim, Draft, Part } from "./explained-claims.ts"
import type { Site } from "./judge.ts"
import { placeOf } from "./place.ts"
import type { Row, Unpacking } from "./table.ts"

/** Explains a value that is taken apart: what comes out is all its fields, as a map by their names. */
export function unpackedDraft(site: Site, field: string, row: Row, { section, list }: Unpacking): Draft {
  const { route, before } = site
  const parts: Part[] = []
  const claims: Claim[] = []
  for (const slot of list(site.slot)) {
    const spec = route.target.fields[slot.field]
    if (spec === undefined || !row.to.includes(spec.name)) continue
    const name = { type: "symbol", value: spec.name.slice(section.length + 1) }
    parts.push({ key: spec.isMap ? route.target.readKey(slot) : name, value: route.target.read(slot) })
    claims.push({ row: row.id, place: placeOf({ ...site, slot }, spec.name) })
  }
  const after = { field: section, value: { type: "map", value: new ValueMap([]) } }
  return {
    finding: { row: row.id, typeRow: undefined, field, before, after, outcome: "converted", reason: "" },
    claims,
    parts,
  }
}
