import { keepsForm } from "./keeps-form.ts"
import { inProfile } from "./profile.ts"
import { ROUTES, type Route } from "./routes.ts"
import type { Condition, MapRule, Row, Table, Transform } from "./table.ts"

const INTRODUCTION = `# Conversions

A message is kept in the format it was published in and converted only when a client of another protocol consumes it.
These pages are printed from the tables that the broker executes: what they say is what happens.

A field takes the first line whose type and condition fit. Every line has an id, which \`polymq explain\` and the metrics
name. *kept*, *converted*: the value is in the target. *lost*: it is not. *routing*: it lives on in the envelope, as
exchange, routing key, topic or RETAIN. *hop*: it ends at the connection it came by. Lines that the specification does
not have refer to the decision behind them.

Lines with a profile in the first column are of that profile only. What a move from RabbitMQ changes is summed up in
[profiles](../reference/profiles.md).
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
    `Printed from the table \`${table.name}\`; ${sourceOf(table)}.`,
    gridOf(
      ["Profile", ...table.columns, "Outcome", "Row"],
      together(table.rows, ({ from }) => from).map((row) => [
        profileOf(row),
        ...row.labels,
        outcomeOf(route, row),
        code(row.id),
      ]),
    ),
    section("## Notes", [...table.rows, ...table.types].flatMap(notesOf)),
    section("## Two sources, one target", precedenceOf(table)),
    typesOf(table),
  ]
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`
}

function sourceOf({ spec, profiles }: Table): string {
  return profiles === undefined
    ? `the specification's own is ${spec}`
    : `only the profile ${profiles.join(", ")} has it: in others a message stays as it is`
}

function typesOf(table: Table): string {
  if (table.types.length === 0) return ""
  const isUsed = table.rows.some((row) => row.as === "*")
  const use = isUsed
    ? "Used by the lines above whose target type is `*`, and inside lists and maps."
    : "Every line above names its target type, so these lines decide nothing by themselves."
  const lines = together(table.types, ({ type }) => type).map((row) => [profileOf(row), ...row.labels, code(row.id)])
  return `## Type conversions\n\n${use}\n\n${gridOf(["Profile", ...table.typeColumns, "Row"], lines)}`
}

/** Has the rows of one field, or type, stand together, in the order of the specification's. */
function together(rows: readonly Row[], of: (row: Row) => string): readonly Row[] {
  const order = rows.filter((row) => inProfile(row, "documented")).map(of)
  return rows.toSorted((left, right) => order.indexOf(of(left)) - order.indexOf(of(right)))
}

/** Empty where a row is in every profile, so that those that are not stand out. */
function profileOf({ profiles }: Row): string {
  return (profiles ?? []).map((profile) => `**${profile}**`).join(", ")
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
  const sorted = table.sorted.map((rule) => `- entries of ${mapOf(rule)} are sorted by key`)
  const repeated = table.repeated.map((rule) => `- ${mapOf(rule)} keeps equal keys, in the order of the source`)
  return [...order, ...sorted, ...repeated]
}

function mapOf(rule: MapRule): string {
  return typeof rule === "string" ? code(rule) : `${code(rule.field)} (${rule.profiles.join(", ")})`
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
