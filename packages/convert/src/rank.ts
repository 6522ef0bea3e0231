import type { Row, Target } from "./table.ts"
import type { TableInProfile } from "./table-in-profile.ts"

/** The name of the field that a row's target is or lies in. */
export function targetField(target: Target): string {
  return typeof target === "string" ? target : target.field
}

/** Everything a row writes to, literals included. */
export function targetsOf(row: Row): readonly Target[] {
  return [...row.to, ...Object.keys(row.set ?? {})]
}

/** Rows of other source fields whose values can meet those of `row` in the target field `field`. */
function rivalsOf(rows: readonly Row[], row: Row, field: string): readonly Row[] {
  const own = targetsOf(row).filter((target) => targetField(target) === field)
  return rows.filter(
    (other) =>
      other.from !== row.from &&
      targetsOf(other).some((target) => targetField(target) === field && own.some((mine) => canMeet(mine, target))),
  )
}

/**
 * The place of `row` among those that meet in `field`, 0 where it meets none. Raises `Error` where the table's
 * precedence does not order them. Entries of one source map need no order: without one, the first of them wins.
 */
export function rankOf(table: TableInProfile, row: Row, field: string): number {
  if (table.repeated.includes(field)) return 0
  const rivals = rivalsOf(table.rows, row, field)
  const order = table.precedence.find((ids) => ids.includes(row.id) && rivals.every((rival) => ids.includes(rival.id)))
  if (order === undefined) {
    if (rivals.length === 0) return 0
    throw new Error(`${row.id} meets ${rivals.map(({ id }) => id).join(", ")} in ${field}: no precedence orders them`)
  }
  return order.indexOf(row.id)
}

function canMeet(left: Target, right: Target): boolean {
  return typeof left === "string" || typeof right === "string" || left.key === right.key
}
