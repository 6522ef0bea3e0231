import { describe, expect, it } from "vitest"
import { of } from "../../testing/amqp10-message.ts"
import { type Amqp091Content, amqp091Publish, type FieldValue, field, longstr } from "../../testing/amqp091-content.ts"
import { compared, lost, rabbitmqRows, to } from "../../testing/rabbitmq-rows.ts"
import type { RowCase } from "../../testing/row-case.ts"
import { amqp091ToMqtt } from "../amqp091-to-mqtt.ts"

type Expected = Pick<RowCase, "outcome" | "reason" | "after">

function row(id: string, does: string, content: Amqp091Content, name: string, expected: Expected): RowCase {
  return {
    row: `amqp091-mqtt/${id}`,
    does,
    published: amqp091Publish(content),
    field: `properties.${name}`,
    ...expected,
  }
}

/** A number in the header `h`, and its text. */
function number(id: string, does: string, value: FieldValue, text: string): RowCase {
  const expected = to("converted", "properties.user-property[h]", of("utf8", text))
  return row(`headers/${id}`, does, { headers: [["h", value]] }, "headers[h]", expected)
}

const CORRELATION = { headers: [["x-correlation-id", longstr("c")]] } as const

const CASES: readonly RowCase[] = [
  row("expiration/not-told", "loses it", { expiration: "60000" }, "expiration", lost()),
  row(
    "headers/x-correlation-id/only",
    "is what correlates",
    CORRELATION,
    "headers[x-correlation-id]",
    to("converted", "properties.correlation-data", of("binary", Uint8Array.of(0x63))),
  ),
  row(
    "headers/longstr",
    "is a user property beside a correlation_id",
    { ...CORRELATION, correlationId: "mine" },
    "headers[x-correlation-id]",
    to("kept", "properties.user-property[x-correlation-id]", of("utf8", "c")),
  ),
  number("float/scientific", "writes 20 digits", field("f", "3fc00000"), "1.50000000000000000000e+00"),
  number("double/scientific", "writes 20 digits", field("d", "3fb999999999999a"), "1.00000000000000005551e-01"),
  number("simple", "writes what is no number as ever", field("d", "7ff0000000000000"), "Infinity"),
  number("simple", "writes a decimal, which ends RabbitMQ's consumer", field("D", "02000004d2"), "12.34"),
]

describe("AMQP 0.9.1 to MQTT 5.0 as RabbitMQ does", () => {
  it.each(CASES.map((example) => [example.row, example.does, example] as const))("%s %s", (_row, _does, example) => {
    const [found, expected] = compared(example, "mqtt")
    expect(found).toEqual(expected)
  })

  it("has a case for every row", () => {
    const tested = new Set(CASES.map((example) => example.row))
    expect(rabbitmqRows(amqp091ToMqtt).filter((id) => !tested.has(id))).toEqual([])
  })
})
