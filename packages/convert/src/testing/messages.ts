import type { Published } from "@polymq/message"
import fc from "fast-check"
import { type Amqp091Content, amqp091Publish, type FieldValue, field, longstr } from "./amqp091-content.ts"
import { type MqttPublish, mqttPublish } from "./mqtt-publish.ts"

/** Few keys, so that they repeat and meet the ones that rows write. */
const KEYS = [
  "",
  "a",
  "b",
  "é",
  "abc",
  "abcd",
  "abce",
  "x-a",
  "x-é",
  "x-exchange",
  "x-cc",
  "x-reply-to-topic",
  "x-correlation-id",
  "x-amqp-1.0-properties",
  "x-amqp-1.0-app-properties",
  "x-amqp-1.0-application-properties",
  "x-amqp-1.0-message-annotations",
] as const

/** Encoded sections of AMQP 1.0: a message-id; k = v; x-k = v. */
const SECTIONS = ["005373c00601a1036c6567", "005374c10702a1016ba10176", "005372c10902a303782d6ba10176"]

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }).filter((value) => !value.includes("\0")),
  fc.constantFrom("", "ü".repeat(127), "v".repeat(255), "v".repeat(256), "ü".repeat(128), "v".repeat(65_535)),
)

const octets = fc.oneof(
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom(Uint8Array.of(0), Uint8Array.of(0xc3, 0x28), new Uint8Array(256).fill(0x61)),
)

const shortText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom("s".repeat(255), "a\0"),
)

/** Keys of which one may be too long for a shortstr. */
const name = fc.oneof(fc.constantFrom(...KEYS), fc.constant("n".repeat(256)), text)

/** Leaves each property out at times. */
const SOMETIMES = { requiredKeys: [] } satisfies fc.RecordConstraints<never>

const mqtt: fc.Arbitrary<MqttPublish> = fc.record(
  {
    userPropertiesFirst: fc.boolean(),
    dup: fc.boolean(),
    qos: fc.constantFrom(0, 1, 2),
    retain: fc.boolean(),
    topic: fc.constantFrom("t", "a/b"),
    payloadFormatIndicator: fc.constantFrom(0, 1),
    messageExpiryInterval: fc.oneof(fc.nat(), fc.constant(0xffff_ffff)),
    topicAlias: fc.integer({ min: 1, max: 65_535 }),
    responseTopic: text.filter((topic) => !/[+#]/.test(topic) && topic !== ""),
    correlationData: fc.oneof(octets, text),
    userProperties: fc.array(fc.tuple(name, text), { maxLength: 24 }),
    contentType: text,
    payload: octets,
  },
  SOMETIMES,
)

const fixedWidth = fc.constantFrom(
  ["t", 1],
  ["b", 1],
  ["B", 1],
  ["s", 2],
  ["u", 2],
  ["I", 4],
  ["i", 4],
  ["l", 8],
  ["f", 4],
  ["d", 8],
  ["D", 5],
  ["T", 8],
  ["V", 0],
) satisfies fc.Arbitrary<[string, number]>

const section = fc.constantFrom(...SECTIONS).map((hex) => Uint8Array.from(Buffer.from(hex, "hex")))

const fieldValue: fc.Arbitrary<FieldValue> = fc.oneof(
  { weight: 3, arbitrary: fc.oneof(text, octets, section, fc.constant("v".repeat(65_536))).map(longstr) },
  {
    weight: 3,
    arbitrary: fixedWidth.chain(([letter, width]) =>
      fc.uint8Array({ minLength: width, maxLength: width }).map((bytes) => ({ letter, bytes })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      field("A", "00000000"),
      field("A", "0000000a 49 00000001 53 00000000"),
      field("F", "00000007 01 61 49 00000001"),
      field("x", "00000002 c328"),
    ),
  },
)

const amqp091: fc.Arbitrary<Amqp091Content> = fc.record(
  {
    contentType: shortText,
    contentEncoding: shortText,
    headers: fc.array(
      fc.oneof(
        { weight: 12, arbitrary: fc.tuple(fc.oneof(fc.constantFrom(...KEYS), shortText), fieldValue) },
        { weight: 1, arbitrary: fc.constant(["CC", field("A", "0000000c 53 00000001 61 53 00000001 62")] as const) },
      ),
      { maxLength: 24 },
    ),
    deliveryMode: fc.integer({ min: 0, max: 255 }),
    priority: fc.integer({ min: 0, max: 255 }),
    correlationId: shortText,
    replyTo: shortText,
    expiration: fc.oneof(
      fc.nat().map(String),
      fc.constantFrom("0", "+1", "0060000", "4294967295000", "4294967295001", "9".repeat(40)),
    ),
    messageId: shortText,
    timestamp: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    type: shortText,
    userId: shortText,
    appId: shortText,
    clusterId: shortText,
    body: octets,
  },
  SOMETIMES,
)

/** Messages with any fields, odd bytes, duplicates and long values, as a door accepts them. */
export const MQTT_MESSAGES: fc.Arbitrary<Published> = mqtt.map(mqttPublish)
export const AMQP091_MESSAGES: fc.Arbitrary<Published> = amqp091.map(amqp091Publish)
