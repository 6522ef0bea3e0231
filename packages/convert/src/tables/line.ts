import { DOCUMENTED, type Profile } from "../profile.ts"
import type { Row } from "../table.ts"

/** What a line of the specification means, in the words of `Row`; what is left out takes the default of `lineOf`. */
export type Meaning = Partial<Omit<Row, "id" | "labels">>

/**
 * Makes rows from lines of the specification: `cells` is the line itself, in the form of a Markdown table without its
 * outer bars. By default a line stands for any type, writes nothing (the field is lost), cites `spec` and is in all
 * profiles, or in `profiles`.
 */
export function lineOf(
  spec: string,
  profiles?: readonly Profile[],
): (id: string, cells: string, meaning: Meaning) => Row {
  return (id, cells, meaning) => ({
    id,
    from: "",
    type: "*",
    to: [],
    as: "",
    spec,
    ...(profiles === undefined ? {} : { profiles }),
    ...meaning,
    labels: cellsOf(cells),
  })
}

/** The cells of a line: what stands between its bars. */
export function cellsOf(line: string): readonly string[] {
  return line.split("|").map((cell) => cell.trim())
}

/** Rows that only the specification has. */
export function documented(rows: readonly Row[]): readonly Row[] {
  return rows.map((row) => ({ ...row, profiles: DOCUMENTED }))
}
