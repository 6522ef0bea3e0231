import { describe, expect, it } from "vitest"
import { DOCUMENTED, RABBITMQ } from "./profile.ts"
import type { Table } from "./table.ts"
import { tableIn } from "./table-in-profile.ts"
import { lineOf } from "./tables/line.ts"
import { ECHO } from "./testing/echo-table.ts"

const line = lineOf("test")

const TABLE: Table = {
  ...ECHO,
  rows: [line("both", "", {}), line("one", "", { profiles: DOCUMENTED }), line("other", "", { profiles: RABBITMQ })],
  types: [line("type/one", "", { profiles: DOCUMENTED }), line("type/other", "", { profiles: RABBITMQ })],
  precedence: [["other", "one", "both", "misspelt"]],
  sorted: ["a", { field: "b", profiles: RABBITMQ }],
  repeated: [{ field: "c", profiles: DOCUMENTED }],
}

describe("a table in a profile", () => {
  it.each([
    ["documented", "one", ["a"], ["c"]],
    ["rabbitmq-4.3", "other", ["a", "b"], []],
  ] as const)("has nothing of others in %s", (profile, own, sorted, repeated) => {
    const table = tableIn(TABLE, profile)
    expect(table.rows.map(({ id }) => id)).toEqual(["both", own])
    expect(table.types.map(({ id }) => id)).toEqual([`type/${own}`])
    expect(table).toMatchObject({ sorted, repeated })
  })

  it("keeps ids in its precedence that no row has, for the check to find", () => {
    expect(tableIn(TABLE, "documented").precedence).toEqual([["one", "both", "misspelt"]])
  })
})
