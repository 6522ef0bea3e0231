import { amqp10Format } from "./amqp10/format.ts"
import { amqp091Format } from "./amqp091/format.ts"
import type { FormatName } from "./envelope.ts"
import type { Format } from "./format.ts"
import { mqttFormat } from "./mqtt/format.ts"

const FORMATS: ReadonlyMap<FormatName, Format> = new Map(
  [amqp091Format, amqp10Format, mqttFormat].map((format) => [format.name, format]),
)

/** The format of that name. Raises `RangeError` for one that is not built in. */
export function formatOf(name: FormatName): Format {
  const format = FORMATS.get(name)
  if (format === undefined) throw new RangeError(`no format ${name}`)
  return format
}
