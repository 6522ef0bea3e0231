import type { Encoding, FieldSpec, Format, TypeSpec } from "@polymq/message"
import { rankOf, targetField, targetsOf } from "./rank.ts"
import type { Row, Target } from "./table.ts"
import type { TableInProfile } from "./table-in-profile.ts"

/** Encodings whose bytes may be copied into each other; that they are valid there is the condition's business. */
const COPIES: Readonly<Record<Encoding, readonly Encoding[]>> = {
  text: ["text", "binary"],
  binary: ["binary", "text"],
  unsigned: ["unsigned"],
  signed: ["signed"],
  float: ["float"],
  boolean: ["boolean"],
  null: ["null"],
  encoded: [],
}

/**
 * Refuses a table that is not sound for its formats: repeated ids, names that no catalogue knows, labels that do not fill
 * the columns, a field and type of the source that reaches no unconditional row, rows behind such a row, copies between
 * unequal encodings, rows that meet in a target without precedence. Raises `Error` with every fault found.
 */
export function checkTable(table: TableInProfile, source: Format, target: Format): void {
  const { rows, types } = table
  const faults = [
    ...faultsOfIds(rows, types),
    ...rows.flatMap((row) => faultsOfRow(row)),
    ...types.flatMap((row) => faultsOfLabels(row, table.typeColumns)),
    ...types.flatMap((row) => faultsOfTypeRow(row)),
    ...source.fields.flatMap((field) => field.types.flatMap((type) => faultsOfWay(field, type))),
    ...faultsOfPrecedence(),
    ...Object.entries(table.keyTypes).flatMap(([field, type]) => [...unknownField(field), ...unknownTarget(type)]),
    ...[...table.sorted, ...table.repeated].flatMap(unknownField),
  ]
  if (faults.length > 0) throw new Error(`table ${table.name} is not sound:\n${faults.join("\n")}`)

  function faultsOfRow(row: Row): readonly string[] {
    const from = source.fields.find((field) => field.name === row.from)
    const faults = faultsOfLabels(row, table.columns)
    if (from === undefined) return [...faults, `${row.id}: ${source.name} has no field ${row.from}`]
    if (row.type !== "*" && !hasType(source, row.type)) faults.push(`${row.id}: ${source.name} has no type ${row.type}`)
    if (row.key !== undefined && !from.isMap) faults.push(`${row.id}: ${row.from} has no keys`)
    if (row.to.length === 0) return row.as === "" ? faults : [...faults, `${row.id}: as without to`]
    if (row.as !== "*" && !hasType(target, row.as)) faults.push(`${row.id}: ${target.name} has no type ${row.as}`)
    if (row.as === "*" && from.isHop) faults.push(`${row.id}: a field that ends at the hop has no target`)
    return [...faults, ...targetsOf(row).flatMap((to) => faultsOfTarget(row, to, from.isMap && row.to.includes(to)))]
  }

  function faultsOfTarget(row: Row, to: Target, hasKey: boolean): readonly string[] {
    const name = targetField(to)
    const field = target.fields.find((spec) => spec.name === name)
    if (field === undefined) return [`${row.id}: ${target.name} has no field ${name}`]
    if (!field.isMap) return typeof to === "string" ? [] : [`${row.id}: ${name} has no keys`]
    if (table.keyTypes[name] === undefined) return [`keyTypes lacks ${name}`]
    return typeof to === "string" && !hasKey ? [`${row.id}: an entry of ${name} needs a key`] : []
  }

  function faultsOfTypeRow(row: Row): readonly string[] {
    return row.via === undefined && row.as !== "" && hasType(source, row.type) && hasType(target, row.as)
      ? copyFault(row, row.type, row.as)
      : []
  }

  /** The rows that a value of one field and type can take, in order. */
  function faultsOfWay(field: FieldSpec, type: string): readonly string[] {
    const way = rows.filter((row) => row.from === field.name && (row.type === "*" || row.type === type))
    const last = way.findIndex((row) => row.key === undefined && row.when === undefined)
    if (last < 0) return [`${field.name} of type ${type} reaches no unconditional row`]
    const dead = way.slice(last + 1).filter((row) => row.type !== "*")
    return [
      ...dead.map((row) => `${row.id}: never reached, ${way[last]?.id} takes everything`),
      ...way.filter((row) => row.to.length > 0).flatMap((row) => faultsOfWrite(row, type)),
    ]
  }

  function faultsOfWrite(row: Row, type: string): readonly string[] {
    if (row.via !== undefined || row.unpack !== undefined) return []
    if (row.as !== "*") return copyFault(row, type, row.as)
    const typeRows = types.filter((typeRow) => typeRow.type === type || typeRow.type === "*")
    return typeRows.some((typeRow) => typeRow.when === undefined)
      ? []
      : [`${row.id}: ${type} reaches no unconditional type row`]
  }

  function copyFault(row: Row, from: string, to: string): readonly string[] {
    const left = typeOf(source, from)
    const right = typeOf(target, to)
    if (left === undefined || right === undefined) return []
    if (left.encoding === "encoded" && right.encoding === "encoded" && row.from === "") return []
    if (table.from === table.to && from === to) return []
    if (COPIES[left.encoding].includes(right.encoding) && (left.encoding !== "float" || from === to)) return []
    return [`${row.id}: ${from} cannot be copied as ${to}, a transform is missing`]
  }

  function faultsOfPrecedence(): readonly string[] {
    const ids = new Set(table.rows.map((row) => row.id))
    const unknown = table.precedence.flat().filter((id) => !ids.has(id))
    const faults = unknown.map((id) => `precedence names ${id}, which is no row`)
    for (const row of rows) {
      for (const field of new Set(targetsOf(row).map(targetField))) {
        try {
          rankOf(table, row, field)
        } catch (cause) {
          faults.push(cause instanceof Error ? cause.message : String(cause))
        }
      }
    }
    return faults
  }

  function unknownField(name: string): readonly string[] {
    return target.fields.some((field) => field.name === name && field.isMap)
      ? []
      : [`${target.name} has no map ${name}`]
  }

  function unknownTarget(type: string): readonly string[] {
    return hasType(target, type) ? [] : [`${target.name} has no type ${type}`]
  }
}

function faultsOfIds(rows: readonly Row[], types: readonly Row[]): readonly string[] {
  const ids = [...rows, ...types].map((row) => row.id)
  return ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `${id}: two rows have this id`)
}

function faultsOfLabels(row: Row, columns: readonly string[]): string[] {
  return row.labels.length === columns.length
    ? []
    : [`${row.id}: ${row.labels.length} labels for ${columns.length} columns`]
}

function typeOf(format: Format, name: string): TypeSpec | undefined {
  return format.types.find((type) => type.name === name)
}

function hasType(format: Format, name: string): boolean {
  return typeOf(format, name) !== undefined
}
