import type { FieldSpec, TypeSpec } from "../format.ts"

/**
 * Types of AMQP 1.0 (part 1, section 1.6) by their specification names; "encoded" ones lie in a slot with their
 * constructor. `sections` is no type of the specification: it is what a body of several sections is listed as, octets
 * that begin with the first section's descriptor.
 */
export const TYPES = [
  { name: "null", encoding: "null" },
  { name: "boolean", encoding: "boolean" },
  { name: "ubyte", encoding: "unsigned" },
  { name: "ushort", encoding: "unsigned" },
  { name: "uint", encoding: "unsigned" },
  { name: "ulong", encoding: "unsigned" },
  { name: "byte", encoding: "signed" },
  { name: "short", encoding: "signed" },
  { name: "int", encoding: "signed" },
  { name: "long", encoding: "signed" },
  { name: "float", encoding: "float" },
  { name: "double", encoding: "float" },
  { name: "decimal32", encoding: "encoded" },
  { name: "decimal64", encoding: "encoded" },
  { name: "decimal128", encoding: "encoded" },
  { name: "char", encoding: "encoded" },
  { name: "timestamp", encoding: "signed" },
  { name: "uuid", encoding: "encoded" },
  { name: "binary", encoding: "binary" },
  { name: "string", encoding: "text" },
  { name: "symbol", encoding: "text" },
  { name: "list", encoding: "encoded" },
  { name: "map", encoding: "encoded" },
  { name: "array", encoding: "encoded" },
  { name: "described", encoding: "encoded" },
  { name: "sections", encoding: "binary" },
] as const satisfies readonly TypeSpec[]

export type TypeName = (typeof TYPES)[number]["name"]

/** Types that a map's value or an amqp-value can have. */
const ANY = TYPES.map(({ name }) => name).filter((name) => name !== "sections")

/** The types that provide `message-id` (part 3, sections 3.2.11 to 3.2.14). */
const MESSAGE_ID: readonly TypeName[] = ["ulong", "uuid", "binary", "string"]

function single(name: string, types: readonly TypeName[], isHop = false): FieldSpec {
  return { name, types, isMap: false, isHop }
}

function entries(section: string, isHop = false): FieldSpec {
  return { name: `${section}.*`, types: ANY, isMap: true, isHop }
}

/**
 * Fields of a message (part 3, section 3.2) in wire order. A property can arrive with a type that the specification does
 * not give it (a content-type as string is common): it is kept, and listed by a scan with the type it has.
 *
 * The body is one slot: `data` of type binary is the content of a single data section; `data` and `amqp-sequence` of
 * type sections are the encoded sections, from the first descriptor on; `amqp-value` is the value, of any type.
 */
export const FIELDS: readonly FieldSpec[] = [
  single("header.durable", ["boolean"]),
  single("header.priority", ["ubyte"]),
  single("header.ttl", ["uint"]),
  single("header.first-acquirer", ["boolean"], true),
  single("header.delivery-count", ["uint"], true),
  entries("delivery-annotations", true),
  entries("message-annotations"),
  single("properties.message-id", MESSAGE_ID),
  single("properties.user-id", ["binary"]),
  single("properties.to", ["string"]),
  single("properties.subject", ["string"]),
  single("properties.reply-to", ["string"]),
  single("properties.correlation-id", MESSAGE_ID),
  single("properties.content-type", ["symbol"]),
  single("properties.content-encoding", ["symbol"]),
  single("properties.absolute-expiry-time", ["timestamp"]),
  single("properties.creation-time", ["timestamp"]),
  single("properties.group-id", ["string"]),
  single("properties.group-sequence", ["uint"]),
  single("properties.reply-to-group-id", ["string"]),
  entries("application-properties"),
  single("data", ["binary", "sections"]),
  single("amqp-value", ANY),
  single("amqp-sequence", ["sections"]),
  entries("footer"),
]

/** Number of a type in `TYPES`. */
export function typeNumber(name: TypeName): number {
  return TYPES.findIndex((type) => type.name === name)
}

/** Number of a field in `FIELDS`. Raises `RangeError` for a name that is none. */
export function fieldNumber(name: string): number {
  const number = FIELDS.findIndex((field) => field.name === name)
  if (number < 0) throw new RangeError(`no AMQP 1.0 field ${name}`)
  return number
}

/** Numbers of the fields that code names. */
export const FIELD = {
  durable: fieldNumber("header.durable"),
  priority: fieldNumber("header.priority"),
  ttl: fieldNumber("header.ttl"),
  messageAnnotations: fieldNumber("message-annotations.*"),
  firstProperty: fieldNumber("properties.message-id"),
  lastProperty: fieldNumber("properties.reply-to-group-id"),
  applicationProperties: fieldNumber("application-properties.*"),
  data: fieldNumber("data"),
  amqpValue: fieldNumber("amqp-value"),
  amqpSequence: fieldNumber("amqp-sequence"),
  footer: fieldNumber("footer.*"),
} as const

/** Fields of the properties section. */
export const PROPERTY_COUNT: number = FIELD.lastProperty - FIELD.firstProperty + 1
