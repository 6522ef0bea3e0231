import { type Format, type FormatName, formatOf } from "@polymq/message"
import type { Table } from "./table.ts"
import { amqp091ToMqtt } from "./tables/amqp091-to-mqtt.ts"
import { mqttToAmqp091 } from "./tables/mqtt-to-amqp091.ts"

/** A direct conversion: a table and the two formats that it speaks of. */
export interface Route {
  readonly table: Table
  readonly source: Format
  readonly target: Format
}

/** Every direct conversion, in the order in which the documentation lists them. */
export const ROUTES: readonly Route[] = [mqttToAmqp091, amqp091ToMqtt].map((table) => ({
  table,
  source: formatOf(table.from),
  target: formatOf(table.to),
}))

/** The direct conversion between two formats. Raises `RangeError` where there is none. */
export function routeOf(from: FormatName, to: FormatName): Route {
  const route = ROUTES.find(({ table }) => table.from === from && table.to === to)
  if (route === undefined) throw new RangeError(`no table converts ${from} to ${to}`)
  return route
}
