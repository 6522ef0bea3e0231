import { amqp10Format } from "./amqp10/format.ts"
import { amqp091Format } from "./amqp091/format.ts"
import type { FormatName } from "./envelope.ts"
import type { Format } from "./format.ts"
import { mqttFormat } from "./mqtt/format.ts"

const FORMATS: Readonly<Record<FormatName, Format>> = {
  amqp091: amqp091Format,
  amqp10: amqp10Format,
  mqtt: mqttFormat,
}

/** The format of that name. */
export function formatOf(name: FormatName): Format {
  return FORMATS[name]
}
