import { type Value, ValueMap } from "@polymq/message"
import type { Finding } from "./finding.ts"
import type { Table } from "./table.ts"

/** A place in the target that a row writes to. */
export interface Claim {
  readonly row: string
  /** Equal for claims that cannot both be written. */
  readonly place: string
}

/** A finding before it is known whether another value takes its place. */
export interface Draft {
  readonly finding: Finding
  /** The first is where the value goes; literals follow. Of an unpacked value there is one per part. */
  readonly claims: readonly Claim[]
  /** The fields that a value was taken apart into; undefined for values that were not. */
  readonly parts?: readonly Part[]
}

/** A field that was inside another value. */
export interface Part {
  readonly key: Value
  readonly value: Value
}

/** The claim that takes each place: the one that the precedence names first, else the first of all. */
export function winnersOf(table: Table, drafts: readonly Draft[]): ReadonlyMap<string, Claim> {
  const winners = new Map<string, Claim>()
  for (const claim of drafts.flatMap((draft) => draft.claims)) {
    const holder = winners.get(claim.place)
    const order = table.precedence.find((ids) => ids.includes(claim.row) && ids.includes(holder?.row ?? ""))
    const isStronger = order !== undefined && order.indexOf(claim.row) < order.indexOf(holder?.row ?? "")
    if (holder === undefined || isStronger) winners.set(claim.place, claim)
  }
  return winners
}

/** The finding, now that it is known which claims are written. */
export function decided({ finding, claims, parts }: Draft, winners: ReadonlyMap<string, Claim>): Finding {
  const isWritten = (claim: Claim | undefined): boolean => claim !== undefined && winners.get(claim.place) === claim
  if (parts !== undefined && finding.after !== undefined) {
    const written = parts.filter((_, place) => isWritten(claims[place]))
    const value = { type: "map", value: new ValueMap(written.map(({ key, value }) => [key, value])) }
    const after = { ...finding.after, value }
    return written.length === parts.length
      ? { ...finding, after }
      : { ...finding, after, outcome: "narrowed", reason: "elements-lost" }
  }
  const [claim] = claims
  if (claim === undefined || isWritten(claim)) return finding
  const reason = winners.get(claim.place)?.row === claim.row ? "duplicate" : "outranked"
  return { ...finding, after: undefined, outcome: "lost", reason }
}
