import type { FieldSpec, TypeSpec } from "../format.ts"

/**
 * Wire types of AMQP 0.9.1 (4.2.5 and RabbitMQ's field-table errata); the header types carry the letter they have on
 * the wire. `payload` is the content body.
 */
export const TYPES = [
  { name: "shortstr", encoding: "text", tag: undefined },
  { name: "octet", encoding: "unsigned", tag: undefined },
  { name: "payload", encoding: "binary", tag: undefined },
  { name: "longstr", encoding: "text", tag: "S" },
  { name: "bool", encoding: "boolean", tag: "t" },
  { name: "byte", encoding: "signed", tag: "b" },
  { name: "unsignedbyte", encoding: "unsigned", tag: "B" },
  { name: "short", encoding: "signed", tag: "s" },
  { name: "unsignedshort", encoding: "unsigned", tag: "u" },
  { name: "signedint", encoding: "signed", tag: "I" },
  { name: "unsignedint", encoding: "unsigned", tag: "i" },
  { name: "long", encoding: "signed", tag: "l" },
  { name: "float", encoding: "float", tag: "f" },
  { name: "double", encoding: "float", tag: "d" },
  { name: "decimal", encoding: "encoded", tag: "D" },
  { name: "timestamp", encoding: "unsigned", tag: "T" },
  { name: "array", encoding: "encoded", tag: "A" },
  { name: "table", encoding: "encoded", tag: "F" },
  { name: "void", encoding: "null", tag: "V" },
  { name: "binary", encoding: "binary", tag: "x" },
] as const satisfies readonly (TypeSpec & { readonly tag: string | undefined })[]

export type TypeName = (typeof TYPES)[number]["name"]

const HEADER_TYPES = TYPES.filter((type) => type.tag !== undefined).map((type) => type.name)

function property(name: string, type: TypeName): FieldSpec {
  return { name: `properties.${name}`, types: [type], isMap: false, isHop: false }
}

/** Fields of a content header (4.2.6.1, Basic class) in wire order, then the body. */
export const FIELDS: readonly FieldSpec[] = [
  property("content_type", "shortstr"),
  property("content_encoding", "shortstr"),
  { name: "properties.headers.*", types: HEADER_TYPES, isMap: true, isHop: false },
  property("delivery_mode", "octet"),
  property("priority", "octet"),
  property("correlation_id", "shortstr"),
  property("reply_to", "shortstr"),
  property("expiration", "shortstr"),
  property("message_id", "shortstr"),
  property("timestamp", "timestamp"),
  property("type", "shortstr"),
  property("user_id", "shortstr"),
  property("app_id", "shortstr"),
  property("cluster_id", "shortstr"),
  { name: "payload", types: ["payload"], isMap: false, isHop: false },
]
