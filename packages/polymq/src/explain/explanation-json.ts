import { type Explanation, nameOf } from "./explanation.ts"
import { type Json, jsonOf } from "./value-json.ts"

/** An explanation for programs. */
export function explanationJson({ from, to, profile, findings, arrives }: Explanation): Json {
  return {
    from: from.label,
    to: to.label,
    profile,
    findings: findings.map(({ row, typeRow, field, before, after, outcome, reason }) => ({
      field,
      outcome,
      row,
      typeRow: typeRow ?? null,
      reason,
      before: jsonOf(before),
      after:
        after === undefined
          ? null
          : { field: after.field, ...(jsonOf(after.value) as { readonly [key: string]: Json }) },
    })),
    arrives: arrives.fields.map((decoded) => ({
      field: nameOf(decoded),
      ...(jsonOf(decoded.value) as { readonly [key: string]: Json }),
    })),
  }
}
