import { isShortstrText } from "../amqp10-conditions.ts"
import { isFiniteFloat } from "../conditions.ts"
import { DOCUMENTED } from "../profile.ts"
import type { Row } from "../table.ts"
import { unsignedToLong } from "../transforms/integers.ts"
import { millisecondsToSeconds } from "../transforms/timestamps.ts"
import { lineOf } from "./line.ts"
import { AMQP10_TO_AMQP091_TYPES_RABBITMQ } from "./rabbitmq/amqp10-to-amqp091.ts"

const VALUES = "decisions/values-between-amqp-versions"

const typeLine = lineOf("rabbitmq-property-conversions#amqp-amqpl-types")

/** A type that AMQP 0.9.1 has no word for. */
function lostType(type: string, label = type, spec = VALUES): Row {
  return typeLine(`amqp10-amqp091/type/${type}`, `${label} | | |`, { type, reason: "no-such-type", spec })
}

/** Type conversions of AMQP 1.0 to AMQP 0.9.1 (rabbitmq-property-conversions#amqp-amqpl-types). */
export const AMQP10_TO_AMQP091_TYPES: readonly Row[] = [
  ...AMQP10_TO_AMQP091_TYPES_RABBITMQ,
  typeLine(
    "amqp10-amqp091/type/string",
    "utf8 (string) | | longstr | RabbitMQ does not support shortstr header values so all utf8 inputs are converted to longstr unless it is a field in the basic properties",
    { type: "string", as: "longstr" },
  ),
  typeLine("amqp10-amqp091/type/binary", "binary | | binary |", {
    type: "binary",
    as: "binary",
    profiles: DOCUMENTED,
  }),
  typeLine("amqp10-amqp091/type/long", "long | | long |", { type: "long", as: "long" }),
  typeLine("amqp10-amqp091/type/ulong", "ulong | | long | risk of overflow", {
    type: "ulong",
    profiles: DOCUMENTED,
    via: unsignedToLong,
    as: "long",
  }),
  typeLine("amqp10-amqp091/type/ubyte", "ubyte | | unsignedbyte |", { type: "ubyte", as: "unsignedbyte" }),
  typeLine("amqp10-amqp091/type/short", "short | | short |", { type: "short", as: "short" }),
  typeLine("amqp10-amqp091/type/ushort", "ushort | | usignedshort |", { type: "ushort", as: "unsignedshort" }),
  typeLine("amqp10-amqp091/type/uint", "uint | | unsignedint |", { type: "uint", as: "unsignedint" }),
  typeLine("amqp10-amqp091/type/int", "int | | signedint |", { type: "int", as: "signedint" }),
  typeLine("amqp10-amqp091/type/double", "double | neither NaN nor Inf | double |", {
    type: "double",
    when: isFiniteFloat,
    as: "double",
  }),
  typeLine("amqp10-amqp091/type/double/not-finite", "double | | |", {
    type: "double",
    reason: "not-finite",
    spec: VALUES,
  }),
  typeLine("amqp10-amqp091/type/float", "float | neither NaN nor Inf | float |", {
    type: "float",
    when: isFiniteFloat,
    as: "float",
  }),
  typeLine("amqp10-amqp091/type/float/not-finite", "float | | |", {
    type: "float",
    reason: "not-finite",
    spec: VALUES,
  }),
  ...["decimal32", "decimal64", "decimal128"].map((type) =>
    typeLine(
      `amqp10-amqp091/type/${type}`,
      "decimal | | | Message annotations or application properties whose values are of type decimal32, decimal64 or decimal128 are not converted",
      { type, reason: "no-such-type" },
    ),
  ),
  typeLine("amqp10-amqp091/type/boolean", "boolean | | bool |", { type: "boolean", as: "bool" }),
  typeLine("amqp10-amqp091/type/timestamp", "timestamp | | timestamp (seconds) | value divided by 1000", {
    type: "timestamp",
    profiles: DOCUMENTED,
    via: millisecondsToSeconds,
    as: "timestamp",
  }),
  typeLine("amqp10-amqp091/type/byte", "byte | | byte |", { type: "byte", as: "byte" }),
  typeLine("amqp10-amqp091/type/null", "null | | void |", { type: "null", as: "void" }),
  typeLine("amqp10-amqp091/type/list", "list | | array |", { type: "list", as: "array" }),
  typeLine("amqp10-amqp091/type/map", "map | | table |", { type: "map", as: "table" }),
  typeLine("amqp10-amqp091/type/symbol", "symbol | | longstr |", { type: "symbol", as: "longstr" }),
  typeLine("amqp10-amqp091/type/array", "array | | array |", { type: "array", as: "array", spec: VALUES }),
  lostType("char"),
  lostType("uuid"),
  lostType("described"),
  typeLine("amqp10-amqp091/type/map-key", "map.key | `shortstr` | shortstr |", {
    type: "map.key",
    when: isShortstrText,
    as: "shortstr",
    spec: VALUES,
  }),
]
