import { readArguments, writeArguments } from "@polymq/message"
import { ByteReader, type ByteWriter, byteLength, DecodeError, decodeUtf8, isUtf8 } from "@polymq/wire"
import { type ArgumentType, LAYOUTS, type MethodLayout } from "./layouts.ts"
import type { ArgumentsOf, Method, MethodName } from "./methods.ts"

/** What the codec needs of a layout. */
interface Compiled {
  readonly name: MethodName
  readonly arguments: readonly (readonly [name: string, type: ArgumentType])[]
}

/** Class and method number as one: what the first four octets of a method frame's payload read as. */
export function methodId(name: MethodName): number {
  const [classId, number] = LAYOUTS[name].id
  return classId * 0x1_0000 + number
}

const NAMES = Object.keys(LAYOUTS) as readonly MethodName[]

const BY_NAME: ReadonlyMap<MethodName, Compiled> = new Map(
  NAMES.map((name) => {
    const layout: MethodLayout = LAYOUTS[name]
    return [name, { name, arguments: Object.entries(layout.arguments) }]
  }),
)

const NAME_BY_ID: ReadonlyMap<number, MethodName> = new Map(NAMES.map((name) => [methodId(name), name]))

/** Name of the method with this number; undefined when the specification has none. */
export function methodName(id: number): MethodName | undefined {
  return NAME_BY_ID.get(id)
}

/** Whether a client may send this method. */
export function isFromClient(name: MethodName): boolean {
  return LAYOUTS[name].from !== "server"
}

/**
 * Decodes the arguments of the method `name` that lie in `bytes[start, end)`. Raises `DecodeError`: short names must be
 * UTF-8 (4.2.5.3), nothing may follow the last argument.
 */
export function decodeMethod(name: MethodName, bytes: Uint8Array, start: number, end: number): Method {
  const reader = new ByteReader(bytes, start, end)
  const values: Record<string, unknown> = {}
  let bits = 0
  let bitsLeft = 0
  for (const [argument, type] of compiledOf(name).arguments) {
    if (isBit(type)) {
      if (bitsLeft === 0) {
        bits = reader.uint8()
        bitsLeft = 8
      }
      if (type === "bit") values[argument] = (bits & 1) === 1
      bits >>= 1
      bitsLeft--
      continue
    }
    bitsLeft = 0
    const value = READ[type](reader)
    if (!type.startsWith("reserved")) values[argument] = value
  }
  if (reader.remaining > 0) throw new DecodeError("MALFORMED", `${reader.remaining} octets after the last argument`)
  return { name, arguments: values } as unknown as Method
}

/** Writes class, method and arguments of a method. Raises `RangeError` for text that no short string can hold. */
export function encodeMethod<Name extends MethodName>(
  writer: ByteWriter,
  name: Name,
  methodArguments: ArgumentsOf<Name>,
): void {
  const values = methodArguments as Readonly<Record<string, unknown>>
  writer.uint32(methodId(name))
  let bits = 0
  let bitCount = 0
  for (const [argument, type] of compiledOf(name).arguments) {
    if (isBit(type)) {
      if (values[argument] === true) bits |= 1 << bitCount
      bitCount++
      continue
    }
    if (bitCount > 0) writer.uint8(bits)
    bits = 0
    bitCount = 0
    WRITE[type](writer, values[argument])
  }
  if (bitCount > 0) writer.uint8(bits)
}

function compiledOf(name: MethodName): Compiled {
  const compiled = BY_NAME.get(name)
  if (compiled === undefined) throw new RangeError(`no method ${name}`)
  return compiled
}

type WideType = Exclude<ArgumentType, "bit" | "reserved bit">

function isBit(type: ArgumentType): type is "bit" | "reserved bit" {
  return type === "bit" || type === "reserved bit"
}

const READ: Readonly<Record<WideType, (reader: ByteReader) => unknown>> = {
  octet: (reader) => reader.uint8(),
  short: (reader) => reader.uint16(),
  long: (reader) => reader.uint32(),
  longlong: (reader) => reader.uint32() * 0x1_0000_0000 + reader.uint32(),
  shortstr: readShortstr,
  longstr: (reader) => {
    const length = reader.uint32()
    const start = reader.take(length)
    return reader.bytes.subarray(start, start + length)
  },
  table: (reader) => {
    const length = reader.uint32()
    const start = reader.take(length)
    return readArguments(reader.bytes, start, start + length)
  },
  "reserved short": (reader) => reader.uint16(),
  "reserved shortstr": (reader) => reader.take(reader.uint8()),
  "reserved longstr": (reader) => reader.take(reader.uint32()),
}

function readShortstr(reader: ByteReader): string {
  const length = reader.uint8()
  const start = reader.take(length)
  return shortstr(reader.bytes, start, start + length)
}

/** The text of a short string. Raises `DecodeError` `INVALID_UTF8`. */
export function shortstr(bytes: Uint8Array, start: number, end: number): string {
  if (!isUtf8(bytes, start, end)) throw new DecodeError("INVALID_UTF8", "a short string is not UTF-8")
  return decodeUtf8(bytes, start, end)
}

const WRITE: Readonly<Record<WideType, (writer: ByteWriter, value: unknown) => void>> = {
  octet: (writer, value) => writer.uint8(value as number),
  short: (writer, value) => writer.uint16(value as number),
  long: (writer, value) => writer.uint32(value as number),
  longlong: (writer, value) => {
    writer.uint32(Math.floor((value as number) / 0x1_0000_0000))
    writer.uint32((value as number) >>> 0)
  },
  shortstr: (writer, value) => {
    const text = value as string
    const length = byteLength(text)
    if (length > 255) throw new RangeError(`a short string of ${length} bytes`)
    writer.uint8(length)
    writer.utf8(text)
  },
  longstr: (writer, value) => {
    const bytes = value as Uint8Array
    writer.uint32(bytes.length)
    writer.copy(bytes)
  },
  table: (writer, value) => writeArguments(writer, value as ArgumentsOf<"queue.declare">["arguments"]),
  "reserved short": (writer) => writer.uint16(0),
  "reserved shortstr": (writer) => writer.uint8(0),
  "reserved longstr": (writer) => writer.uint32(0),
}
