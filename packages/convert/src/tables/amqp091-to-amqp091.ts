import { amqp091Format } from "@polymq/message"
import { RABBITMQ } from "../profile.ts"
import type { Row, Table } from "../table.ts"
import { millisecondsTextToPlainText } from "../transforms/durations.ts"
import { cellsOf, lineOf } from "./line.ts"

const SPEC = "decisions/rabbitmq-4.3"

const HEADERS = "properties.headers.*"
const line = lineOf(SPEC)

/** A field, or the headers of one type, that stays as it is. */
function keptLine(from: string, type: string): Row {
  const name = from === HEADERS ? `headers/${type}` : from.replace("properties.", "").replaceAll("_", "-")
  const field = from === HEADERS ? "headers" : from.replace("properties.", "")
  return line(`amqp091-amqp091/${name}`, `${field} | ${type} | ${field} | ${type} |`, {
    from,
    type,
    to: [from],
    as: type,
  })
}

/** AMQP 0.9.1 as RabbitMQ 4.3 writes it again: every property and value as it was, headers sorted and of equal ones the first. */
export const amqp091ToAmqp091: Table = {
  profiles: RABBITMQ,
  name: "amqp091-amqp091",
  from: "amqp091",
  to: "amqp091",
  title: "AMQP 0.9.1 -> AMQP 0.9.1",
  spec: SPEC,
  columns: cellsOf("AMQP 0.9.1 field | Type | AMQP 0.9.1 field | Type | Comment"),
  rows: amqp091Format.fields.flatMap(({ name, types }) =>
    name === "properties.expiration"
      ? [
          line(
            "amqp091-amqp091/expiration",
            "expiration | shortstr | expiration | shortstr | without plus sign and leading zeros",
            { from: name, via: millisecondsTextToPlainText, to: [name], as: "shortstr" },
          ),
        ]
      : types.map((type) => keptLine(name, type)),
  ),
  typeColumns: [],
  types: [],
  precedence: [],
  sorted: [HEADERS],
  repeated: [],
  keyTypes: { [HEADERS]: "shortstr" },
}
