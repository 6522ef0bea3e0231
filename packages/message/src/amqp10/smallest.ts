import { byteLength } from "@polymq/wire"
import type { Datum, Value } from "../value.ts"
import { CODE } from "./constructors.ts"

/** The format code that can hold every value of a type; arrays need one for all their elements. */
export const WIDEST: Readonly<Record<string, number>> = {
  null: CODE.null,
  boolean: CODE.boolean,
  ubyte: CODE.ubyte,
  ushort: CODE.ushort,
  uint: CODE.uint,
  ulong: CODE.ulong,
  byte: CODE.byte,
  short: CODE.short,
  int: CODE.int,
  long: CODE.long,
  float: CODE.float,
  double: CODE.double,
  decimal32: CODE.decimal32,
  decimal64: CODE.decimal64,
  decimal128: CODE.decimal128,
  char: CODE.char,
  timestamp: CODE.timestamp,
  uuid: CODE.uuid,
  binary: CODE.vbin32,
  string: CODE.str32,
  symbol: CODE.sym32,
  list: CODE.list32,
  map: CODE.map32,
  array: CODE.array32,
}

/** The format code of a scalar's smallest encoding. Raises `RangeError` where its type cannot hold the value. */
export function constructorOf({ type, value }: Value): number {
  const choose = SMALLEST[type]
  const code = choose?.(value)
  if (code === undefined) throw new RangeError(`AMQP 1.0 has no ${type} ${shown(value)}`)
  return code
}

type Choose = (value: Datum) => number | undefined

const SMALLEST: Readonly<Record<string, Choose>> = {
  null: (value) => (value === null ? CODE.null : undefined),
  boolean: (value) => (typeof value !== "boolean" ? undefined : value ? CODE.true : CODE.false),
  ubyte: unsigned(8, CODE.ubyte),
  ushort: unsigned(16, CODE.ushort),
  uint: unsigned(32, CODE.uint, CODE.smalluint, CODE.uint0),
  ulong: unsigned(64, CODE.ulong, CODE.smallulong, CODE.ulong0),
  byte: signed(8, CODE.byte),
  short: signed(16, CODE.short),
  int: signed(32, CODE.int, CODE.smallint),
  long: signed(64, CODE.long, CODE.smalllong),
  float: (value) => (typeof value === "number" ? CODE.float : undefined),
  double: (value) => (typeof value === "number" ? CODE.double : undefined),
  decimal32: octets(4, CODE.decimal32),
  decimal64: octets(8, CODE.decimal64),
  decimal128: octets(16, CODE.decimal128),
  char: unsigned(32, CODE.char),
  timestamp: signed(64, CODE.timestamp),
  uuid: octets(16, CODE.uuid),
  binary: variable(CODE.vbin8, CODE.vbin32),
  string: variable(CODE.str8, CODE.str32),
  symbol: variable(CODE.sym8, CODE.sym32),
}

function unsigned(bits: number, wide: number, oneByte = wide, noByte = oneByte): Choose {
  const max = 2n ** BigInt(bits) - 1n
  return (value) => {
    if (!isInteger(value) || value < 0 || value > max) return undefined
    if (value === 0 || value === 0n) return noByte
    return value < 0x100 ? oneByte : wide
  }
}

function signed(bits: number, wide: number, oneByte = wide): Choose {
  const limit = 2n ** BigInt(bits - 1)
  return (value) => {
    if (!isInteger(value) || value < -limit || value >= limit) return undefined
    return value >= -0x80 && value < 0x80 ? oneByte : wide
  }
}

function octets(width: number, code: number): Choose {
  return (value) => (value instanceof Uint8Array && value.length === width ? code : undefined)
}

function variable(code8: number, code32: number): Choose {
  return (value) => {
    if (typeof value === "string") return byteLength(value) < 0x100 ? code8 : code32
    if (value instanceof Uint8Array) return value.length < 0x100 ? code8 : code32
    return undefined
  }
}

function isInteger(value: Datum): value is number | bigint {
  return typeof value === "bigint" || Number.isSafeInteger(value)
}

function shown(value: Datum): string {
  return typeof value === "object" && value !== null ? value.constructor.name : String(value)
}
