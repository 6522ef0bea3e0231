export { amqp10BodyEnd } from "./amqp10/body.ts"
export { CODE as AMQP10_CODE } from "./amqp10/constructors.ts"
export {
  DESCRIPTORS as AMQP10_DESCRIPTORS,
  UNKNOWN_DESCRIPTOR as AMQP10_UNKNOWN_DESCRIPTOR,
} from "./amqp10/descriptors.ts"
export { amqp10Format } from "./amqp10/format.ts"
export { amqp10Property, type PropertyName as Amqp10PropertyName } from "./amqp10/property.ts"
export { readValue as readAmqp10Value } from "./amqp10/read.ts"
export { Amqp10Reader } from "./amqp10/reader.ts"
export { amqp10HeadBytes, renderAmqp10Head } from "./amqp10/render.ts"
export { validateAmqp10Message } from "./amqp10/validate.ts"
export { skipValue as skipAmqp10Value } from "./amqp10/values.ts"
export { writeValue as writeAmqp10Value } from "./amqp10/write.ts"
export {
  beginList as beginAmqp10List,
  beginMap as beginAmqp10Map,
  endList as endAmqp10List,
  endMap as endAmqp10Map,
  writeBinary as writeAmqp10Binary,
  writeBoolean as writeAmqp10Boolean,
  writeDescriptor as writeAmqp10Descriptor,
  writeInt as writeAmqp10Int,
  writeLong as writeAmqp10Long,
  writeNull as writeAmqp10Null,
  writeString as writeAmqp10String,
  writeSymbol as writeAmqp10Symbol,
  writeSymbols as writeAmqp10Symbols,
  writeTimestamp as writeAmqp10Timestamp,
  writeUbyte as writeAmqp10Ubyte,
  writeUint as writeAmqp10Uint,
  writeUlong as writeAmqp10Ulong,
  writeUshort as writeAmqp10Ushort,
} from "./amqp10/writer.ts"
export { type Argument, readArguments, writeArguments } from "./amqp091/arguments.ts"
export { parseExpiration as parseAmqp091Expiration } from "./amqp091/expiration.ts"
export { amqp091Format } from "./amqp091/format.ts"
export { userId as amqp091UserId } from "./amqp091/properties.ts"
export { publishedContent as publishedAmqp091 } from "./amqp091/published.ts"
export {
  droppedHeaders as amqp091DroppedHeaders,
  MAX_HEADER_FRAME_BYTES as AMQP091_MAX_HEADER_FRAME_BYTES,
  render as renderAmqp091Properties,
  renderedBytes as amqp091PropertiesBytes,
} from "./amqp091/render.ts"
export { validateProperties as validateAmqp091Properties } from "./amqp091/validate.ts"
export type { Death, DeathHistory, DeathReason, DeathSummary, Envelope, FormatName, Qos } from "./envelope.ts"
export { FieldIndex } from "./field-index.ts"
export type { Assembler, Encoding, FieldSpec, Format, Published, Put, TypeSpec } from "./format.ts"
export { formatOf } from "./formats.ts"
export { type DecodedField, type DecodedMessage, decode } from "./inspect.ts"
export {
  type Converted,
  copyEnvelope,
  createMessage,
  effectiveQos,
  type Message,
  type MessageDraft,
  messageBytes,
  NO_BYTES,
  shareBytes,
} from "./message.ts"
export { mqttFormat } from "./mqtt/format.ts"
export type {
  Properties as MqttProperties,
  PropertyName as MqttPropertyName,
  PropertyPlace as MqttPropertyPlace,
  PropertySpec as MqttPropertySpec,
} from "./mqtt/properties.ts"
export { PROPERTIES as MQTT_PROPERTIES } from "./mqtt/properties.ts"
export { readProperties as readMqttProperties, writeProperties as writeMqttProperties } from "./mqtt/property-block.ts"
export { publishedV3 as publishedMqttV3 } from "./mqtt/published.ts"
export { render as renderMqttProperties, renderedBytes as mqttPropertiesBytes } from "./mqtt/render.ts"
export { hasWildcard as hasMqttWildcard, isMqttText } from "./mqtt/text.ts"
export {
  NO_TOPIC_ALIAS,
  validateProperties as validateMqttProperties,
  validateWillProperties as validateMqttWillProperties,
} from "./mqtt/validate.ts"
export { PropertyError } from "./property-error.ts"
export { readUnsigned } from "./read-unsigned.ts"
export { Slot, slotOf } from "./slot.ts"
export { filterToPattern, keyToTopic, topicToKey } from "./topic.ts"
export { type Datum, Described, isList, type Value, ValueMap } from "./value.ts"
