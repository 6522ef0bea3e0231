import { type Format, NO_BYTES, type Slot, slotOf } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { checkTable } from "./check-table.ts"
import { rankOf, targetField, targetsOf } from "./rank.ts"
import { type Alternative, chain, type Step } from "./step.ts"
import type { Row, Target, Unpacking } from "./table.ts"
import type { TableInProfile } from "./table-in-profile.ts"

/** What one row writes to one target field. */
export interface Write {
  /** Number of the target field. */
  readonly field: number
  /** Number of the target type; 0 where the value is decoded. */
  readonly type: number
  /** Whether the value is the payload, which is shared and never copied. */
  readonly isBody: boolean
  /** A key of the row's own; undefined where the entry keeps its key, and for fields that are not maps. */
  readonly key: Slot | undefined
  /** Whether the target field is a map. */
  readonly isEntry: boolean
  /** Number of the key's type in the target; 0 for fields that are not maps. */
  readonly keyType: number
  /** Place in the precedence of its target: the lower wins. */
  readonly rank: number
  /** A value of the row's own; undefined where it is the slot's. */
  readonly literal: Slot | undefined
  /** Whether the value is a list or map, decoded and converted element by element. */
  readonly isNested: boolean
  /** Number of the row that the value is counted under where it is lost; `NOT_COUNTED` for literals. */
  readonly lossNumber: number
}

/** A table, resolved ahead of time. */
export interface Plan {
  /** The first step for a value, by `field * typeCount + type`. */
  readonly ways: readonly Step[]
  readonly typeCount: number
  /** Ids of rows and type rows; losses are counted by their number. */
  readonly ids: readonly string[]
  /** Target fields that rows write, in wire order. */
  readonly fields: readonly number[]
}

/** Number of what no row counts. */
export const NOT_COUNTED = -1

/** What a claim writes before it claims anything. */
export const NO_WRITE: Write = {
  field: 0,
  type: 0,
  isBody: false,
  key: undefined,
  isEntry: false,
  keyType: 0,
  rank: 0,
  literal: undefined,
  isNested: false,
  lossNumber: NOT_COUNTED,
}

/** Payloads, by the names that the formats give them. */
const BODIES: ReadonlySet<string> = new Set(["payload", "data"])

/**
 * Resolves a table for two formats. A field can arrive with a type that its catalogue does not list; where
 * no row takes it, it is lost under the id `<table>/unmatched`. Raises `Error` where the table is not sound: see `checkTable`.
 */
export function planOf(table: TableInProfile, source: Format, target: Format): Plan {
  const { rows, types: typeRows } = table
  checkTable(table, source, target)
  const ids = [...rows, ...typeRows].map((row) => row.id)
  const unmatched = lossOf(NO_CONDITIONS, ids.length)
  const unpacked = new Map<Row, Alternative["parts"]>()
  const ranks = new Map<string, number>()
  const alternatives = source.fields.flatMap(({ name }) => {
    const own = rows.filter((row) => row.from === name)
    return source.types.map((type) => own.flatMap((row) => alternativesOf(row, type.name)))
  })
  const written = new Set(rows.flatMap(targetsOf).map(targetField))
  return {
    ways: alternatives.map((each) => chain(each, unmatched)),
    typeCount: source.types.length,
    ids: [...ids, `${table.name}/unmatched`],
    fields: target.fields.flatMap(({ name }, field) => (written.has(name) ? [field] : [])),
  }

  function alternativesOf(row: Row, type: string): readonly Alternative[] {
    if (row.type !== "*" && row.type !== type) return []
    if (row.unpack !== undefined) return [unpackingOf(row, row.unpack)]
    if (row.as !== "*" || row.to.length === 0) return [alternativeOf(row, undefined, row.as)]
    const isEncoded = source.types.some((spec) => spec.name === type && spec.encoding === "encoded")
    if (isEncoded && row.via === undefined) return [nestingOf(row)]
    return typeRows
      .filter((typeRow) => typeRow.type === type || typeRow.type === "*")
      .map((typeRow) => alternativeOf(row, typeRow, typeRow.as))
  }

  function alternativeOf(row: Row, typeRow: Row | undefined, as: string): Alternative {
    const conditions = conditionsOf(row, typeRow)
    if (row.to.length === 0) return lossOf(conditions, (row.ends ?? "lost") === "lost" ? numberOf(row) : NOT_COUNTED)
    if (as === "") return lossOf(conditions, numberOf(typeRow ?? row))
    return {
      ...conditions,
      via: row.via ?? typeRow?.via,
      isNested: false,
      writes: writesOf(row, as, false),
      unpack: undefined,
      parts: [],
      lossNumber: numberOf(row),
    }
  }

  function nestingOf(row: Row): Alternative {
    return {
      ...conditionsOf(row),
      via: undefined,
      isNested: true,
      writes: writesOf(row, "", true),
      unpack: undefined,
      parts: [],
      lossNumber: numberOf(row),
    }
  }

  /** A part that another value outranks is no loss of the row: the finding says that some are missing. */
  function unpackingOf(row: Row, unpack: Unpacking): Alternative {
    const parts = unpacked.get(row) ?? partsOf(row)
    unpacked.set(row, parts)
    return {
      ...conditionsOf(row),
      via: undefined,
      isNested: false,
      writes: [],
      unpack,
      parts,
      lossNumber: numberOf(row),
    }
  }

  function partsOf(row: Row): readonly (Write | undefined)[] {
    return target.fields.flatMap(({ name }) => {
      if (!row.to.includes(name)) return target.types.map(() => undefined)
      const write = { ...writeOf(row, name, "", false, undefined), lossNumber: NOT_COUNTED }
      // Of a body that is taken apart, only the content of a single section is the payload itself.
      return target.types.map((spec, type) => ({ ...write, type, isBody: write.isBody && spec.name === "binary" }))
    })
  }

  function writesOf(row: Row, as: string, isNested: boolean): readonly Write[] {
    const own = row.to.map((to) => writeOf(row, to, as, isNested, undefined))
    const literals = Object.entries(row.set ?? {}).map(([field, value]) => {
      const type = target.fields.find((spec) => spec.name === field)?.types[0] ?? ""
      return writeOf(
        row,
        field,
        type,
        false,
        slotOf(typeof value === "string" ? encodeUtf8(value) : numberBytes(value)),
      )
    })
    return [...own, ...literals]
  }

  function writeOf(row: Row, to: Target, as: string, isNested: boolean, literal: Slot | undefined): Write {
    const name = targetField(to)
    const keyType = table.keyTypes[name]
    return {
      field: target.fields.findIndex((spec) => spec.name === name),
      type: isNested ? 0 : typeNumber(as),
      isBody: BODIES.has(name),
      key: typeof to === "string" ? undefined : slotOf(NO_BYTES, encodeUtf8(to.key)),
      isEntry: keyType !== undefined,
      keyType: keyType === undefined ? 0 : typeNumber(keyType),
      rank: rank(row, name),
      literal,
      isNested,
      lossNumber: literal === undefined ? numberOf(row) : NOT_COUNTED,
    }
  }

  /** Every type of a field asks for the same ranks, and each takes a walk through the table. */
  function rank(row: Row, field: string): number {
    const key = `${row.id} ${field}`
    const known = ranks.get(key) ?? rankOf(table, row, field)
    ranks.set(key, known)
    return known
  }

  function numberOf(row: Row): number {
    return ids.indexOf(row.id)
  }

  function typeNumber(name: string): number {
    return target.types.findIndex((type) => type.name === name)
  }
}

type Conditions = Pick<Alternative, "key" | "when">

const NO_CONDITIONS: Conditions = { key: undefined, when: [] }

function conditionsOf(row: Row, typeRow?: Row): Conditions {
  return { key: row.key, when: [row.when, typeRow?.when].filter((condition) => condition !== undefined) }
}

function lossOf(conditions: Conditions, lossNumber: number): Alternative {
  return { ...conditions, via: undefined, isNested: false, writes: [], unpack: undefined, parts: [], lossNumber }
}

function numberBytes(value: number): Uint8Array {
  return value < 0x100 ? Uint8Array.of(value) : Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}
