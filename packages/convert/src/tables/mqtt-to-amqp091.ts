import { isShortstr, isTwo, keyIsShortstr } from "../conditions.ts"
import { DOCUMENTED } from "../profile.ts"
import type { Table } from "../table.ts"
import { qosToDeliveryMode } from "../transforms/delivery-guarantee.ts"
import { secondsToMillisecondsText } from "../transforms/durations.ts"
import { topicToKey } from "../transforms/topic-and-key.ts"
import { cellsOf, lineOf } from "./line.ts"
import { MQTT_TO_AMQP091_RABBITMQ } from "./rabbitmq/mqtt-to-amqp091.ts"

const SPEC = "rabbitmq-property-conversions#mqtt-amqpl"
const line = lineOf(SPEC)
const typeLine = lineOf("rabbitmq-property-conversions#mqtt-amqpl-types")

/** MQTT 5.0 to AMQP 0.9.1 (rabbitmq-property-conversions#mqtt-amqpl). */
export const mqttToAmqp091: Table = {
  name: "mqtt-amqp091",
  from: "mqtt",
  to: "amqp091",
  title: "MQTT 5.0 -> AMQP 0.9.1",
  spec: SPEC,
  columns: cellsOf(
    "MQTT 5.0 Section | MQTT 5.0 Field | MQTT 5.0 Type | Condition | AMQP 0.9.1 Section | AMQP 0.9.1 Field | AMQP 0.9.1 Type | Comment",
  ),
  rows: [
    ...MQTT_TO_AMQP091_RABBITMQ,
    line("mqtt-amqp091/dup", "Fixed Header | Dup | Bits | | | | |", {
      from: "fixed-header.dup",
      ends: "hop",
      note: "Speaks of the way from the publisher only; `redelivered` is the queue's to say.",
    }),
    line("mqtt-amqp091/qos/2", "Fixed Header | QoS | Bits | 2 | properties | delivery_mode | | 2", {
      from: "fixed-header.qos",
      when: isTwo,
      via: qosToDeliveryMode,
      to: ["properties.delivery_mode"],
      as: "octet",
      spec: "decisions/quality-of-service-2",
    }),
    line(
      "mqtt-amqp091/qos",
      "Fixed Header | QoS | Bits | | properties | delivery_mode | | QoS 0 maps to delivery_mode 1 QoS 1 maps to delivery_mode 2",
      { from: "fixed-header.qos", via: qosToDeliveryMode, to: ["properties.delivery_mode"], as: "octet" },
    ),
    line("mqtt-amqp091/retain", "Fixed Header | Retain | Bits | | | | |", {
      from: "fixed-header.retain",
      ends: "routing",
    }),
    line("mqtt-amqp091/topic-name", "Variable Header | Topic Name | utf8 | | | | |", {
      from: "topic-name",
      ends: "routing",
      note: "Becomes the routing key.",
      spec: "decisions/facts-of-the-hop",
    }),
    line("mqtt-amqp091/packet-identifier", "Variable Header | Packet Identifier | ushort | | | | |", {
      from: "packet-identifier",
      ends: "hop",
      spec: "decisions/facts-of-the-hop",
    }),
    line("mqtt-amqp091/payload-format-indicator", "Variable Header | Payload Format Indicator | Bits | | | | |", {
      from: "properties.payload-format-indicator",
      note: "content_encoding means a coding such as gzip, and a content_type would need a subtype that nobody knows.",
    }),
    line(
      "mqtt-amqp091/message-expiry-interval",
      "Variable Header | Message Expiry Interval | uint | | properties | expiration | shortstr | seconds to milliseconds",
      {
        from: "properties.message-expiry-interval",
        profiles: DOCUMENTED,
        via: secondsToMillisecondsText,
        to: ["properties.expiration"],
        as: "shortstr",
      },
    ),
    line("mqtt-amqp091/topic-alias", "Variable Header | Topic Alias | ushort | | | | |", {
      from: "properties.topic-alias",
      ends: "hop",
    }),
    line(
      "mqtt-amqp091/response-topic",
      "Variable Header | Response Topic | utf8 | | properties | headers, Key: x-reply-to-topic | longstr | AMQP 0.9.1 property reply_to refers to a queue name, not to a topic name",
      {
        from: "properties.response-topic",
        via: topicToKey,
        to: [{ field: "properties.headers.*", key: "x-reply-to-topic" }],
        as: "longstr",
      },
    ),
    line(
      "mqtt-amqp091/correlation-data/shortstr",
      "Variable Header | Correlation Data | binary | `shortstr` | properties | correlation_id | shortstr |",
      {
        from: "properties.correlation-data",
        when: isShortstr,
        to: ["properties.correlation_id"],
        as: "shortstr",
      },
    ),
    line("mqtt-amqp091/correlation-data", " | | | | properties | headers, Key: x-correlation-id | longstr |", {
      from: "properties.correlation-data",
      to: [{ field: "properties.headers.*", key: "x-correlation-id" }],
      as: "longstr",
    }),
    line(
      "mqtt-amqp091/user-property",
      "Variable Header | User Property | utf8 string pair | name is `shortstr` | properties | headers | longstr | RabbitMQ cannot have shortstr as e.g. header values.",
      {
        from: "properties.user-property.*",
        key: keyIsShortstr,
        to: ["properties.headers.*"],
        as: "longstr",
        profiles: DOCUMENTED,
      },
    ),
    line("mqtt-amqp091/user-property/name-too-large", "Variable Header | User Property | utf8 string pair | | | | |", {
      from: "properties.user-property.*",
      reason: "name-too-large",
      spec: "decisions/too-large-for-the-target",
    }),
    line(
      "mqtt-amqp091/subscription-identifier",
      "Variable Header | Subscription Identifier | variable byte integer | | | | |",
      { from: "properties.subscription-identifier", ends: "hop" },
    ),
    line(
      "mqtt-amqp091/content-type",
      "Variable Header | Content Type | utf8 | `shortstr` | properties | content_type | shortstr |",
      {
        from: "properties.content-type",
        when: isShortstr,
        to: ["properties.content_type"],
        as: "shortstr",
        profiles: DOCUMENTED,
      },
    ),
    line("mqtt-amqp091/content-type/too-large", "Variable Header | Content Type | utf8 | | | | |", {
      from: "properties.content-type",
      profiles: DOCUMENTED,
      reason: "too-large",
      spec: "decisions/too-large-for-the-target",
    }),
    line("mqtt-amqp091/payload", "Payload | | | | payload | | |", {
      from: "payload",
      to: ["payload"],
      as: "payload",
    }),
  ],
  typeColumns: cellsOf("MQTT 5.0 Type | Condition | AMQP 0.9.1 Type | Comment"),
  types: [
    typeLine("mqtt-amqp091/type/bits", "Bits | | Bits |", { type: "bits", as: "octet" }),
    typeLine("mqtt-amqp091/type/ushort", "ushort | | ushort |", { type: "ushort", as: "unsignedshort" }),
    typeLine("mqtt-amqp091/type/uint", "uint | | uint |", { type: "uint", as: "unsignedint" }),
    typeLine(
      "mqtt-amqp091/type/utf8/short",
      "utf8 | < 256 bytes AND target is not header | shortstr | RabbitMQ cannot have shortstr as e.g. header values.",
      { type: "utf8", when: isShortstr, as: "shortstr" },
    ),
    typeLine("mqtt-amqp091/type/utf8", "utf8 | \\>= 256 bytes | longstr |", { type: "utf8", as: "longstr" }),
    typeLine("mqtt-amqp091/type/binary/short", "binary | < 256 bytes of UTF-8 encoded data | shortstr |", {
      type: "binary",
      when: isShortstr,
      as: "shortstr",
    }),
    typeLine("mqtt-amqp091/type/binary", "binary | no valid UTF-8 or >= 256 bytes | longstr |", {
      type: "binary",
      as: "longstr",
    }),
    typeLine(
      "mqtt-amqp091/type/utf8-pairs",
      'utf8 pairs | | table | "Duplicate fields are illegal" in AMQP 0.9.1 Field Tables. RabbitMQ sorts the fields by key.',
      { type: "utf8 pairs", as: "table" },
    ),
  ],
  precedence: [
    [
      "mqtt-amqp091/response-topic",
      "mqtt-amqp091/correlation-data",
      "mqtt-amqp091/user-property",
      "mqtt-amqp091/user-property/any-name",
    ],
  ],
  sorted: ["properties.headers.*"],
  repeated: [],
  keyTypes: { "properties.headers.*": "shortstr" },
}
