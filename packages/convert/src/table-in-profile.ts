import { inProfile, type Profile } from "./profile.ts"
import type { MapRule, Table } from "./table.ts"

/** A table with nothing but what one profile has of it. */
export interface TableInProfile extends Table {
  readonly sorted: readonly string[]
  readonly repeated: readonly string[]
}

/** The rows, type rows and rules of `table` that `profile` has. */
export function tableIn(table: Table, profile: Profile): TableInProfile {
  const mapsOf = (rules: readonly MapRule[]): readonly string[] =>
    rules.flatMap((rule) => (typeof rule === "string" ? [rule] : inProfile(rule, profile) ? [rule.field] : []))
  const absent = new Set(table.rows.filter((row) => !inProfile(row, profile)).map(({ id }) => id))
  return {
    ...table,
    precedence: table.precedence.map((order) => order.filter((id) => !absent.has(id))),
    rows: table.rows.filter((row) => inProfile(row, profile)),
    types: table.types.filter((row) => inProfile(row, profile)),
    sorted: mapsOf(table.sorted),
    repeated: mapsOf(table.repeated),
  }
}
