import { isShortstr, isUtf8Text, keyIsAsciiWithX } from "../conditions.ts"
import { DOCUMENTED } from "../profile.ts"
import type { Row } from "../table.ts"
import { secondsToTimestamp } from "../transforms/timestamps.ts"
import { lineOf } from "./line.ts"
import { AMQP091_TO_AMQP10_TYPES_RABBITMQ } from "./rabbitmq/amqp091-to-amqp10.ts"

const VALUES = "decisions/values-between-amqp-versions"

const typeLine = lineOf("rabbitmq-property-conversions#amqpl-amqp-types")

/** Type conversions of AMQP 0.9.1 to AMQP 1.0 (rabbitmq-property-conversions#amqpl-amqp-types). */
export const AMQP091_TO_AMQP10_TYPES: readonly Row[] = [
  ...AMQP091_TO_AMQP10_TYPES_RABBITMQ,
  typeLine("amqp091-amqp10/type/longstr/short", "longstr | `shortstr` | utf8 | Performance / accuracy trade-off", {
    type: "longstr",
    when: isShortstr,
    profiles: DOCUMENTED,
    as: "string",
  }),
  typeLine("amqp091-amqp10/type/longstr", "longstr | | binary |", { type: "longstr", as: "binary" }),
  typeLine("amqp091-amqp10/type/long", "long | | long |", { type: "long", as: "long" }),
  typeLine("amqp091-amqp10/type/unsignedbyte", "ubyte | | ubyte |", { type: "unsignedbyte", as: "ubyte" }),
  typeLine("amqp091-amqp10/type/short", "short | | short |", { type: "short", as: "short" }),
  typeLine("amqp091-amqp10/type/unsignedshort", "ushort | | ushort |", { type: "unsignedshort", as: "ushort" }),
  typeLine("amqp091-amqp10/type/unsignedint", "uint | | uint |", { type: "unsignedint", as: "uint" }),
  typeLine("amqp091-amqp10/type/signedint", "int | | int |", { type: "signedint", as: "int" }),
  typeLine("amqp091-amqp10/type/double", "double | | double |", { type: "double", as: "double" }),
  typeLine("amqp091-amqp10/type/float", "float | | float |", { type: "float", as: "float" }),
  typeLine("amqp091-amqp10/type/bool", "bool | | boolean |", { type: "bool", as: "boolean" }),
  typeLine("amqp091-amqp10/type/binary", "binary | | binary |", { type: "binary", as: "binary" }),
  typeLine("amqp091-amqp10/type/timestamp", "timestamp | | timestamp | Converted from seconds to milliseconds", {
    type: "timestamp",
    profiles: DOCUMENTED,
    via: secondsToTimestamp,
    as: "timestamp",
  }),
  typeLine("amqp091-amqp10/type/byte", "byte | | byte |", { type: "byte", as: "byte" }),
  typeLine("amqp091-amqp10/type/void", "void | | null |", { type: "void", as: "null" }),
  typeLine("amqp091-amqp10/type/array", "array | | list |", { type: "array", as: "list" }),
  typeLine("amqp091-amqp10/type/table", "table | | map |", { type: "table", as: "map" }),
  typeLine("amqp091-amqp10/type/table-key/x", "table.key | x-* header | symbol |", {
    type: "table.key",
    profiles: DOCUMENTED,
    when: keyIsAsciiWithX,
    as: "symbol",
  }),
  typeLine("amqp091-amqp10/type/table-key", "table.key | | utf8 |", {
    type: "table.key",
    profiles: DOCUMENTED,
    when: isUtf8Text,
    as: "string",
  }),
  typeLine("amqp091-amqp10/type/table-value", "table.value | | \\* | converted according to this table", {
    type: "table.value",
  }),
  typeLine("amqp091-amqp10/type/decimal", "decimal | | |", {
    type: "decimal",
    reason: "no-such-type",
    spec: VALUES,
  }),
]
