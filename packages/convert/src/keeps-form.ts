import type { Route } from "./routes.ts"
import type { Row } from "./table.ts"

/**
 * Whether a row leaves a value of type `type`, written as `as`, the same bytes in an equal field: nothing transforms it,
 * both types have one encoding, and an entry of a map stays an entry under its own key.
 */
export function keepsForm({ source, target }: Route, row: Row, type: string, as: string): boolean {
  const from = source.types.find((spec) => spec.name === type)?.encoding
  const to = target.types.find((spec) => spec.name === as)?.encoding
  const isEntry = source.fields.some((field) => field.name === row.from && field.isMap)
  const staysEntry = target.fields.some((field) => field.name === row.to[0] && field.isMap)
  return row.via === undefined && from === to && isEntry === staysEntry && typeof row.to[0] === "string"
}
