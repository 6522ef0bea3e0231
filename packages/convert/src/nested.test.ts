import { amqp091Format, type Value, ValueMap } from "@polymq/message"
import { encodeUtf8 } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { NestedConversion } from "./nested.ts"
import { tableIn } from "./table-in-profile.ts"
import { ECHO } from "./testing/echo-table.ts"

const conversion = new NestedConversion(tableIn(ECHO, "documented"), amqp091Format, amqp091Format, {
  mqttExchange: "amq.topic",
})

function int(value: number): Value {
  return { type: "signedint", value }
}

function text(value: string): Value {
  return { type: "longstr", value }
}

function list(...value: readonly Value[]): Value {
  return { type: "array", value }
}

function table(...entries: readonly (readonly [string, Value])[]): Value {
  return {
    type: "table",
    value: new ValueMap(entries.map(([key, value]) => [{ type: "shortstr", value: key }, value] as const)),
  }
}

describe("NestedConversion", () => {
  it("converts lists in tables in lists", () => {
    const { value, row, lostInside } = conversion.convert(list(table(["k", list(int(4), text("t"))])))
    expect(value).toEqual(list(table(["k", list(int(2), text("t"))])))
    expect([row?.id, lostInside]).toEqual(["echo/type/array", 0])
  })

  it("keeps empty lists and tables", () => {
    expect(conversion.convert(list(list(), table())).value).toEqual(list(list(), table()))
  })

  it("loses elements, entries and keys that no row converts, and counts them", () => {
    const bool: Value = { type: "bool", value: true }
    const value = list(
      int(3),
      bool,
      table(["a", bool], ["k".repeat(256), int(2)], ["b", int(2)], ["b", int(6)]),
      list(bool),
    )
    expect(conversion.convert(value)).toMatchObject({ value: list(table(["b", int(1)]), list()), lostInside: 6 })
  })

  it("loses the whole where its own type is not converted", () => {
    const { value, row } = conversion.convert({ type: "bool", value: true })
    expect([value, row?.id]).toEqual([undefined, "echo/type/bool"])
  })

  it("judges conditions on the element's own bytes", () => {
    const long = "é".repeat(128)
    expect(conversion.convert(list(text("é".repeat(127)), text(long))).value).toEqual(
      list(text("é".repeat(127)), { type: "binary", value: encodeUtf8(long) }),
    )
  })

  it("follows nesting as deep as a door accepts it", () => {
    let value = list()
    for (let depth = 1; depth < 64; depth++) value = list(value)
    expect(conversion.convert(value).value).toEqual(value)
  })
})
