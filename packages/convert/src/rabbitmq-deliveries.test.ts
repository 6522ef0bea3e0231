import { PropertyError } from "@polymq/message"
import { DecodeError } from "@polymq/wire"
import { describe, expect, it } from "vitest"
import { createConverters } from "./converters.ts"
import { type Recorded, recordedDeliveries, recordedExceptions, type Wire } from "./testing/rabbitmq-deliveries.ts"
import { likeness } from "./testing/same-delivery.ts"
import { octets } from "./testing/slot.ts"
import { delivered, receivedMessage } from "./testing/wire-delivery.ts"

/** How many recorded deliveries of a pair are alike to the byte, alike in every value, and different for a reason given. */
interface Agreement {
  readonly bytes: number
  readonly values: number
  readonly excepted: number
  /** RabbitMQ delivered nothing: it refused the message, or closed its consumer. */
  readonly nothing: number
}

function agreement(bytes: number, values: number, excepted: number, nothing: number): Agreement {
  return { bytes, values, excepted, nothing }
}

const PAIRS: readonly (readonly [Wire, Wire, Agreement])[] = [
  ["amqp091", "amqp091", agreement(265, 2, 0, 11)],
  ["amqp091", "amqp10", agreement(254, 5, 2, 17)],
  ["amqp091", "mqtt5", agreement(253, 2, 7, 16)],
  ["amqp091", "mqtt311", agreement(258, 0, 2, 16)],
  ["amqp10", "amqp091", agreement(404, 0, 1, 49)],
  ["amqp10", "amqp10", agreement(422, 7, 3, 22)],
  ["amqp10", "mqtt5", agreement(392, 0, 8, 54)],
  ["amqp10", "mqtt311", agreement(396, 0, 2, 54)],
  ["mqtt5", "amqp091", agreement(83, 10, 3, 2)],
  ["mqtt5", "amqp10", agreement(94, 0, 3, 1)],
  ["mqtt5", "mqtt5", agreement(83, 9, 5, 1)],
  ["mqtt5", "mqtt311", agreement(92, 0, 5, 1)],
  ["mqtt311", "amqp091", agreement(18, 0, 0, 1)],
  ["mqtt311", "amqp10", agreement(19, 0, 0, 0)],
  ["mqtt311", "mqtt5", agreement(16, 0, 2, 0)],
  ["mqtt311", "mqtt311", agreement(15, 0, 2, 0)],
]

const converters = createConverters({ profile: "rabbitmq-4.3", names: { mqttExchange: "amq.topic" } })
const recorded = recordedDeliveries()
const excepted = new Set(Object.values(recordedExceptions()).flatMap(({ lines }) => lines))

/** What a recorded delivery shows; "refused" where the message is refused on its receipt here. */
function outcomeOf(line: Recorded): "bytes" | "values" | "different" | "refused" | "nothing" {
  const { to, delivered: octetsThere, deliveredBody = "", varies = [] } = line
  try {
    const ours = delivered(receivedMessage(line), to, converters)
    if (octetsThere === undefined) return "nothing"
    return likeness(to, ours, { octets: octets(octetsThere), body: octets(deliveredBody) }, varies)
  } catch (cause) {
    if (!(cause instanceof DecodeError || cause instanceof PropertyError)) throw cause
    return octetsThere === undefined ? "nothing" : "refused"
  }
}

describe.each(PAIRS)("what RabbitMQ 4.3.6 delivered from %s to %s", (from, to, expected) => {
  const lines = recorded.filter((line) => line.from === from && line.to === to)
  const outcomes = new Map(lines.map((line) => [line.id, outcomeOf(line)]))

  it("is delivered here, but for the exceptions", () => {
    const ids = [...outcomes].filter(([, outcome]) => outcome === "different" || outcome === "refused")
    expect(ids.map(([id]) => id)).toEqual(lines.map(({ id }) => id).filter((id) => excepted.has(id)))
  })

  it("is as many deliveries, alike in this way, as ever", () => {
    const count = (...wanted: readonly string[]): number =>
      [...outcomes.values()].filter((outcome) => wanted.includes(outcome)).length
    expect(agreement(count("bytes"), count("values"), count("different", "refused"), count("nothing"))).toEqual(
      expected,
    )
  })
})

describe("the recorded deliveries", () => {
  it("are all of a pair above", () => {
    const pairs = new Set(PAIRS.map(([from, to]) => `${from} ${to}`))
    expect(recorded.filter(({ from, to }) => !pairs.has(`${from} ${to}`))).toEqual([])
  })

  it("are those that the exceptions name", () => {
    const ids = new Set(recorded.map(({ id }) => id))
    expect([...excepted].filter((id) => !ids.has(id))).toEqual([])
  })
})
