export type { Death, Envelope, FormatName, Qos } from "./envelope.ts"
export { FieldIndex } from "./field-index.ts"
export type { Assembler, Encoding, FieldSpec, Format, Published, TypeSpec } from "./format.ts"
export {
  type Converted,
  copyEnvelope,
  createMessage,
  effectiveQos,
  type Message,
  type MessageDraft,
  messageBytes,
  NO_BYTES,
} from "./message.ts"
export { filterToPattern, keyToTopic, topicToKey } from "./topic.ts"
export { type Datum, Described, type Value, ValueMap } from "./value.ts"
