import { FIELDS, TYPES, type TypeName } from "./catalogue.ts"
import { PROPERTIES, type PropertySpec } from "./properties.ts"

/** Number of a field in `FIELDS`. */
function fieldNumber(name: string): number {
  return FIELDS.findIndex((field) => field.name === name)
}

/** Number of a type in `TYPES`. */
function typeNumber(name: TypeName): number {
  return TYPES.findIndex((type) => type.name === name)
}

export const DUP = fieldNumber("fixed-header.dup")
export const QOS = fieldNumber("fixed-header.qos")
export const RETAIN = fieldNumber("fixed-header.retain")
export const TOPIC_NAME = fieldNumber("topic-name")
export const PACKET_IDENTIFIER = fieldNumber("packet-identifier")
export const EXPIRY = fieldNumber("properties.message-expiry-interval")
export const USER_PROPERTY = fieldNumber("properties.user-property.*")
export const PAYLOAD = fieldNumber("payload")

export const BITS = typeNumber("bits")
export const UTF8 = typeNumber("utf8")
export const BINARY = typeNumber("binary")

/** Number of the field of each property in `PROPERTIES`; -1 for properties that no message has. */
export const FIELD_OF_PROPERTY: Int8Array = Int8Array.from(PROPERTIES, ({ name }) =>
  FIELDS.findIndex((field) => field.name === `properties.${name}` || field.name === `properties.${name}.*`),
)

/** Number of the type of each field in `FIELDS`. */
export const FIELD_TYPE: Uint8Array = Uint8Array.from(FIELDS, (field) =>
  TYPES.findIndex((type) => type.name === field.types[0]),
)

/** Property of each field in `FIELDS`; undefined for fields that are no properties. */
export const PROPERTY_OF_FIELD: readonly (PropertySpec | undefined)[] = FIELDS.map((_, field) => {
  const number = FIELD_OF_PROPERTY.indexOf(field)
  return number < 0 ? undefined : PROPERTIES[number]
})
