import { isAboveMqttLength, isMqttText, keyIs, keyIsMqttText } from "../conditions.ts"
import { DOCUMENTED } from "../profile.ts"
import type { Table } from "../table.ts"
import { amqp091ToText } from "../transforms/amqp091-text.ts"
import { deliveryModeToQos } from "../transforms/delivery-guarantee.ts"
import { millisecondsTextToSeconds } from "../transforms/durations.ts"
import { keyToTopic } from "../transforms/topic-and-key.ts"
import { cellsOf, lineOf } from "./line.ts"
import { AMQP091_TO_MQTT_RABBITMQ } from "./rabbitmq/amqp091-to-mqtt.ts"

const SPEC = "rabbitmq-property-conversions#amqpl-mqtt"
const TEXT = "decisions/text-towards-mqtt"
const TOO_LARGE = "decisions/too-large-for-the-target"
const line = lineOf(SPEC)

/** AMQP 0.9.1 to MQTT 5.0 (rabbitmq-property-conversions#amqpl-mqtt). */
export const amqp091ToMqtt: Table = {
  name: "amqp091-mqtt",
  from: "amqp091",
  to: "mqtt",
  title: "AMQP 0.9.1 -> MQTT 5.0",
  spec: SPEC,
  columns: cellsOf(
    "AMQP 0.9.1 section | AMQP 0.9.1 field | AMQP 0.9.1 type | Condition | MQTT 5.0 Section | MQTT 5.0 Field | MQTT 5.0 Type | Comment",
  ),
  rows: [
    ...AMQP091_TO_MQTT_RABBITMQ,
    line("amqp091-mqtt/message-id", "basic properties | message_id | shortstr | | | | |", {
      from: "properties.message_id",
    }),
    line(
      "amqp091-mqtt/correlation-id",
      "basic properties | correlation_id | shortstr | | Variable Header | Correlation Data | binary |",
      { from: "properties.correlation_id", to: ["properties.correlation-data"], as: "binary" },
    ),
    line("amqp091-mqtt/user-id", "basic properties | user_id | shortstr | | | | |", { from: "properties.user_id" }),
    line(
      "amqp091-mqtt/expiration",
      "basic properties | expiration | shortstr | | Variable Header | Message Expiry Interval | uint | convert from milliseconds to seconds",
      {
        from: "properties.expiration",
        profiles: DOCUMENTED,
        via: millisecondsTextToSeconds,
        to: ["properties.message-expiry-interval"],
        as: "uint",
        note: "Rounding and limits: [durations](../decisions/durations.md).",
      },
    ),
    line("amqp091-mqtt/type", "basic properties | type | shortstr | | | | |", { from: "properties.type" }),
    line("amqp091-mqtt/reply-to", "basic properties | reply_to | shortstr | | | | |", { from: "properties.reply_to" }),
    line("amqp091-mqtt/app-id", "basic properties | app_id | shortstr | | | | |", { from: "properties.app_id" }),
    line("amqp091-mqtt/timestamp", "basic properties | timestamp | timestamp (seconds) | | | | |", {
      from: "properties.timestamp",
    }),
    line(
      "amqp091-mqtt/content-type",
      "basic properties | content_type | shortstr | | Variable Header | Content Type | utf8 |",
      { from: "properties.content_type", when: isMqttText, to: ["properties.content-type"], as: "utf8" },
    ),
    line("amqp091-mqtt/content-type/not-utf8", "basic properties | content_type | shortstr | | | | |", {
      from: "properties.content_type",
      reason: "not-utf8",
      spec: TEXT,
    }),
    line("amqp091-mqtt/content-encoding", "basic properties | content_encoding | shortstr | | | | |", {
      from: "properties.content_encoding",
    }),
    line(
      "amqp091-mqtt/delivery-mode",
      "basic properties | delivery_mode | octet | | Fixed Header | QoS | Bits | delivery-mode 2 maps to QoS 1 delivery-mode 1 maps to QoS 0",
      {
        from: "properties.delivery_mode",
        via: deliveryModeToQos,
        to: ["fixed-header.qos"],
        as: "bits",
        note: "Every other value counts as 1.",
      },
    ),
    line("amqp091-mqtt/priority", "basic properties | priority | octet | | | | |", { from: "properties.priority" }),
    line("amqp091-mqtt/cluster-id", "basic properties | cluster_id | shortstr | | | | |", {
      from: "properties.cluster_id",
      spec: "rabbitmq-property-conversions#conventions",
    }),
    line(
      "amqp091-mqtt/headers/x-reply-to-topic",
      "basic.properties | headers | longstr | Key=x-reply-to-topic | Variable Header | Response Topic | utf8 | Translate AMQP topic to MQTT topic",
      {
        from: "properties.headers.*",
        type: "longstr",
        key: keyIs("x-reply-to-topic"),
        via: keyToTopic,
        to: ["properties.response-topic"],
        as: "utf8",
        note: "Keys that make no topic name: [reply topics](../decisions/reply-topics.md).",
      },
    ),
    line(
      "amqp091-mqtt/headers/x-correlation-id/too-large",
      "basic.properties | headers | longstr | Key=x-correlation-id, more than 65 535 bytes | | | |",
      {
        from: "properties.headers.*",
        type: "longstr",
        key: keyIs("x-correlation-id"),
        when: isAboveMqttLength,
        reason: "too-large",
        spec: TOO_LARGE,
      },
    ),
    line(
      "amqp091-mqtt/headers/x-correlation-id",
      "basic.properties | headers | longstr | Key=x-correlation-id | Variable Header | Correlation Data | binary |",
      {
        from: "properties.headers.*",
        type: "longstr",
        key: keyIs("x-correlation-id"),
        profiles: DOCUMENTED,
        to: ["properties.correlation-data"],
        as: "binary",
      },
    ),
    line(
      "amqp091-mqtt/headers/longstr",
      "basic.properties | headers | longstr | valid UTF-8 | User properties | | utf8 |",
      {
        from: "properties.headers.*",
        type: "longstr",
        key: keyIsMqttText,
        when: isMqttText,
        to: ["properties.user-property.*"],
        as: "utf8",
      },
    ),
    line("amqp091-mqtt/headers/too-large", "basic.properties | headers | longstr | more than 65 535 bytes | | | |", {
      from: "properties.headers.*",
      type: "longstr",
      when: isAboveMqttLength,
      reason: "too-large",
      spec: TOO_LARGE,
    }),
    line("amqp091-mqtt/headers/not-utf8", "basic.properties | headers | longstr | | | | |", {
      from: "properties.headers.*",
      type: "longstr",
      reason: "not-utf8",
      spec: TEXT,
    }),
    line("amqp091-mqtt/headers/table", "basic properties | headers | table | | | | |", {
      from: "properties.headers.*",
      type: "table",
    }),
    line("amqp091-mqtt/headers/array", "basic properties | headers | array | | | | |", {
      from: "properties.headers.*",
      type: "array",
    }),
    line("amqp091-mqtt/headers/binary", "basic properties | headers | binary | | | | |", {
      from: "properties.headers.*",
      type: "binary",
      spec: TEXT,
    }),
    line(
      "amqp091-mqtt/headers/simple",
      "basic.properties | headers | \\* | not array, table | User properties | | utf8 | Simple values are converted into their string representation",
      {
        from: "properties.headers.*",
        key: keyIsMqttText,
        via: amqp091ToText,
        to: ["properties.user-property.*"],
        as: "utf8",
      },
    ),
    line("amqp091-mqtt/headers/key-not-utf8", "basic.properties | headers | \\* | | | | |", {
      from: "properties.headers.*",
      reason: "name-not-utf8",
      spec: TEXT,
    }),
    line("amqp091-mqtt/payload", "payload | | binary | | Payload | | |", {
      from: "payload",
      to: ["payload"],
      as: "binary",
    }),
  ],
  typeColumns: [],
  types: [],
  precedence: [
    [
      "amqp091-mqtt/correlation-id",
      "amqp091-mqtt/headers/x-correlation-id",
      "amqp091-mqtt/headers/x-correlation-id/only",
    ],
  ],
  sorted: [],
  repeated: ["properties.user-property.*"],
  keyTypes: { "properties.user-property.*": "utf8" },
}
