import {
  Amqp10Reader,
  beginAmqp10List,
  endAmqp10List,
  type Value,
  writeAmqp10Binary,
  writeAmqp10Boolean,
  writeAmqp10Descriptor,
  writeAmqp10Null,
  writeAmqp10String,
  writeAmqp10Symbol,
  writeAmqp10Symbols,
  writeAmqp10Ubyte,
  writeAmqp10Uint,
  writeAmqp10Ulong,
  writeAmqp10Ushort,
  writeAmqp10Value,
} from "@polymq/message"
import { type ByteWriter, DecodeError } from "@polymq/wire"
import type { AnyDraft, Composite, TypeValues } from "./composites.ts"
import { FRAME_HEADER_BYTES, MIN_DATA_OFFSET } from "./constants.ts"
import { ARCHETYPES, type CompositeName, type FieldLayout, type FieldType, LAYOUTS } from "./layouts.ts"

/** A decoded composite and the offset behind it, where a transfer's payload begins. */
export interface Decoded<Name extends CompositeName> {
  readonly body: { [Each in Name]: Composite<Each> }[Name]
  readonly end: number
}

const NAMES: ReadonlyMap<number, CompositeName> = new Map(
  Object.entries(LAYOUTS).map(([name, { code }]) => [code, name as CompositeName]),
)

/**
 * Decodes the composite at `start` by its layout; it must be one of `expected`. Raises `DecodeError`: `MALFORMED` for
 * another descriptor, a missing mandatory field, a field of another type, more fields than the layout has.
 */
export function decodeComposite<Name extends CompositeName>(
  bytes: Uint8Array,
  start: number,
  end: number,
  expected: readonly Name[],
): Decoded<Name> {
  const reader = new Amqp10Reader()
  const code = reader.openComposite(bytes, start, end)
  const name = NAMES.get(code)
  if (name === undefined || !isOneOf(name, expected)) {
    throw new DecodeError(
      "MALFORMED",
      `descriptor 0x${(code >>> 0).toString(16)} where ${expected.join(" or ")} belongs`,
    )
  }
  const body: Record<string, unknown> = { type: name }
  for (const field of LAYOUTS[name].fields as readonly FieldLayout[]) {
    const value = readField(reader, field) ?? field.default
    if (value === undefined && field.mandatory) throw new DecodeError("MALFORMED", `${name} without ${field.name}`)
    body[field.name] = value
  }
  if (reader.fieldsLeft > 0) throw new DecodeError("MALFORMED", `${name} with too many fields`)
  reader.finish()
  return { body: body as unknown as Decoded<Name>["body"], end: reader.listEnd }
}

function isOneOf<Name extends CompositeName>(name: CompositeName, expected: readonly Name[]): name is Name {
  return (expected as readonly CompositeName[]).includes(name)
}

function readField(reader: Amqp10Reader, field: FieldLayout): unknown {
  if (field.multiple) return reader.symbols()
  if (!isArchetype(field.type)) return READ[field.type](reader)
  if (!reader.range()) return undefined
  const expected: readonly CompositeName[] = ARCHETYPES[field.type]
  return decodeComposite(reader.bytes, reader.start, reader.end, expected).body
}

type Archetype = keyof typeof ARCHETYPES
type Primitive = Exclude<FieldType, Archetype>

function isArchetype(type: FieldType): type is Archetype {
  return Object.hasOwn(ARCHETYPES, type)
}

/** How the next field of a primitive type is read; undefined when it is absent. */
const READ: Readonly<Record<Primitive, (reader: Amqp10Reader) => unknown>> = {
  boolean: (reader) => reader.boolean(),
  ubyte: (reader) => reader.ubyte(),
  ushort: (reader) => reader.ushort(),
  uint: (reader) => reader.uint(),
  ulong: (reader) => reader.ulong(),
  string: (reader) => reader.string(),
  symbol: (reader) => reader.symbol(),
  binary: (reader) => (reader.binary() ? new Uint8Array(reader.bytes.subarray(reader.start, reader.end)) : undefined),
  map: readMap,
}

function readMap(reader: Amqp10Reader): Value | undefined {
  const value = reader.value()
  if (value !== undefined && value.type !== "map") throw new DecodeError("MALFORMED", "a map expected")
  return value
}

/** Appends a composite; absent fields at the end of its list are left out. */
function writeComposite(writer: ByteWriter, draft: AnyDraft): void {
  const fields: readonly FieldLayout[] = LAYOUTS[draft.type].fields
  const values = draft as unknown as Readonly<Record<string, unknown>>
  let count = fields.length
  while (count > 0 && values[(fields[count - 1] as FieldLayout).name] === undefined) count--
  writeAmqp10Descriptor(writer, LAYOUTS[draft.type].code)
  const mark = beginAmqp10List(writer)
  for (const field of fields.slice(0, count)) writeField(writer, field, values[field.name])
  endAmqp10List(writer, mark, count)
}

function writeField(writer: ByteWriter, field: FieldLayout, value: unknown): void {
  if (value === undefined) writeAmqp10Null(writer)
  else if (field.multiple) writeAmqp10Symbols(writer, value as readonly string[])
  else if (isArchetype(field.type)) writeComposite(writer, value as AnyDraft)
  else WRITE[field.type](writer, value as never)
}

/** How a field of a primitive type is written. */
const WRITE: { readonly [Type in Primitive]: (writer: ByteWriter, value: TypeValues[Type]) => void } = {
  boolean: writeAmqp10Boolean,
  ubyte: writeAmqp10Ubyte,
  ushort: writeAmqp10Ushort,
  uint: writeAmqp10Uint,
  ulong: writeAmqp10Ulong,
  string: writeAmqp10String,
  symbol: writeAmqp10Symbol,
  binary: writeAmqp10Binary,
  map: writeAmqp10Value,
}

/** Appends a whole frame of `type` on `channel`. */
export function writeFrame(writer: ByteWriter, type: number, channel: number, draft: AnyDraft): void {
  const start = writer.skip(FRAME_HEADER_BYTES)
  writeComposite(writer, draft)
  writer.patchUint32(start, writer.at - start)
  writer.patchUint8(start + 4, MIN_DATA_OFFSET)
  writer.patchUint8(start + 5, type)
  writer.patchUint16(start + 6, channel)
}

/** The composite as an encoded value. */
export function encodeComposite(writer: ByteWriter, draft: AnyDraft): Uint8Array {
  writer.reset()
  writeComposite(writer, draft)
  return writer.take()
}
