import type { FieldIndex, FormatName, Message, Slot } from "@polymq/message"
import type { Output } from "./output.ts"
import type { Names, Profile } from "./profile.ts"
import type { Verdict } from "./verdict.ts"

/** What a value is part of: few rows look at more than the value. */
export interface Context {
  readonly names: Names
  readonly message: Message
  /** All fields of the message. */
  readonly index: FieldIndex
}

/** A named predicate of a row, judged on the bytes of a slot; `text` is what the generated page prints. */
export interface Condition {
  readonly name: string
  readonly text: string
  test(slot: Slot, context: Context): boolean
}

/**
 * A named change of a value on its way (seconds to milliseconds, topic to key …). It works on bytes: from those of the
 * slot it makes, in `out`, the bytes of the row's target type in that type's encoding. One implementation serves the
 * compiled table and the explanation.
 */
export interface Transform {
  readonly name: string
  readonly text: string
  apply(slot: Slot, out: Output, context: Context): Verdict
}

/** A named way to take a value apart that holds several fields of the target, in the target's encoding. */
export interface Unpacking {
  readonly name: string
  readonly text: string
  /** What the fields are together, as a finding names it. */
  readonly section: string
  /** The fields in a slot that the row's conditions have accepted, by the numbers of the target format. */
  list(slot: Slot, context: Context): readonly Slot[]
}

/** One line of a conversion table of the specification; data, nothing else. */
export interface Row {
  /** "mqtt-amqp091/content-type": table, source field and, where there are several rows, what sets this one apart. */
  readonly id: string
  /** A field of the source format's catalogue; empty in type rows. */
  readonly from: string
  /** A wire type of the source format; "*" for any. In type rows also "map.key": the keys inside a value of type map. */
  readonly type: string
  /** Condition on a map entry's key. */
  readonly key?: Condition
  /** Condition on the value, on another field, or on the names. */
  readonly when?: Condition
  readonly via?: Transform
  /** Takes the value apart; `to` then lists the fields that can be in it, and `as` is "*". */
  readonly unpack?: Unpacking
  /** Literals for further target fields. */
  readonly set?: Readonly<Record<string, string | number>>
  /** Target fields; empty: lost by this row. `{ field, key }` is an entry of a map with a key of its own. */
  readonly to: readonly Target[]
  /** A wire type of the target format; "*" by the table's type rows; "" where the value is lost. */
  readonly as: string
  /** What a row without target means; "lost" when absent. */
  readonly ends?: "lost" | "routing" | "hop"
  /** Why a value that reaches this row is lost, as a code ("too-large"); absent where the row itself says it. */
  readonly reason?: string
  /** The specification's own cells, left to right, for the generated page. */
  readonly labels: readonly string[]
  readonly note?: string
  /** Profiles that have the row; all when absent. */
  readonly profiles?: readonly Profile[]
  /** Anchor in the specification, or the decision that fills its hole. */
  readonly spec: string
}

/** Where a row writes: a field, or an entry with a key of its own in a map. */
export type Target = string | { readonly field: string; readonly key: string }

/** A target map that a rule holds for, in all profiles or in some. */
export type MapRule = string | { readonly field: string; readonly profiles: readonly Profile[] }

/** One direct conversion between two formats. Rows of one source field are tried in order; the last one matches everything. */
export interface Table {
  /** Profiles that have the table; all when absent. Without a table a message of the same format stays as it is. */
  readonly profiles?: readonly Profile[]
  /** Prefix of the row ids and name of the generated page: "mqtt-amqp091". */
  readonly name: string
  readonly from: FormatName
  readonly to: FormatName
  readonly title: string
  /** Anchor of the table in the specification. */
  readonly spec: string
  /** Headings of the specification's table, as many as a row has labels. */
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
  /** Headings of the "Type Conversions" half; empty where the specification has none. */
  readonly typeColumns: readonly string[]
  /** The "Type Conversions" half, used where a row says `as: "*"`. */
  readonly types: readonly Row[]
  /** Row ids that meet in one target; the earlier wins, the others are reported lost. */
  readonly precedence: readonly (readonly string[])[]
  /** Target maps whose entries are sorted by key, octet by octet; others keep the order of the source. */
  readonly sorted: readonly MapRule[]
  /** Target maps that may hold a key more than once; in others the first of equal keys wins. */
  readonly repeated: readonly MapRule[]
  /** Wire type of the keys of each target map. */
  readonly keyTypes: Readonly<Record<string, string>>
}
