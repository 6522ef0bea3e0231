import { type Format, type FormatName, formatOf } from "@polymq/message"
import { inProfile, type Profile } from "./profile.ts"
import type { Table } from "./table.ts"
import { amqp10ToAmqp091 } from "./tables/amqp10-to-amqp091.ts"
import { amqp10ToMqtt } from "./tables/amqp10-to-mqtt.ts"
import { amqp091ToAmqp10 } from "./tables/amqp091-to-amqp10.ts"
import { amqp091ToAmqp091 } from "./tables/amqp091-to-amqp091.ts"
import { amqp091ToMqtt } from "./tables/amqp091-to-mqtt.ts"
import { mqttToAmqp10 } from "./tables/mqtt-to-amqp10.ts"
import { mqttToAmqp091 } from "./tables/mqtt-to-amqp091.ts"

/** A direct conversion: a table and the two formats that it speaks of. */
export interface Route {
  readonly table: Table
  readonly source: Format
  readonly target: Format
}

/** Every direct conversion, in the order in which the documentation lists them. */
export const ROUTES: readonly Route[] = [
  amqp10ToAmqp091,
  amqp091ToAmqp10,
  mqttToAmqp10,
  mqttToAmqp091,
  amqp10ToMqtt,
  amqp091ToMqtt,
  amqp091ToAmqp091,
].map((table) => ({
  table,
  source: formatOf(table.from),
  target: formatOf(table.to),
}))

/** What some profiles make of messages that stay in their format. */
export const SAME_FORMAT: readonly Route[] = ROUTES.filter(({ table }) => table.from === table.to)

/** The direct conversion between two formats, or what a profile makes of messages that stay in one; undefined where there is none. */
export function findRoute(from: FormatName, to: FormatName, profile: Profile): Route | undefined {
  return ROUTES.find(({ table }) => table.from === from && table.to === to && inProfile(table, profile))
}

/** As `findRoute`. Raises `RangeError` where there is none. */
export function routeOf(from: FormatName, to: FormatName, profile: Profile = "documented"): Route {
  const route = findRoute(from, to, profile)
  if (route === undefined) throw new RangeError(`no table converts ${from} to ${to}`)
  return route
}
