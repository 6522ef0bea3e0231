import type { FindingOutcome } from "../finding.ts"
import { RABBITMQ } from "../profile.ts"
import type { Table } from "../table.ts"
import { expectedOf, type RowCase, type RowResult, resultOf } from "./row-case.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

/** Ids of the rows that only `rabbitmq-4.3` has; all of a table that only it has. */
export function rabbitmqRows({ rows, profiles }: Table): readonly string[] {
  return rows.filter((row) => profiles === RABBITMQ || row.profiles === RABBITMQ).map(({ id }) => id)
}

/** What a row makes of a value. */
export function to(outcome: FindingOutcome, ...after: NonNullable<RowCase["after"]>): Expected {
  return { outcome, after }
}

/** The same with a reason: something of the value is lost. */
export function narrowed(reason: string, ...after: NonNullable<RowCase["after"]>): Expected {
  return { outcome: "narrowed", reason, after }
}

/** The value is not in the target. */
export function lost(reason = ""): Expected {
  return { outcome: "lost", reason }
}

/** What the profile says and does about a case, and what it has to. */
export function compared(example: RowCase, target: Table["to"]): readonly [found: RowResult, expected: RowResult] {
  return [resultOf(example, target, "rabbitmq-4.3"), expectedOf(example)]
}
