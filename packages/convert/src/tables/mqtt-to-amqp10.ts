import { payloadIsText } from "../amqp10-conditions.ts"
import { isAsciiText, isTwo, isUtf8Text, keyBeginsWithX, keyIsAsciiWithX, keyIsBrokers } from "../conditions.ts"
import { DOCUMENTED } from "../profile.ts"
import type { Table } from "../table.ts"
import { qosToDurable } from "../transforms/delivery-guarantee.ts"
import { secondsToMilliseconds } from "../transforms/durations.ts"
import { topicToExchangeAddress } from "../transforms/reply-address.ts"
import { isUrnUuid, urnToUuid } from "../transforms/urn-uuid.ts"
import { cellsOf, lineOf } from "./line.ts"
import { MQTT_TO_AMQP10_RABBITMQ } from "./rabbitmq/mqtt-to-amqp10.ts"

const SPEC = "rabbitmq-property-conversions#mqtt-amqp"
const TEXT = "decisions/text-towards-amqp10"
const HOP = "decisions/facts-of-the-hop"

const USER_PROPERTY = "properties.user-property.*"
const line = lineOf(SPEC)
const typeLine = lineOf("rabbitmq-property-conversions#mqtt-amqp-types")

/** MQTT 5.0 to AMQP 1.0 (rabbitmq-property-conversions#mqtt-amqp). */
export const mqttToAmqp10: Table = {
  name: "mqtt-amqp10",
  from: "mqtt",
  to: "amqp10",
  title: "MQTT 5.0 -> AMQP 1.0",
  spec: SPEC,
  columns: cellsOf(
    "MQTT 5.0 Section | MQTT Field | MQTT 5.0 Type | Condition | AMQP 1.0 Section | AMQP 1.0 Field | AMQP 1.0 Type | Comment",
  ),
  rows: [
    ...MQTT_TO_AMQP10_RABBITMQ,
    line(
      "mqtt-amqp10/dup",
      "Fixed Header | Dup | Bits | | | | | Setting to header first-acquirer does not make sense because the DUP flag only applies from client to server (consumption from server to client is determined by the Redelivered flag sent from the queues)",
      { from: "fixed-header.dup", ends: "hop" },
    ),
    line("mqtt-amqp10/qos/2", "Fixed Header | QoS | Bits | 2 | header | durable | boolean | true", {
      from: "fixed-header.qos",
      when: isTwo,
      via: qosToDurable,
      to: ["header.durable"],
      as: "boolean",
      spec: "decisions/quality-of-service-2",
    }),
    line("mqtt-amqp10/qos", "Fixed Header | QoS | Bits | | header | durable | boolean | durable is true if QoS > 0", {
      from: "fixed-header.qos",
      via: qosToDurable,
      to: ["header.durable"],
      as: "boolean",
    }),
    line("mqtt-amqp10/retain", "Fixed Header | Retain | Bits | | | | |", {
      from: "fixed-header.retain",
      ends: "routing",
    }),
    line("mqtt-amqp10/topic-name", "Variable Header | Topic Name | utf8 | | | | |", {
      from: "topic-name",
      ends: "routing",
      note: "Becomes the routing key.",
      spec: HOP,
    }),
    line("mqtt-amqp10/packet-identifier", "Variable Header | Packet Identifier | ushort | | | | |", {
      from: "packet-identifier",
      ends: "hop",
      spec: HOP,
    }),
    line(
      "mqtt-amqp10/payload-format-indicator",
      'Variable Header | Payload Format Indicator | Bits | | | | | see row "Payload" with condition "Payload Format Indicator set"',
      {
        from: "properties.payload-format-indicator",
        profiles: DOCUMENTED,
        note: "It is lost as a field of its own; what it says decides the kind of the body.",
      },
    ),
    line(
      "mqtt-amqp10/message-expiry-interval",
      "Variable Header | Message Expiry Interval | uint | | header | ttl | milliseconds | seconds to milliseconds",
      {
        from: "properties.message-expiry-interval",
        profiles: DOCUMENTED,
        via: secondsToMilliseconds,
        to: ["header.ttl"],
        as: "uint",
        note: "Limits: [durations](../decisions/durations.md).",
      },
    ),
    line("mqtt-amqp10/topic-alias", "Variable Header | Topic Alias | ushort | | | | |", {
      from: "properties.topic-alias",
      ends: "hop",
    }),
    line(
      "mqtt-amqp10/response-topic",
      'Variable Header | Response Topic | utf8 | | properties | reply_to | utf8 | Translate MQTT topic to AMQP routing key (RK). Set reply-to address to "/exchange/" X "/" RK.',
      {
        from: "properties.response-topic",
        profiles: DOCUMENTED,
        via: topicToExchangeAddress,
        to: ["properties.reply-to"],
        as: "string",
      },
    ),
    line(
      "mqtt-amqp10/correlation-data/uuid",
      "Variable Header | Correlation Data | binary | `urn:uuid` | properties | correlation_id | uuid |",
      {
        from: "properties.correlation-data",
        when: isUrnUuid,
        via: urnToUuid,
        to: ["properties.correlation-id"],
        as: "uuid",
      },
    ),
    line(
      "mqtt-amqp10/correlation-data",
      "Variable Header | Correlation Data | binary | | properties | correlation_id | binary |",
      { from: "properties.correlation-data", to: ["properties.correlation-id"], as: "binary" },
    ),
    line("mqtt-amqp10/user-property/broker", "Variable Header | User Property | utf8 | made by the broker | | | |", {
      from: USER_PROPERTY,
      key: keyIsBrokers,
      profiles: DOCUMENTED,
      ends: "routing",
      spec: "decisions/entries-of-the-broker",
    }),
    line(
      "mqtt-amqp10/user-property/x",
      'Variable Header | User Property | utf8 | Key begins with "x-" and key is ASCII | message annotation | | value: utf8 | Key is of type symbol',
      { from: USER_PROPERTY, key: keyIsAsciiWithX, to: ["message-annotations.*"], as: "string" },
    ),
    line(
      "mqtt-amqp10/user-property/name-not-ascii",
      'Variable Header | User Property | utf8 | Key begins with "x-" | | | |',
      {
        from: USER_PROPERTY,
        key: keyBeginsWithX,
        reason: "name-not-ascii",
        spec: TEXT,
      },
    ),
    line(
      "mqtt-amqp10/user-property",
      ' | | | Key does not begin with "x-" | application properties | | value: utf8 | Key is of type utf8',
      { from: USER_PROPERTY, to: ["application-properties.*"], as: "string" },
    ),
    line("mqtt-amqp10/subscription-identifier", "Variable Header | Subscription Identifier | uint | | | | |", {
      from: "properties.subscription-identifier",
      ends: "hop",
    }),
    line(
      "mqtt-amqp10/content-type",
      "Variable Header | Content Type | utf8 | valid ASCII | properties | content_type | symbol | MQTT content type is UTF-8 whereas AMQP 1.0 content type is only ASCII",
      { from: "properties.content-type", when: isAsciiText, to: ["properties.content-type"], as: "symbol" },
    ),
    line("mqtt-amqp10/content-type/not-ascii", "Variable Header | Content Type | utf8 | | | | |", {
      from: "properties.content-type",
      reason: "not-ascii",
      spec: TEXT,
    }),
    line(
      "mqtt-amqp10/payload/text",
      "Payload | | | Payload Format Indicator set | amqp.value | | utf8 | If the Payload Format Indicator is set, convert the MQTT payload to a string (i.e. single AMQP value section) because an AMQP string is UTF-8 encoded",
      {
        from: "payload",
        when: payloadIsText,
        profiles: DOCUMENTED,
        to: ["amqp-value"],
        as: "string",
        note: "A payload that is not UTF-8 although the indicator says so is data: [text](../decisions/text-towards-amqp10.md).",
      },
    ),
    line("mqtt-amqp10/payload", "Payload | | | Payload Format Indicator unset | data | | data |", {
      from: "payload",
      to: ["data"],
      as: "binary",
    }),
  ],
  typeColumns: cellsOf("MQTT 5.0 Type | Condition | AMQP 1.0 Type | Comment"),
  types: [
    typeLine("mqtt-amqp10/type/bits", "Bits | | boolean | only selected flags are converted", {
      type: "bits",
      via: qosToDurable,
      as: "boolean",
    }),
    typeLine("mqtt-amqp10/type/ushort", "ushort | | ushort |", { type: "ushort", as: "ushort" }),
    typeLine("mqtt-amqp10/type/uint", "uint | | uint |", { type: "uint", as: "uint" }),
    typeLine("mqtt-amqp10/type/utf8", "utf8 | | utf8 |", { type: "utf8", as: "string" }),
    typeLine("mqtt-amqp10/type/binary/utf8", "binary data | utf8 | utf8 |", {
      type: "binary",
      when: isUtf8Text,
      as: "string",
    }),
    typeLine("mqtt-amqp10/type/binary", "binary data | | binary |", { type: "binary", as: "binary" }),
    typeLine("mqtt-amqp10/type/utf8-pairs", "utf8 string pairs | | map | de-duplicate keys, but maintains order", {
      type: "utf8 pairs",
      as: "map",
    }),
  ],
  precedence: [],
  sorted: [],
  repeated: [],
  keyTypes: { "message-annotations.*": "symbol", "application-properties.*": "string" },
}
