import { TYPES, type TypeName, typeNumber } from "./catalogue.ts"

/** Format codes (part 1, section 1.6) by the names of their encodings. */
export const CODE = {
  described: 0x00,
  null: 0x40,
  true: 0x41,
  false: 0x42,
  uint0: 0x43,
  ulong0: 0x44,
  list0: 0x45,
  ubyte: 0x50,
  byte: 0x51,
  smalluint: 0x52,
  smallulong: 0x53,
  smallint: 0x54,
  smalllong: 0x55,
  boolean: 0x56,
  ushort: 0x60,
  short: 0x61,
  uint: 0x70,
  int: 0x71,
  float: 0x72,
  char: 0x73,
  decimal32: 0x74,
  ulong: 0x80,
  long: 0x81,
  double: 0x82,
  timestamp: 0x83,
  decimal64: 0x84,
  decimal128: 0x94,
  uuid: 0x98,
  vbin8: 0xa0,
  str8: 0xa1,
  sym8: 0xa3,
  vbin32: 0xb0,
  str32: 0xb1,
  sym32: 0xb3,
  list8: 0xc0,
  map8: 0xc1,
  list32: 0xd0,
  map32: 0xd1,
  array8: 0xe0,
  array32: 0xf0,
} as const

/** What follows a format code; `width` is that of the value, or of size and count. */
interface Constructor {
  readonly code: number
  readonly type: TypeName
  readonly category: "fixed" | "variable" | "compound" | "array"
  readonly width: number
}

/** Every encoding of every primitive type, in the order of section 1.6. */
const CONSTRUCTORS = [
  { code: CODE.null, type: "null", category: "fixed", width: 0 },
  { code: CODE.boolean, type: "boolean", category: "fixed", width: 1 },
  { code: CODE.true, type: "boolean", category: "fixed", width: 0 },
  { code: CODE.false, type: "boolean", category: "fixed", width: 0 },
  { code: CODE.ubyte, type: "ubyte", category: "fixed", width: 1 },
  { code: CODE.ushort, type: "ushort", category: "fixed", width: 2 },
  { code: CODE.uint, type: "uint", category: "fixed", width: 4 },
  { code: CODE.smalluint, type: "uint", category: "fixed", width: 1 },
  { code: CODE.uint0, type: "uint", category: "fixed", width: 0 },
  { code: CODE.ulong, type: "ulong", category: "fixed", width: 8 },
  { code: CODE.smallulong, type: "ulong", category: "fixed", width: 1 },
  { code: CODE.ulong0, type: "ulong", category: "fixed", width: 0 },
  { code: CODE.byte, type: "byte", category: "fixed", width: 1 },
  { code: CODE.short, type: "short", category: "fixed", width: 2 },
  { code: CODE.int, type: "int", category: "fixed", width: 4 },
  { code: CODE.smallint, type: "int", category: "fixed", width: 1 },
  { code: CODE.long, type: "long", category: "fixed", width: 8 },
  { code: CODE.smalllong, type: "long", category: "fixed", width: 1 },
  { code: CODE.float, type: "float", category: "fixed", width: 4 },
  { code: CODE.double, type: "double", category: "fixed", width: 8 },
  { code: CODE.decimal32, type: "decimal32", category: "fixed", width: 4 },
  { code: CODE.decimal64, type: "decimal64", category: "fixed", width: 8 },
  { code: CODE.decimal128, type: "decimal128", category: "fixed", width: 16 },
  { code: CODE.char, type: "char", category: "fixed", width: 4 },
  { code: CODE.timestamp, type: "timestamp", category: "fixed", width: 8 },
  { code: CODE.uuid, type: "uuid", category: "fixed", width: 16 },
  { code: CODE.vbin8, type: "binary", category: "variable", width: 1 },
  { code: CODE.vbin32, type: "binary", category: "variable", width: 4 },
  { code: CODE.str8, type: "string", category: "variable", width: 1 },
  { code: CODE.str32, type: "string", category: "variable", width: 4 },
  { code: CODE.sym8, type: "symbol", category: "variable", width: 1 },
  { code: CODE.sym32, type: "symbol", category: "variable", width: 4 },
  { code: CODE.list0, type: "list", category: "fixed", width: 0 },
  { code: CODE.list8, type: "list", category: "compound", width: 1 },
  { code: CODE.list32, type: "list", category: "compound", width: 4 },
  { code: CODE.map8, type: "map", category: "compound", width: 1 },
  { code: CODE.map32, type: "map", category: "compound", width: 4 },
  { code: CODE.array8, type: "array", category: "array", width: 1 },
  { code: CODE.array32, type: "array", category: "array", width: 4 },
] as const satisfies readonly Constructor[]

/** Entries of `LAYOUTS` for what is not of fixed width. */
export const LAYOUT = {
  unknown: -1,
  described: -2,
  variable8: -3,
  variable32: -4,
  compound8: -5,
  compound32: -6,
  array8: -7,
  array32: -8,
} as const

/** Format code to the width of its value, or to an entry of `LAYOUT`. */
export const LAYOUTS: Int8Array = layouts()

/** Format code to the number of its type in `TYPES`; meaningless for unknown codes. */
export const TYPE_OF_CODE: Uint8Array = typesOfCodes()

/** Format code to 1 where a slot holds the value with its constructor (encoding "encoded"). */
export const IS_ENCODED: Uint8Array = TYPE_OF_CODE.map((type) => (TYPES[type]?.encoding === "encoded" ? 1 : 0))

function layouts(): Int8Array {
  const byCode = new Int8Array(256).fill(LAYOUT.unknown)
  byCode[CODE.described] = LAYOUT.described
  for (const { code, category, width } of CONSTRUCTORS) {
    byCode[code] = category === "fixed" ? width : LAYOUT[`${category}${width === 1 ? 8 : 32}`]
  }
  return byCode
}

function typesOfCodes(): Uint8Array {
  const byCode = new Uint8Array(256)
  byCode[CODE.described] = typeNumber("described")
  for (const { code, type } of CONSTRUCTORS) byCode[code] = typeNumber(type)
  return byCode
}
