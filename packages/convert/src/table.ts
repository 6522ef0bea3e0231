import type { FieldIndex, FormatName, Message, Value } from "@polymq/message"
import type { Names, Profile } from "./profile.ts"

/** Where a condition or a row stands while it looks at a message. */
export interface Site {
  readonly message: Message
  readonly index: FieldIndex
  readonly slot: number
  readonly names: Names
}

/** A named predicate of a row; `text` is what the generated page prints. */
export interface Condition {
  readonly name: string
  readonly text: string
  test(message: Message, index: FieldIndex, slot: number, names: Names): boolean
}

/** What a transform makes of a value: the target's value, narrowed or not, or a loss and its reason. */
export type Transformed = { readonly value: Value; readonly narrowed?: string } | { readonly lost: string }

/** A named change of a value on its way (seconds to milliseconds, topic to key …); one implementation for `compile` and `explain`. */
export interface Transform {
  readonly name: string
  readonly text: string
  apply(value: Value, site: Site): Transformed
}

/** One line of a conversion table of the specification; data, nothing else. */
export interface Row {
  /** "mqtt-amqp091/content-type": table, source field and, where there are several rows, what sets this one apart. */
  readonly id: string
  /** A field of the source format's catalogue. */
  readonly from: string
  /** A wire type of the source format; "*" for any. */
  readonly type: string
  /** Condition on a map entry's key. */
  readonly key?: Condition
  /** Condition on the value, on another field, or on the names. */
  readonly when?: Condition
  readonly via?: Transform
  /** Literals for further target fields. */
  readonly set?: Readonly<Record<string, string | number>>
  /** Target fields; empty: lost by this row. `{ field, key }` is an entry of a map with a key of its own. */
  readonly to: readonly Target[]
  /** A wire type of the target format; "*" by the table's type rows; "" where `to` is empty. */
  readonly as: string
  /** What a row without target means; "lost" when absent. */
  readonly ends?: "lost" | "routing" | "hop"
  /** The specification's own cells, left to right, for the generated page. */
  readonly labels: readonly string[]
  readonly note?: string
  /** Profiles that have the row; all when absent. */
  readonly profiles?: readonly Profile[]
  /** Anchor in the specification, or the decision that fills its hole. */
  readonly spec: string
}

export type Target = string | { readonly field: string; readonly key: string }

/** One direct conversion between two formats. Rows of one source field are tried in order; the last one matches everything. */
export interface Table {
  readonly from: FormatName
  readonly to: FormatName
  readonly title: string
  /** Headings of the specification's table, as many as a row has labels. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  readonly typeColumns: readonly string[]
  /** The "Type Conversions" half, used where a row says `as: "*"`. */
  readonly types: readonly Row[]
  /** Row ids that meet in one target; the earlier wins, the others are reported lost. */
  readonly precedence: readonly (readonly string[])[]
  /** Target maps whose entries are sorted by key; others keep the order of the source. */
  readonly sorted: readonly string[]
}
