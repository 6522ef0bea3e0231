import type { Value } from "@polymq/message"

/** What became of one source field. */
export type FindingOutcome =
  /** The same bytes in an equal field. */
  | "kept"
  /** In the target, in another form. */
  | "converted"
  /** In the target, with less precision or range. */
  | "narrowed"
  | "lost"
  /** Not in the target's bytes: it lives on in the envelope. */
  | "routing"
  /** Ends at its connection by definition. */
  | "hop"

/** One line of an explanation. */
export interface Finding {
  /** Id of the row that decided. */
  readonly row: string
  /** Id of the type row that decided how the value is written; undefined where the row itself names the type. */
  readonly typeRow: string | undefined
  /** Source field; map entries as `field[key]`. */
  readonly field: string
  readonly before: Value
  readonly after: { readonly field: string; readonly value: Value } | undefined
  readonly outcome: FindingOutcome
  /** A stable code; empty where the row says it all. */
  readonly reason: string
}
