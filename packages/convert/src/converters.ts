import { copyEnvelope, createMessage, type FormatName, type Message } from "@polymq/message"
import { cloneBytes } from "@polymq/wire"
import { type Converter, compile, type Loss } from "./compile.ts"
import { FINISHES } from "./finishes.ts"
import { inProfile, type Names, type Profile } from "./profile.ts"
import { ROUTES, routeOf, SAME_FORMAT } from "./routes.ts"

/** Turns messages into what a consumer of another format reads; total: never throws. */
export interface Converters {
  /**
   * The message in the format `target`: itself when it is of that format and the profile leaves it as it is, else a
   * conversion that is valid until the next call. A message with more than one holder keeps its last conversion.
   */
  convert(message: Message, target: FormatName): Message
}

/** Converters that count what they lose. */
export interface CountingConverters extends Converters {
  /** Values lost per row since the start; rows that lost none are left out. */
  losses(): readonly Loss[]
}

/** What conversions depend on beside the message. */
export interface ConverterOptions {
  readonly profile: Profile
  readonly names: Names
}

/** Converters by the tables of a profile. A table is compiled for its first message, so that a start waits for none. */
export function createConverters({ profile, names }: ConverterOptions): CountingConverters {
  const compiled: Converter[] = []
  const converterOf = (format: FormatName, target: FormatName): Converter => {
    // A few comparisons: faster than looking names up.
    for (let at = 0; at < compiled.length; at++) {
      const converter = compiled[at] as Converter
      if (converter.table.from === format && converter.table.to === target) return converter
    }
    const { table, source, target: to } = routeOf(format, target, profile)
    const converter = compile(table, source, to, profile, names)
    compiled.push(converter)
    return converter
  }
  const convert: Converters["convert"] = (message, target) => {
    const { format } = message
    return format === target ? message : convertOnce(message, converterOf(format, target))
  }
  const losses = (): readonly Loss[] =>
    ROUTES.flatMap(({ table }) => compiled.find((converter) => converter.table === table)?.losses() ?? [])
  const finishes = FINISHES[profile]
  if (finishes === undefined) return { convert, losses }
  const rewritten = new Set(SAME_FORMAT.filter(({ table }) => inProfile(table, profile)).map(({ table }) => table.from))
  return {
    convert: (message, target) => {
      const { format } = message
      const stays = format === target && !rewritten.has(format)
      const converted = stays ? message : convertOnce(message, converterOf(format, target))
      const finish = finishes[target]
      return finish === undefined ? converted : finish(converted)
    },
    losses,
  }
}

function convertOnce(message: Message, converter: Converter): Message {
  const { cached } = message
  if (cached !== undefined && cached.by === converter) return cached.message
  const converted = converter.convert(message)
  if (message.holders < 2) return converted
  const kept = ownCopy(converted)
  message.cached = { by: converter, message: kept }
  return kept
}

/** A copy that survives the next conversion: its head and sections are its own, its payload is the source's. */
function ownCopy(converted: Message): Message {
  const copy = createMessage(converted.format, converted.receivedAtMs)
  copyEnvelope(converted, copy)
  copy.head = cloneBytes(converted.head, converted.headStart, converted.headEnd)
  copy.headEnd = copy.head.length
  copy.sections = cloneBytes(converted.sections, converted.sectionsStart, converted.sectionsEnd)
  copy.sectionsEnd = copy.sections.length
  copy.body = converted.body
  copy.bodyStart = converted.bodyStart
  copy.bodyEnd = converted.bodyEnd
  return copy
}
