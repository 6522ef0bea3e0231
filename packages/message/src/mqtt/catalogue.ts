import type { FieldSpec, TypeSpec } from "../format.ts"

/** Data representations of MQTT 5.0 section 1.5, and `bits` for the flags of the fixed header. */
export const TYPES = [
  { name: "bits", encoding: "unsigned" },
  { name: "byte", encoding: "unsigned" },
  { name: "ushort", encoding: "unsigned" },
  { name: "uint", encoding: "unsigned" },
  { name: "varint", encoding: "unsigned" },
  { name: "utf8", encoding: "text" },
  { name: "binary", encoding: "binary" },
] as const satisfies readonly TypeSpec[]

export type TypeName = (typeof TYPES)[number]["name"]

function field(name: string, type: TypeName, isHop = false): FieldSpec {
  return { name, types: [type], isMap: false, isHop }
}

/**
 * Fields of a PUBLISH packet (MQTT 5.0 section 3.3). The topic name is listed with those that end at the hop because it
 * lives on in the envelope. Of RETAIN only 1 is listed by a scan.
 */
export const FIELDS: readonly FieldSpec[] = [
  field("fixed-header.dup", "bits", true),
  field("fixed-header.qos", "bits"),
  field("fixed-header.retain", "bits"),
  field("topic-name", "utf8", true),
  field("packet-identifier", "ushort", true),
  field("properties.payload-format-indicator", "byte"),
  field("properties.message-expiry-interval", "uint"),
  field("properties.topic-alias", "ushort", true),
  field("properties.response-topic", "utf8"),
  field("properties.correlation-data", "binary"),
  { name: "properties.user-property.*", types: ["utf8"], isMap: true, isHop: false },
  field("properties.subscription-identifier", "varint", true),
  field("properties.content-type", "utf8"),
  field("payload", "binary"),
]
