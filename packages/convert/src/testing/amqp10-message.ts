import {
  AMQP10_DESCRIPTORS,
  type Amqp10PropertyName,
  amqp10Format,
  type Published,
  type Value,
  ValueMap,
  writeAmqp10Descriptor,
  writeAmqp10Value,
} from "@polymq/message"
import { ByteWriter } from "@polymq/wire"

type Entries = readonly (readonly [key: string | Value, value: Value])[]

/** What a test publishes by AMQP 1.0. */
export interface Amqp10Message {
  /** Fields of the header by their place, null where absent. */
  readonly header?: readonly Value[]
  readonly deliveryAnnotations?: Entries
  readonly messageAnnotations?: Entries
  readonly properties?: Readonly<Partial<Record<Amqp10PropertyName, Value>>>
  readonly applicationProperties?: Entries
  readonly body?: Amqp10Body
  readonly footer?: Entries
}

/** Data sections (no body without any), sequence sections, or the one value; an empty data section where it is left out. */
export type Amqp10Body =
  | { readonly data: readonly (string | Uint8Array)[] }
  | { readonly sequences: readonly (readonly Value[])[] }
  | { readonly value: Value }

const PROPERTY_NAMES: readonly Amqp10PropertyName[] = [
  "message-id",
  "user-id",
  "to",
  "subject",
  "reply-to",
  "correlation-id",
  "content-type",
  "content-encoding",
  "absolute-expiry-time",
  "creation-time",
  "group-id",
  "group-sequence",
  "reply-to-group-id",
]

/** The type and value of a field, in few characters. */
export function of(type: string, value: Value["value"]): Value {
  return { type, value }
}

/** All sections, as transfers carry them. */
function amqp10Bytes(message: Amqp10Message): Uint8Array {
  const writer = new ByteWriter()
  const { header, deliveryAnnotations, messageAnnotations, properties, applicationProperties, footer } = message
  if (header !== undefined) section(writer, "amqp:header:list", of("list", header))
  if (deliveryAnnotations !== undefined) {
    section(writer, "amqp:delivery-annotations:map", mapOf(deliveryAnnotations, "symbol"))
  }
  if (messageAnnotations !== undefined) {
    section(writer, "amqp:message-annotations:map", mapOf(messageAnnotations, "symbol"))
  }
  if (properties !== undefined) section(writer, "amqp:properties:list", propertyList(properties))
  if (applicationProperties !== undefined) {
    section(writer, "amqp:application-properties:map", mapOf(applicationProperties, "string"))
  }
  putBody(writer, message.body ?? { data: [""] })
  if (footer !== undefined) section(writer, "amqp:footer:map", mapOf(footer, "symbol"))
  return writer.take()
}

/** The message as its receiver sees it, published at 1 s after the epoch. */
export function amqp10Publish(message: Amqp10Message): Published {
  return amqp10Format.published(amqp10Bytes(message), 1000)
}

/** One encoded section. */
export function amqp10Section(name: keyof typeof AMQP10_DESCRIPTORS, value: Value): Uint8Array {
  const writer = new ByteWriter()
  section(writer, name, value)
  return writer.take()
}

/** A map, its keys of `type` where they are given as text. */
export function mapOf(entries: Entries, type: string): Value {
  return of("map", new ValueMap(entries.map(([key, value]) => [typeof key === "string" ? of(type, key) : key, value])))
}

function propertyList(properties: Readonly<Partial<Record<Amqp10PropertyName, Value>>>): Value {
  return of(
    "list",
    PROPERTY_NAMES.map((name) => properties[name] ?? of("null", null)),
  )
}

function putBody(writer: ByteWriter, body: Amqp10Body): void {
  if ("value" in body) section(writer, "amqp:amqp-value:*", body.value)
  else if ("data" in body) for (const data of body.data) section(writer, "amqp:data:binary", of("binary", data))
  else for (const elements of body.sequences) section(writer, "amqp:amqp-sequence:list", of("list", elements))
}

function section(writer: ByteWriter, name: keyof typeof AMQP10_DESCRIPTORS, value: Value): void {
  writeAmqp10Descriptor(writer, AMQP10_DESCRIPTORS[name])
  writeAmqp10Value(writer, value)
}
