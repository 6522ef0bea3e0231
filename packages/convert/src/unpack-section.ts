import {
  AMQP10_DESCRIPTORS,
  amqp10Format,
  amqp091Format,
  FieldIndex,
  type Message,
  readAmqp10Value,
  Slot,
  skipAmqp10Value,
} from "@polymq/message"
import type { Condition, Unpacking } from "./table.ts"

/** A section of an AMQP 1.0 message as a header of AMQP 0.9.1 can hold it, encoded. */
export interface Section extends Unpacking {
  /** Fields of AMQP 1.0 that the section can hold. */
  readonly fields: readonly string[]
  /** A longstr or binary that is this section and nothing else. */
  readonly isSection: Condition
}

type Descriptor = keyof typeof AMQP10_DESCRIPTORS

const LONGSTR = amqp091Format.types.findIndex((type) => type.name === "longstr")
const BINARY = amqp091Format.types.findIndex((type) => type.name === "binary")
const ANNOTATIONS = amqp10Format.fields.findIndex((field) => field.name === "message-annotations.*")
const BODY = amqp10Format.fields.findIndex((field) => field.name === "data")
const AMQP10_BINARY = amqp10Format.types.findIndex((type) => type.name === "binary")
const SYMBOL = amqp10Format.types.findIndex((type) => type.name === "symbol")

export const propertiesSection: Section = sectionOf("properties", "amqp:properties:list")
export const applicationPropertiesSection: Section = sectionOf(
  "application-properties",
  "amqp:application-properties:map",
)
export const messageAnnotationsSection: Section = sectionOf("message-annotations", "amqp:message-annotations:map")

/** The same, and the header itself as an annotation: a section begins with NUL, so that it becomes a binary. */
export function keptAsAnnotation(section: Section): Section {
  const { name, text, fields, list } = section
  return {
    ...section,
    name: `${name} and header`,
    text: `${text}, and the header itself as an annotation`,
    fields: [...fields, "message-annotations.*"],
    list: (slot, context) => [...list(slot, context), annotationOf(slot)],
  }
}

function annotationOf({ bytes, start, end, keyBytes, keyStart, keyEnd }: Slot): Slot {
  const annotation = new Slot()
  annotation.field = ANNOTATIONS
  annotation.type = AMQP10_BINARY
  annotation.setValue(bytes, start, end)
  annotation.setKey(SYMBOL, keyBytes, keyStart, keyEnd)
  return annotation
}

function sectionOf(section: string, descriptor: Descriptor): Section {
  return {
    name: `unpack(${section})`,
    text: `the fields of the section ${section}`,
    section,
    fields: amqp10Format.fields.map(({ name }) => name).filter((name) => name.startsWith(`${section}.`)),
    isSection: {
      name: `isSection(${section})`,
      text: `an encoded section ${section}`,
      test: (slot) => messageOf(slot, descriptor) !== undefined,
    },
    list: (slot) => {
      const message = messageOf(slot, descriptor)
      if (message === undefined) return []
      const all = new FieldIndex()
      amqp10Format.scan(message, all)
      return all.list().filter(isPart)
    },
  }
}

/** Whether a slot is of the section itself: not the body that it does not have, and no annotation under a reserved ulong. */
function isPart({ field, keyType }: Slot): boolean {
  return field !== BODY && (field !== ANNOTATIONS || keyType === SYMBOL)
}

/** The message that the section in a slot makes; undefined where the slot holds no such section. */
function messageOf({ type, bytes: source, start, end }: Slot, descriptor: Descriptor): Message | undefined {
  if (type !== LONGSTR && type !== BINARY) return undefined
  const bytes = source.subarray(start, end)
  try {
    if (skipAmqp10Value(bytes, 0, bytes.length) !== bytes.length) return undefined
    const { message } = amqp10Format.published(bytes, 0)
    const { value } = readAmqp10Value(bytes, 1, skipAmqp10Value(bytes, 1, bytes.length))
    return value === descriptor || value === BigInt(AMQP10_DESCRIPTORS[descriptor]) ? message : undefined
  } catch {
    return undefined
  }
}
