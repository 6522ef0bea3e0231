import type { Format } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { checkTable } from "./check-table.ts"
import type { Profile } from "./profile.ts"
import { rankOf } from "./rank.ts"
import type { Condition, Row, Table, Target, Transform } from "./table.ts"

/** What one row writes to one target field. */
export interface Write {
  /** Number of the target field. */
  readonly field: number
  /** Number of the target type. */
  readonly type: number
  readonly isMap: boolean
  /** Whether the value is the payload, which is shared and never copied. */
  readonly isBody: boolean
  /** A key of the row's own; undefined where the entry keeps its key. */
  readonly key: Uint8Array | undefined
  /** Number of the key's type in the target; 0 for fields that are not maps. */
  readonly keyType: number
  /** Place in the precedence of its target: the lower wins. */
  readonly rank: number
  /** A value of the row's own; undefined where it is the slot's. */
  readonly literal: Uint8Array | undefined
}

/** One way that a value of one field and wire type can go: a row, joined with the type row that names its target type. */
export interface Step {
  readonly row: Row
  /** Number of the row that the value is counted under where it is lost. */
  readonly lossNumber: number
  readonly conditions: readonly Condition[]
  readonly via: Transform | undefined
  /** Whether the value is a list or map, to be converted element by element. */
  readonly isNested: boolean
  /** Where the value goes; empty where this row ends its way. */
  readonly writes: readonly Write[]
  /** Whether the row ends the value's way without a trace. */
  readonly isLoss: boolean
}

/** A table, resolved ahead of time. */
export interface Plan {
  /** Alternatives in order, by `field * types + type`; the last one of each has no conditions. */
  readonly steps: readonly (readonly Step[])[]
  readonly typeCount: number
  /** Ids of rows and type rows; losses are counted by their number. */
  readonly ids: readonly string[]
  /** Target fields that rows write, in wire order. */
  readonly fields: readonly number[]
}

/** Payloads, by the names that the formats give them. */
const BODIES: ReadonlySet<string> = new Set(["payload", "data"])

/**
 * Resolves a table for two formats and a profile. Raises `Error` where the table is not sound: see `checkTable`.
 */
export function planOf(table: Table, source: Format, target: Format, profile: Profile): Plan {
  const rows = table.rows.filter((row) => inProfile(row, profile))
  const types = table.types.filter((row) => inProfile(row, profile))
  checkTable(table, rows, types, source, target)
  const ids = [...rows, ...types].map((row) => row.id)
  const unmatched = `${table.name}/unmatched`
  const steps = source.fields.flatMap((field) =>
    source.types.map((type) => {
      const found = rows
        .filter((row) => row.from === field.name && (row.type === "*" || row.type === type.name))
        .flatMap((row) => stepsOf(row, type.name))
      return endsOpen(found) ? [...found, lossStep(unmatched)] : found
    }),
  )
  return {
    steps,
    typeCount: source.types.length,
    ids: [...ids, unmatched],
    fields: [...new Set(steps.flat().flatMap((step) => step.writes.map((write) => write.field)))].sort((a, b) => a - b),
  }

  function stepsOf(row: Row, type: string): readonly Step[] {
    if (row.as !== "*") return [stepOf(row, undefined, row.as)]
    const typeRows = types.filter((typeRow) => typeRow.type === type || typeRow.type === "*")
    if (source.types.find((spec) => spec.name === type)?.encoding === "encoded" && row.via === undefined) {
      return [{ ...stepOf(row, undefined, ""), isLoss: false, isNested: true, writes: writesOf(row, "") }]
    }
    return typeRows.map((typeRow) => stepOf(row, typeRow, typeRow.as))
  }

  function stepOf(row: Row, typeRow: Row | undefined, as: string): Step {
    const isWritten = row.to.length > 0 && as !== ""
    return {
      row,
      lossNumber: ids.indexOf(isWritten || typeRow === undefined ? row.id : typeRow.id),
      conditions: [row.key, row.when, typeRow?.when].filter((condition) => condition !== undefined),
      via: row.via ?? typeRow?.via,
      isNested: false,
      writes: isWritten ? writesOf(row, as) : [],
      isLoss: !isWritten && (row.ends ?? "lost") === "lost",
    }
  }

  function lossStep(id: string): Step {
    const row: Row = { id, from: "", type: "*", to: [], as: "", labels: [], spec: table.spec }
    return { row, lossNumber: ids.length, conditions: [], via: undefined, isNested: false, writes: [], isLoss: true }
  }

  function writesOf(row: Row, as: string): readonly Write[] {
    const own = row.to.map((to) => writeOf(row, to, as, undefined))
    const literals = Object.entries(row.set ?? {}).map(([field, value]) => {
      const type = target.fields.find((spec) => spec.name === field)?.types[0] ?? ""
      return writeOf(row, field, type, literalBytes(value))
    })
    return [...own, ...literals]
  }

  function writeOf(row: Row, to: Target, as: string, literal: Uint8Array | undefined): Write {
    const name = typeof to === "string" ? to : to.field
    const field = target.fields.findIndex((spec) => spec.name === name)
    const isMap = target.fields[field]?.isMap === true
    return {
      field,
      type: Math.max(typeNumber(as), 0),
      isMap,
      isBody: BODIES.has(name),
      key: typeof to === "string" ? undefined : encodeUtf8(to.key),
      keyType: isMap ? typeNumber(table.keyTypes[name] ?? "") : 0,
      rank: rankOf(table, rows, row, name),
      literal,
    }
  }

  function typeNumber(name: string): number {
    return target.types.findIndex((type) => type.name === name)
  }
}

/** Whether a profile has the row. */
export function inProfile(row: Row, profile: Profile): boolean {
  return row.profiles === undefined || row.profiles.includes(profile)
}

function endsOpen(steps: readonly Step[]): boolean {
  return steps.at(-1)?.conditions.length !== 0
}

function literalBytes(value: string | number): Uint8Array {
  if (typeof value === "string") return encodeUtf8(value)
  return value < 0x100 ? Uint8Array.of(value) : Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}
