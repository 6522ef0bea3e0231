import type { Format } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { checkTable } from "./check-table.ts"
import { inProfile, type Profile } from "./profile.ts"
import { rankOf, targetField, targetsOf } from "./rank.ts"
import type { Condition, Row, Table, Target, Transform, Unpacking } from "./table.ts"

/** What one row writes to one target field. */
export interface Write {
  /** Number of the target field. */
  readonly field: number
  /** Number of the target type; 0 where the value is decoded. */
  readonly type: number
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
  /** Whether the value is a list or map, decoded and converted element by element. */
  readonly isNested: boolean
  /** Number of the row that the value is counted under where it is lost; `NOT_COUNTED` for literals. */
  readonly lossNumber: number
}

/** One way that a value of one field and wire type can go: a row, joined with the type row that names its target type. */
export interface Step {
  readonly conditions: readonly Condition[]
  /** Those of the conditions, in order: they are called so often that looking them up would count. */
  readonly tests: readonly Condition["test"][]
  readonly via: Transform | undefined
  /** Whether the value is a list or map, to be decoded and converted element by element. */
  readonly isNested: boolean
  /** Where the value goes; empty where this row ends its way, and where it is taken apart. */
  readonly writes: readonly Write[]
  readonly unpack: Unpacking | undefined
  /** Where the parts of an unpacked value go, by `field * type count + type` of the target; empty for others. */
  readonly parts: readonly (Write | undefined)[]
  /** Number of the row that the value is counted under where it is lost; `NOT_COUNTED` where its end is no loss. */
  readonly lossNumber: number
}

/** All ways that a value of one field and wire type can go, in order; the last one has no conditions. */
export interface Way {
  readonly steps: readonly Step[]
  /**
   * By the first octet of the key, or `NO_OCTET`: those of the steps that entries with such a key can take. Undefined
   * where that makes no difference.
   */
  readonly byOctet: readonly (readonly Step[])[] | undefined
}

/** A table, resolved ahead of time. */
export interface Plan {
  /** By `field * typeCount + type`. */
  readonly ways: readonly Way[]
  readonly typeCount: number
  /** Ids of rows and type rows; losses are counted by their number. */
  readonly ids: readonly string[]
  /** Target fields that rows write, in wire order. */
  readonly fields: readonly number[]
}

/** Number of what no row counts. */
export const NOT_COUNTED = -1

/** Stands for the first octet of a key that has none. */
export const NO_OCTET = 256

/** What a claim writes before it claims anything. */
export const NO_WRITE: Write = {
  field: 0,
  type: 0,
  isBody: false,
  key: undefined,
  keyType: 0,
  rank: 0,
  literal: undefined,
  isNested: false,
  lossNumber: NOT_COUNTED,
}

/** Payloads, by the names that the formats give them. */
const BODIES: ReadonlySet<string> = new Set(["payload", "data"])

/**
 * Resolves a table for two formats and a profile. A field can arrive with a type that its catalogue does not list; where
 * no row takes it, it is lost under the id `<table>/unmatched`. Raises `Error` where the table is not sound: see `checkTable`.
 */
export function planOf(table: Table, source: Format, target: Format, profile: Profile): Plan {
  const rows = table.rows.filter((row) => inProfile(row, profile))
  const typeRows = table.types.filter((row) => inProfile(row, profile))
  checkTable(table, rows, typeRows, source, target)
  const ids = [...rows, ...typeRows].map((row) => row.id)
  const unmatched = lossOf([], ids.length)
  const unpacked = new Map<Row, Step["parts"]>()
  const ranks = new Map<string, number>()
  const ways = source.fields.flatMap(({ name }) => {
    const own = rows.filter((row) => row.from === name)
    return source.types.map((type) => wayOf([...own.flatMap((row) => stepsOf(row, type.name)), unmatched]))
  })
  const written = new Set(rows.flatMap(targetsOf).map(targetField))
  return {
    ways,
    typeCount: source.types.length,
    ids: [...ids, `${table.name}/unmatched`],
    fields: target.fields.flatMap(({ name }, field) => (written.has(name) ? [field] : [])),
  }

  function stepsOf(row: Row, type: string): readonly Step[] {
    if (row.type !== "*" && row.type !== type) return []
    if (row.unpack !== undefined) return [unpackStepOf(row, row.unpack)]
    if (row.as !== "*" || row.to.length === 0) return [stepOf(row, undefined, row.as)]
    const isEncoded = source.types.some((spec) => spec.name === type && spec.encoding === "encoded")
    if (isEncoded && row.via === undefined) return [nestedStepOf(row)]
    return typeRows
      .filter((typeRow) => typeRow.type === type || typeRow.type === "*")
      .map((typeRow) => stepOf(row, typeRow, typeRow.as))
  }

  function stepOf(row: Row, typeRow: Row | undefined, as: string): Step {
    const conditions = [row.key, row.when, typeRow?.when].filter((condition) => condition !== undefined)
    if (row.to.length === 0) return lossOf(conditions, (row.ends ?? "lost") === "lost" ? numberOf(row) : NOT_COUNTED)
    if (as === "") return lossOf(conditions, numberOf(typeRow ?? row))
    return {
      conditions,
      tests: testsOf(conditions),
      via: row.via ?? typeRow?.via,
      isNested: false,
      writes: writesOf(row, as, false),
      unpack: undefined,
      parts: [],
      lossNumber: numberOf(row),
    }
  }

  function nestedStepOf(row: Row): Step {
    const conditions = [row.key, row.when].filter((condition) => condition !== undefined)
    return {
      conditions,
      tests: testsOf(conditions),
      via: undefined,
      isNested: true,
      writes: writesOf(row, "", true),
      unpack: undefined,
      parts: [],
      lossNumber: numberOf(row),
    }
  }

  /** A part that another value outranks is no loss of the row: the finding says that some are missing. */
  function unpackStepOf(row: Row, unpack: Unpacking): Step {
    const conditions = [row.key, row.when].filter((condition) => condition !== undefined)
    const parts = unpacked.get(row) ?? partsOf(row)
    unpacked.set(row, parts)
    return {
      conditions,
      tests: testsOf(conditions),
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
      return target.types.map((_, type) => ({ ...write, type }))
    })
  }

  function writesOf(row: Row, as: string, isNested: boolean): readonly Write[] {
    const own = row.to.map((to) => writeOf(row, to, as, isNested, undefined))
    const literals = Object.entries(row.set ?? {}).map(([field, value]) => {
      const type = target.fields.find((spec) => spec.name === field)?.types[0] ?? ""
      return writeOf(row, field, type, false, literalBytes(value))
    })
    return [...own, ...literals]
  }

  function writeOf(row: Row, to: Target, as: string, isNested: boolean, literal: Uint8Array | undefined): Write {
    const name = targetField(to)
    const keyType = table.keyTypes[name]
    return {
      field: target.fields.findIndex((spec) => spec.name === name),
      type: isNested ? 0 : typeNumber(as),
      isBody: BODIES.has(name),
      key: typeof to === "string" ? undefined : encodeUtf8(to.key),
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
    const known = ranks.get(key) ?? rankOf(table, rows, row, field)
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

function lossOf(conditions: readonly Condition[], lossNumber: number): Step {
  const tests = testsOf(conditions)
  return { conditions, tests, via: undefined, isNested: false, writes: [], unpack: undefined, parts: [], lossNumber }
}

function testsOf(conditions: readonly Condition[]): Step["tests"] {
  return conditions.map(({ test }) => test)
}

function wayOf(steps: readonly Step[]): Way {
  const octets = new Set(steps.flatMap(({ conditions }) => conditions.flatMap(({ keyOctet }) => keyOctet ?? [])))
  if (octets.size === 0) return { steps, byOctet: undefined }
  const byOctet = Array<readonly Step[]>(NO_OCTET + 1).fill(admitting(steps, NO_OCTET))
  for (const octet of octets) byOctet[octet] = admitting(steps, octet)
  return { steps, byOctet }
}

/** The steps that an entry can take whose key begins with `octet`. */
function admitting(steps: readonly Step[], octet: number): readonly Step[] {
  return steps.filter(({ conditions }) => conditions.every(({ keyOctet = octet }) => keyOctet === octet))
}

function literalBytes(value: string | number): Uint8Array {
  if (typeof value === "string") return encodeUtf8(value)
  return value < 0x100 ? Uint8Array.of(value) : Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}
