import { DecodeError, decodeUtf8, isUtf8, readUint64 } from "@polymq/wire"
import { NO_BYTES } from "../message.ts"
import { readUnsigned } from "../read-unsigned.ts"
import { isList, type Value } from "../value.ts"
import { TYPES, type TypeName, typeNumber } from "./catalogue.ts"
import { Compound } from "./compound.ts"
import { CODE, TYPE_OF_CODE } from "./constructors.ts"
import { descriptorCode } from "./descriptors.ts"
import { readValue } from "./read.ts"
import { contentStart, skipValue, valueEnd } from "./values.ts"

/**
 * Reads the fields of a list one by one: a performative, an outcome, a terminus. A field that is null or was left out at
 * the end of the list is `undefined`. Reused, and what it has checked it does not check again. Every method raises
 * `DecodeError`: `MALFORMED` for a field of another type than asked for.
 */
export class Amqp10Reader {
  bytes: Uint8Array = NO_BYTES
  /** The range that `range` or `binary` found. */
  start = 0
  end = 0
  readonly #list = new Compound()
  #at = 0
  #left = 0
  #format = 0

  /** Begins with the described list at `start`; returns its descriptor, or `UNKNOWN_DESCRIPTOR`. */
  openComposite(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end || bytes[start] !== CODE.described) throw new DecodeError("MALFORMED", "a described list expected")
    const descriptor = descriptorCode(bytes, start + 1, end)
    this.openList(bytes, valueEnd(bytes, start + 1), end)
    return descriptor
  }

  /** Begins with the list at `start`. */
  openList(bytes: Uint8Array, start: number, end: number): void {
    this.#list.openList(bytes, start, end)
    this.bytes = bytes
    this.#at = this.#list.at
    this.#left = this.#list.count
  }

  /** Offset behind the list. */
  get listEnd(): number {
    return this.#list.end
  }

  /** Fields that have not been read. */
  get fieldsLeft(): number {
    return this.#left
  }

  boolean(): boolean | undefined {
    if (!this.#next(BOOLEAN)) return undefined
    return this.#format === CODE.true || (this.#format === CODE.boolean && this.bytes[this.start] === 1)
  }

  ubyte(): number | undefined {
    return this.#next(UBYTE) ? this.#unsigned() : undefined
  }

  ushort(): number | undefined {
    return this.#next(USHORT) ? this.#unsigned() : undefined
  }

  uint(): number | undefined {
    return this.#next(UINT) ? this.#unsigned() : undefined
  }

  ulong(): bigint | undefined {
    if (!this.#next(ULONG)) return undefined
    if (this.end - this.start < 8) return BigInt(this.#unsigned())
    return readUint64(this.bytes, this.start)
  }

  string(): string | undefined {
    return this.#next(STRING) ? this.#text() : undefined
  }

  symbol(): string | undefined {
    return this.#next(SYMBOL) ? this.#text() : undefined
  }

  /** A field that is "multiple" (part 1, section 1.4): an array of symbols, one symbol, or nothing. */
  symbols(): readonly string[] {
    const value = this.value()
    if (value === undefined) return NO_SYMBOLS
    const elements = value.type === "array" && isList(value.value) ? value.value : [value]
    return elements.map((element) => {
      if (element.type !== "symbol" || typeof element.value !== "string") throw wrongType("symbol")
      return element.value
    })
  }

  /** Whether there is a binary; `start` and `end` are then the range of its octets. */
  binary(): boolean {
    return this.#next(BINARY)
  }

  /** Whether there is a value of any type; `start` and `end` are then its range, with its format code. */
  range(): boolean {
    if (this.#left === 0) return false
    const start = this.#at
    this.#at = skipValue(this.bytes, start, this.#list.end)
    this.#left--
    this.start = start
    this.end = this.#at
    return this.bytes[start] !== CODE.null
  }

  /** A value of any type, decoded. */
  value(): Value | undefined {
    return this.range() ? readValue(this.bytes, this.start, this.end) : undefined
  }

  /** Checks and passes over the fields that are left, and that nothing lies behind them. */
  finish(): void {
    while (this.#left > 0) this.range()
    if (this.#at !== this.#list.end) throw new DecodeError("MALFORMED", "bytes left over behind the last field")
  }

  /** Passes over the next field, with `start` and `end` as the range of its content; false when it is null or left out. */
  #next(type: number): boolean {
    if (!this.range()) return false
    const code = this.bytes[this.start] as number
    if (TYPE_OF_CODE[code] !== type) throw wrongType(TYPES[type]?.name)
    this.#format = code
    this.start = contentStart(code, this.start)
    return true
  }

  #unsigned(): number {
    return readUnsigned(this.bytes, this.start, this.end)
  }

  #text(): string {
    if (!isUtf8(this.bytes, this.start, this.end)) throw new DecodeError("INVALID_UTF8", "text that is not UTF-8")
    return decodeUtf8(this.bytes, this.start, this.end)
  }
}

const NO_SYMBOLS: readonly string[] = []
const BOOLEAN = typeNumber("boolean")
const UBYTE = typeNumber("ubyte")
const USHORT = typeNumber("ushort")
const UINT = typeNumber("uint")
const ULONG = typeNumber("ulong")
const STRING = typeNumber("string")
const SYMBOL = typeNumber("symbol")
const BINARY = typeNumber("binary")

function wrongType(expected: TypeName | undefined): DecodeError {
  return new DecodeError("MALFORMED", `a ${expected} expected`)
}
