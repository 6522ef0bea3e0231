import { createConverters, explainPublished, type Finding, type Names, type Profile } from "@polymq/convert"
import { type DecodedField, type DecodedMessage, decode, type Published } from "@polymq/message"
import type { Protocol } from "./protocols.ts"

/** What becomes of one message on the way to a consumer of another protocol. */
export interface Explanation {
  readonly from: Protocol
  readonly to: Protocol
  readonly profile: Profile
  /** One per field of the message as published, in the order of its format. */
  readonly findings: readonly Finding[]
  /** The fields that the consumer gets. */
  readonly arrives: DecodedMessage
}

const NAMES: Names = { mqttExchange: "amq.topic" }

/** Follows a message to a consumer; never throws for a message that could be read. */
export function explainTo(published: Published, from: Protocol, to: Protocol, profile: Profile): Explanation {
  const options = { profile, names: NAMES }
  const explained = explainPublished(published, to.format, options)
  const found = explained.length === 0 ? unconverted(published) : explained
  const arrives = decode(createConverters(options).convert(published.message, to.format))
  return {
    from,
    to,
    profile,
    findings: found.map((finding) => carriedBy(to, finding)),
    arrives: { ...arrives, fields: arrives.fields.filter(({ field }) => !isLacking(to, field)) },
  }
}

function isLacking({ lacks }: Protocol, field: string): boolean {
  return lacks !== undefined && field.startsWith(lacks.prefix)
}

function carriedBy(to: Protocol, finding: Finding): Finding {
  if (finding.after === undefined || !isLacking(to, finding.after.field)) return finding
  return { ...finding, outcome: "lost", after: undefined, reason: to.lacks?.reason ?? "" }
}

/** Inside a format that the profile leaves as it is every field stays, but for those that end at the hop. */
function unconverted({ message, hop }: Published): readonly Finding[] {
  const none = { row: "", typeRow: undefined, reason: "" }
  const kept = decode(message).fields.map((decoded): Finding => {
    const field = nameOf(decoded)
    return { ...none, field, before: decoded.value, after: { field, value: decoded.value }, outcome: "kept" }
  })
  const ended = hop.map(
    ({ field, value }): Finding => ({ ...none, field, before: value, after: undefined, outcome: "hop" }),
  )
  return [...ended, ...kept]
}

/** "properties.headers[key]" for an entry of a map, the field itself for others. */
export function nameOf({ field, key }: DecodedField): string {
  return key === undefined ? field : `${field.slice(0, -2)}[${String(key.value)}]`
}
