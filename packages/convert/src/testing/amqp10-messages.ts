import { Described, type Published, type Value, ValueMap } from "@polymq/message"
import fc from "fast-check"
import { type Amqp10Body, type Amqp10Message, amqp10Publish, of } from "./amqp10-message.ts"

/** Few keys, so that they repeat and meet the ones that rows write. */
const KEYS = ["", "a", "é", "abc", "x-a", "x-é", "x-b", "CC", "x-message-id", "x-correlation-id", "x-exchange"] as const

const LONG = ["ü".repeat(127), "v".repeat(255), "v".repeat(256), "ü".repeat(128), "v".repeat(65_536), "a\0"] as const

const octets = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom(Uint8Array.of(0xc3, 0x28), new Uint8Array(255).fill(0x61), new Uint8Array(256).fill(0x61)),
)

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 12 }), fc.constantFrom(...LONG), octets)

const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 1, arbitrary: fc.constantFrom("n".repeat(256), `x-${"n".repeat(254)}`, "n".repeat(65_536)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
)

function tagged(type: string, values: fc.Arbitrary<Value["value"]>): fc.Arbitrary<Value> {
  return values.map((value) => of(type, value))
}

function octetsOf(type: string, length: number): fc.Arbitrary<Value> {
  return tagged(type, fc.uint8Array({ minLength: length, maxLength: length }))
}

const string = tagged("string", text)
const symbol = tagged("symbol", text)
const binary = tagged("binary", octets)
const uuid = octetsOf("uuid", 16)
const ulong = tagged("ulong", fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.constantFrom(0n, 200n)))
const timestamp = tagged("timestamp", fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))

const scalar: fc.Arbitrary<Value> = fc.oneof(
  string,
  symbol,
  binary,
  uuid,
  ulong,
  timestamp,
  tagged("null", fc.constant(null)),
  tagged("boolean", fc.boolean()),
  tagged("ubyte", fc.nat({ max: 0xff })),
  tagged("ushort", fc.nat({ max: 0xffff })),
  tagged("uint", fc.nat()),
  tagged("byte", fc.integer({ min: -0x80, max: 0x7f })),
  tagged("short", fc.integer({ min: -0x8000, max: 0x7fff })),
  tagged("int", fc.integer()),
  tagged("long", fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-1n, 1n))),
  tagged("float", fc.float()),
  tagged("double", fc.double()),
  octetsOf("decimal32", 4),
  octetsOf("decimal64", 8),
  octetsOf("decimal128", 16),
  tagged("char", fc.oneof(fc.nat({ max: 0x10_ffff }), fc.constantFrom(0, 0xd800, 0x11_0000))),
)

const KEY_TYPES = ["string", "symbol"] as const

const nested: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 3, withCrossShrink: true },
    scalar,
    tagged("list", fc.array(tie("value"), { maxLength: 3 })),
    tagged(
      "array",
      fc.array(fc.integer(), { maxLength: 3 }).map((elements) => elements.map((value) => of("int", value))),
    ),
    tagged(
      "map",
      fc
        .array(fc.tuple(fc.oneof(fc.tuple(fc.constantFrom(...KEY_TYPES), name), scalar), tie("value")), {
          maxLength: 3,
        })
        .map((entries) => new ValueMap(entries.map(([key, value]) => [Array.isArray(key) ? of(...key) : key, value]))),
    ),
    tie("value").map((value) => of("described", new Described(of("symbol", "d"), value))),
  ),
})).value

/** Leaves each property out at times. */
const SOMETIMES = { requiredKeys: [] } satisfies fc.RecordConstraints<never>

const id = fc.oneof(string, binary, uuid, ulong, nested)
const any = <Type>(usual: fc.Arbitrary<Type>): fc.Arbitrary<Type | Value> =>
  fc.oneof({ weight: 6, arbitrary: usual }, { weight: 1, arbitrary: nested })

const ADDRESSES = [
  "/exchange/amq.topic/a.b",
  "/exchange/amq.topic/",
  "/exchange/amq.topic/#",
  "/exchange/other/a",
  "/exchanges/amq.topic/a%2Eb",
  "/exchanges/amq%2Etopic/%zz",
  "/exchanges/amq.topic",
  "/queues/q",
] as const

const body: fc.Arbitrary<Amqp10Body> = fc.oneof(
  fc.record({ data: fc.array(octets, { maxLength: 3 }) }),
  fc.record({ sequences: fc.array(fc.array(scalar, { maxLength: 2 }), { minLength: 1, maxLength: 2 }) }),
  fc.record({ value: nested }),
)

const keys = tagged("list", fc.array(tagged("string", fc.string()), { maxLength: 3 }))
const annotation = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(name, nested) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("x-cc"), keys) },
  { weight: 1, arbitrary: fc.tuple(ulong, nested) },
)

const absent = fc.constant(of("null", null))

const amqp10: fc.Arbitrary<Amqp10Message> = fc.record(
  {
    header: fc.tuple(
      fc.oneof(tagged("boolean", fc.boolean()), absent),
      fc.oneof(tagged("ubyte", fc.nat({ max: 255 })), absent),
      fc.oneof(tagged("uint", fc.nat()), absent),
      fc.oneof(tagged("boolean", fc.boolean()), absent),
      fc.oneof(tagged("uint", fc.nat()), absent),
    ),
    deliveryAnnotations: fc.array(fc.tuple(name, nested), { maxLength: 2 }),
    messageAnnotations: fc.array(annotation, { maxLength: 20 }),
    properties: fc.record(
      {
        "message-id": id,
        "user-id": any(binary),
        to: any(string),
        subject: any(string),
        "reply-to": any(fc.oneof(string, tagged("string", fc.constantFrom(...ADDRESSES)))),
        "correlation-id": id,
        "content-type": any(symbol),
        "content-encoding": any(symbol),
        "absolute-expiry-time": any(timestamp),
        "creation-time": any(timestamp),
        "group-id": any(string),
        "group-sequence": any(tagged("uint", fc.nat())),
        "reply-to-group-id": any(string),
      },
      SOMETIMES,
    ),
    applicationProperties: fc.array(fc.tuple(name, nested), { maxLength: 20 }),
    body,
    footer: fc.array(fc.tuple(name, nested), { maxLength: 2 }),
  },
  SOMETIMES,
)

/** AMQP 1.0 messages with any fields, odd types, duplicates and long values, as a door accepts them. */
export const AMQP10_MESSAGES: fc.Arbitrary<Published> = amqp10.map(amqp10Publish)
