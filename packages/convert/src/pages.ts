import { keepsForm } from "./keeps-form.ts"
import { ROUTES, type Route } from "./routes.ts"
import type { Condition, Row, Table, Transform } from "./table.ts"

const INTRODUCTION = `# Conversions

A message is kept in the format it was published in and converted only when a client of another protocol consumes it.
These pages are printed from the tables that the broker executes: what they say is what happens.

A field takes the first line whose type and condition fit. Every line has an id, which \`polymq explain\` and the metrics
name. *kept*, *converted*: the value is in the target. *lost*: it is not. *routing*: it lives on in the envelope, as
exchange, routing key, topic or RETAIN. *hop*: it ends at the connection it came by. Lines that the specification does
not have refer to the decision behind them.
`

/**
 * The pages of docs/conversions, by their path below that folder: one per table, and an index. Deterministic: equal
 * tables print equal pages.
 */
export function generateConversionPages(): ReadonlyMap<string, string> {
  const list = ROUTES.map(({ table }) => `- [${table.title}](${table.name}.md)`)
  return new Map([
    ["README.md", `${INTRODUCTION}\n${list.join("\n")}\n`],
    ...ROUTES.map((route) => [`${route.table.name}.md`, pageOf(route)] as const),
  ])
}

function pageOf(route: Route): string {
  const { table } = route
  const parts = [
    `# ${table.title}`,
    `Printed from the table \`${table.name}\`; the specification's own is ${table.spec}.`,
    gridOf(
      [...table.columns, "Outcome", "Row"],
      table.rows.map((row) => [...row.labels, outcomeOf(route, row), code(row.id)]),
    ),
    section("## Notes", [...table.rows, ...table.types].flatMap(notesOf)),
    section("## Two sources, one target", precedenceOf(table)),
    typesOf(table),
  ]
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`
}

function typesOf(table: Table): string {
  if (table.types.length === 0) return ""
  const isUsed = table.rows.some((row) => row.as === "*")
  const use = isUsed
    ? "Used by the lines above whose target type is `*`, and inside lists and maps."
    : "Every line above names its target type, so these lines decide nothing by themselves."
  const lines = table.types.map((row) => [...row.labels, code(row.id)])
  return `## Type conversions\n\n${use}\n\n${gridOf([...table.typeColumns, "Row"], lines)}`
}

function outcomeOf(route: Route, row: Row): string {
  if (row.to.length === 0) return [row.ends ?? "lost", row.reason ?? ""].filter((word) => word !== "").join(": ")
  const types = route.source.fields.find((field) => field.name === row.from)?.types ?? []
  const isKept = types.every((type) => (row.type !== "*" && row.type !== type) || keepsForm(route, row, type, row.as))
  return isKept ? "kept" : "converted"
}

/** What the executed row says beside the specification's cells. */
function notesOf(row: Row): readonly string[] {
  const conditions = [row.key, row.when].filter((condition) => condition !== undefined)
  const facts = [
    ...conditions.map((condition: Condition) => `if ${condition.text}`),
    ...(row.via === undefined ? [] : [(row.via satisfies Transform).text]),
    ...(row.unpack === undefined ? [] : [row.unpack.text]),
    ...(row.note === undefined ? [] : [row.note]),
    ...(row.spec.startsWith("decisions/") ? [`decided in [${row.spec}](../${row.spec}.md)`] : []),
  ]
  return facts.length === 0 ? [] : [`- ${code(row.id)}: ${facts.join("; ")}`]
}

function precedenceOf(table: Table): readonly string[] {
  const order = table.precedence.map((ids) => `- ${ids.map(code).join(" before ")}`)
  const sorted = table.sorted.map((field) => `- entries of ${code(field)} are sorted by key`)
  const repeated = table.repeated.map((field) => `- ${code(field)} keeps equal keys, in the order of the source`)
  return [...order, ...sorted, ...repeated]
}

function section(heading: string, lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${heading}\n\n${lines.join("\n")}`
}

function gridOf(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  return [columns, columns.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
}

function code(text: string): string {
  return `\`${text}\``
}
