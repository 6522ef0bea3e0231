import { styleText } from "node:util"
import type { Finding, FindingOutcome } from "@polymq/convert"
import { type Explanation, nameOf } from "./explanation.ts"
import { shortened, valueText } from "./value-text.ts"

const WIDTH = 100
const LABEL_WIDTH = 12
const NAME_WIDTH = 42

type Colour = "green" | "cyan" | "yellow" | "red" | "gray"

interface Look {
  readonly mark: string
  readonly colour: Colour
}

const LOOKS: Readonly<Record<FindingOutcome, Look>> = {
  kept: { mark: "=", colour: "green" },
  converted: { mark: "~", colour: "cyan" },
  narrowed: { mark: "<", colour: "yellow" },
  lost: { mark: "x", colour: "red" },
  routing: { mark: ">", colour: "gray" },
  hop: { mark: ".", colour: "gray" },
}

/** What outcomes without a target mean, in words. */
const ENDINGS: Readonly<Partial<Record<FindingOutcome, string>>> = {
  lost: "no place for it in the target",
  routing: "decides where the message goes, not what it says",
  hop: "belongs to the publisher's connection and ends there",
}

/** Reason codes of the conversion, in words. */
const REASONS: Readonly<Record<string, string>> = {
  clamped: "limited to the largest value of the target",
  duplicate: "an earlier entry has the same name",
  "elements-lost": "some elements inside cannot be converted",
  empty: "empty",
  "exactly-once": "the target cannot promise exactly once",
  internal: "could not be converted",
  "name-not-utf8": "its name is not UTF-8",
  "name-too-large": "its name is too long for the target",
  "not-utf8": "not UTF-8",
  outranked: "another field of the message takes its place",
  range: "outside the range of the target",
  rounded: "rounded up to whole units of the target",
  "too-large": "too large for the target",
  "unknown-delivery-mode": "neither transient nor persistent",
  wildcard: "a topic must not contain wildcards",
}

/** An explanation for people, at most 100 columns wide. */
export function report(explanation: Explanation, hasColours: boolean): string {
  const paint = (colour: Colour | "bold", text: string): string =>
    hasColours ? styleText(colour, text, { validateStream: false }) : text
  const { from, to, profile, findings, arrives } = explanation
  return [
    paint("bold", `${from.label} to ${to.label}`) + paint("gray", `  (profile ${profile})`),
    "",
    ...findings.flatMap((finding) => [...linesOf(finding, paint), ""]),
    paint("bold", summary(findings)),
    "",
    paint("bold", `What the ${to.label} consumer gets`),
    "",
    ...arrives.fields.map((decoded) => {
      const name = shortened(nameOf(decoded), NAME_WIDTH)
      return `  ${name.padEnd(NAME_WIDTH)} ${typed(decoded.value, WIDTH - NAME_WIDTH - 3)}`
    }),
  ].join("\n")
}

type Paint = (colour: Colour, text: string) => string

/** Two lines: what was published; what came of it, and by which row. */
function linesOf(finding: Finding, paint: Paint): readonly string[] {
  const { mark, colour } = LOOKS[finding.outcome]
  const label = paint(colour, `${mark} ${finding.outcome}`.padEnd(LABEL_WIDTH))
  const rest = WIDTH - LABEL_WIDTH - NAME_WIDTH - 4
  const before = `  ${label} ${shortened(finding.field, NAME_WIDTH).padEnd(NAME_WIDTH)} ${typed(finding.before, rest)}`
  const indent = " ".repeat(LABEL_WIDTH + 3)
  return [before, ...outcomeLines(finding, rest).map((line) => indent + line), ...rowLines(finding, indent, paint)]
}

function outcomeLines({ after, outcome, reason }: Finding, rest: number): readonly string[] {
  const why = REASONS[reason] ?? reason
  if (after === undefined) return [why || (ENDINGS[outcome] ?? "")]
  const name = shortened(`-> ${after.field}`, NAME_WIDTH).padEnd(NAME_WIDTH)
  return [`${name} ${typed(after.value, rest)}`, ...(why === "" ? [] : [why])]
}

function rowLines({ row, typeRow }: Finding, indent: string, paint: Paint): readonly string[] {
  const rows = [row, ...(typeRow === undefined ? [] : [typeRow])].filter((id) => id !== "")
  return rows.length === 0 ? [] : [indent + paint("gray", `row ${rows.join(", ")}`)]
}

function typed(value: Finding["before"], width: number): string {
  return `${shortened(valueText(value), width - value.type.length - 1)} ${value.type}`
}

function summary(findings: readonly Finding[]): string {
  const outcomes = Object.keys(LOOKS) as readonly FindingOutcome[]
  const counts = outcomes
    .map((outcome) => ({ outcome, count: findings.filter((finding) => finding.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${outcome}`)
  return `${findings.length} ${findings.length === 1 ? "field" : "fields"}: ${counts.join(", ")}`
}
