import type { Argument, Arguments } from "@polymq/broker"
import { type Datum, Described, isList, type Value, ValueMap } from "@polymq/message"
import { Refusal } from "./refusal.ts"

/** Types of AMQP 1.0 that no argument can be of. */
const UNSUPPORTED: ReadonlySet<string> = new Set(["decimal32", "decimal64", "decimal128", "uuid", "char", "described"])

const MAX_LONG = 2n ** 63n - 1n

/** The arguments that a map stands for; of entries with one key the last counts. Raises `Refusal` 400. */
export function argumentsOf(value: Value): Arguments {
  const declared = new Map<string, Argument>()
  if (!(value.value instanceof ValueMap)) throw new Refusal(400, `arguments are a map, not a ${value.type}`)
  for (const [{ value: key }, entry] of value.value.entries) {
    if (typeof key !== "string") throw new Refusal(400, "unsupported argument: a key that is no string")
    declared.set(key, argumentOf(entry, key))
  }
  return declared
}

function argumentOf({ type, value }: Value, key: string): Argument {
  if (UNSUPPORTED.has(type) || value instanceof Described) throw unsupported(type, key)
  if (value instanceof ValueMap) return argumentsOf({ type, value })
  if (isList(value)) return value.map((element) => argumentOf(element, key))
  // Text that is not UTF-8 is read as its bytes.
  if (value instanceof Uint8Array && type !== "binary") throw unsupported(`malformed ${type}`, key)
  return typeof value === "bigint" ? exactNumber(value) : value
}

function exactNumber(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function unsupported(type: string, key: string): Refusal {
  return new Refusal(400, `unsupported argument '${key}' of type ${type}`)
}

/** Arguments as a map: integers as long where they fit, other numbers as double. */
export function mapOfArguments(declared: Arguments): Value {
  return mapOf([...declared].map(([key, argument]) => [key, valueOfArgument(argument)]))
}

/** No value. */
export const NOTHING: Value = { type: "null", value: null }

/** A string. */
export function textValue(value: string): Value {
  return { type: "string", value }
}

/** A map whose keys are strings. */
export function mapOf(entries: readonly (readonly [key: string, value: Value])[]): Value {
  return { type: "map", value: new ValueMap(entries.map(([key, value]) => [textValue(key), value])) }
}

function valueOfArgument(argument: Argument): Value {
  if (argument instanceof Uint8Array) return { type: "binary", value: argument }
  if (argument instanceof Map) return mapOfArguments(argument as Arguments)
  if (isArray(argument)) return { type: "list", value: argument.map(valueOfArgument) }
  return { type: scalarType(argument), value: wireNumber(argument) }
}

function isArray(argument: Argument): argument is readonly Argument[] {
  return Array.isArray(argument)
}

function scalarType(argument: Argument): string {
  switch (typeof argument) {
    case "boolean":
    case "string":
      return typeof argument
    case "bigint":
      return argument > MAX_LONG ? "ulong" : "long"
    case "number":
      return Number.isSafeInteger(argument) ? "long" : "double"
    default:
      return "null"
  }
}

/** 64-bit integers are bigint in values. */
function wireNumber(argument: Argument): Datum {
  if (typeof argument === "number") return Number.isSafeInteger(argument) ? BigInt(argument) : argument
  return typeof argument === "object" ? null : argument
}
