import { amqp091Format } from "@polymq/message"
import { isShortstr } from "../conditions.ts"
import type { Row, Table, Transform } from "../table.ts"
import { lineOf } from "../tables/line.ts"
import { lost, narrowed } from "../verdict.ts"

const line = lineOf("test")
const HALVED = narrowed("halved")

/** Half of a signed integer of four bytes; odd ones are lost. */
const halve: Transform = {
  name: "halve",
  text: "half",
  apply: (slot, out) => {
    const bytes = slot.bytes
    const value = bytes[slot.end - 1] as number
    if (value % 2 === 1) return lost("odd")
    out.writer.uint32(value / 2)
    return HALVED
  },
}

const TYPES: readonly Row[] = [
  line("echo/type/longstr/short", "longstr", { type: "longstr", when: isShortstr, as: "longstr" }),
  line("echo/type/longstr", "longstr", { type: "longstr", as: "binary" }),
  line("echo/type/signedint", "signedint", { type: "signedint", via: halve, as: "signedint" }),
  line("echo/type/bool", "bool", { type: "bool", reason: "no-bool" }),
  line("echo/type/array", "array", { type: "array", as: "array" }),
  line("echo/type/table", "table", { type: "table", as: "table" }),
  line("echo/type/table.key", "table.key", { type: "table.key", when: isShortstr, as: "shortstr" }),
  line("echo/type/other", "other", { reason: "no-type" }),
]

/** AMQP 0.9.1 to itself, by type rows: a table for what no table of two formats with few types shows. */
export const ECHO: Table = {
  name: "echo",
  from: "amqp091",
  to: "amqp091",
  title: "Echo",
  spec: "test",
  columns: ["cell"],
  rows: amqp091Format.fields.map(({ name, isMap }) =>
    line(`echo/${name}`, "cell", isMap ? { from: name, to: [name], as: "*" } : { from: name }),
  ),
  typeColumns: ["cell"],
  types: TYPES,
  precedence: [],
  sorted: [],
  repeated: [],
  keyTypes: { "properties.headers.*": "shortstr" },
}
