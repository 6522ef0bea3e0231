import { annotationIsBrokers, annotationLacksX } from "../amqp10-conditions.ts"
import { isAboveMqttLength, isMqttText, isUtf8Text, keyIsMqttText } from "../conditions.ts"
import { DOCUMENTED } from "../profile.ts"
import type { Row, Table } from "../table.ts"
import { encodedBody, joinedData } from "../transforms/amqp10-body.ts"
import { amqp10ToText } from "../transforms/amqp10-text.ts"
import { durableToQos } from "../transforms/delivery-guarantee.ts"
import {
  exchangeAddressToTopic,
  exchangesAddressToTopic,
  isMqttExchangeAddress,
  isMqttExchangesAddress,
} from "../transforms/reply-address.ts"
import { cellsOf, documented, lineOf } from "./line.ts"
import { AMQP10_TO_MQTT_ANNOTATIONS_RABBITMQ, AMQP10_TO_MQTT_RABBITMQ } from "./rabbitmq/amqp10-to-mqtt.ts"

const SPEC = "rabbitmq-property-conversions#amqp-mqtt"
const SILENT = "rabbitmq-property-conversions#conventions"
const TEXT = "decisions/text-towards-mqtt"
const TOO_LARGE = "decisions/too-large-for-the-target"
const HOP = "decisions/facts-of-the-hop"
const UNEXPECTED = "decisions/properties-of-an-unexpected-type"
const BODIES = "decisions/footers-and-encoded-bodies"

/** Content type of a payload that is encoded with AMQP's type system; it is not registered. */
const ENCODED = "message/vnd.rabbitmq.amqp"

const USER_PROPERTY = "properties.user-property.*"
const line = lineOf(SPEC)

function lostLine(field: string, cells: string, spec = SPEC): Row {
  return line(`amqp10-mqtt/${field.slice(field.indexOf(".") + 1)}`, `${cells} | | | | |`, { from: field, spec })
}

/** The lines of a map whose simple values become user properties, but for those of text in `simple`. */
function entryLines(from: string, label: string, simple: Row): readonly Row[] {
  const id = `amqp10-mqtt/${from.slice(0, -2)}`
  return [
    ...["string", "symbol"].flatMap((type) => [
      line(`${id}/${type}`, `${label} | \\* | ${type} | valid UTF-8 | User Properties | | utf8 |`, {
        from,
        type,
        key: keyIsMqttText,
        when: isMqttText,
        to: [USER_PROPERTY],
        as: "utf8",
      }),
      line(`${id}/${type}/too-large`, `${label} | \\* | ${type} | more than 65 535 bytes | | | |`, {
        from,
        type,
        when: isAboveMqttLength,
        reason: "too-large",
        spec: TOO_LARGE,
      }),
      line(`${id}/${type}/not-utf8`, `${label} | \\* | ${type} | | | | |`, {
        from,
        type,
        reason: "not-utf8",
        spec: TEXT,
      }),
    ]),
    ...["array", "list", "map", "binary"].map((type) =>
      line(`${id}/${type}`, `${label} | \\* | ${type} | | | | |`, { from, type }),
    ),
    simple,
    line(`${id}/name-not-utf8`, `${label} | \\* | \\* | | | | |`, { from, reason: "name-not-utf8", spec: TEXT }),
  ]
}

/** AMQP 1.0 to MQTT 5.0 (rabbitmq-property-conversions#amqp-mqtt). */
export const amqp10ToMqtt: Table = {
  name: "amqp10-mqtt",
  from: "amqp10",
  to: "mqtt",
  title: "AMQP 1.0 -> MQTT 5.0",
  spec: SPEC,
  columns: cellsOf(
    "AMQP 1.0 section | AMQP 1.0 field | AMQP 1.0 type | Condition | MQTT 5.0 Section | MQTT 5.0 Field | MQTT 5.0 Type | Comment",
  ),
  rows: [
    ...AMQP10_TO_MQTT_RABBITMQ,
    line(
      "amqp10-mqtt/durable",
      "header | durable | boolean | | Fixed Header | QoS | Bits | durable=true maps to QoS 1 durable=false maps to QoS 0",
      { from: "header.durable", via: durableToQos, to: ["fixed-header.qos"], as: "bits" },
    ),
    lostLine("header.priority", "header | priority | ubyte", SILENT),
    line("amqp10-mqtt/ttl", "header | ttl | milliseconds (uint) | | | | |", {
      from: "header.ttl",
      note: "The message expires here all the same.",
      spec: "decisions/durations",
    }),
    line("amqp10-mqtt/first-acquirer", "header | first-acquirer | boolean | | | | |", {
      from: "header.first-acquirer",
      ends: "hop",
      spec: HOP,
    }),
    line("amqp10-mqtt/delivery-count", "header | delivery-count | uint | | | | |", {
      from: "header.delivery-count",
      ends: "hop",
      spec: HOP,
    }),
    line("amqp10-mqtt/delivery-annotations", "delivery annotations | \\* | \\* | | | | |", {
      from: "delivery-annotations.*",
      ends: "hop",
      spec: HOP,
    }),
    lostLine("properties.message-id", "properties | message_id | \\*"),
    lostLine("properties.user-id", "properties | user_id | binary"),
    lostLine("properties.to", "properties | to | address"),
    lostLine("properties.subject", "properties | subject | utf8"),
    line(
      "amqp10-mqtt/reply-to/exchange",
      'properties | reply_to | address | "/exchange/" X "/" RK where X matches mqtt.exchange | Variable Header | Response Topic | utf8 | Translate AMQP topic to MQTT topic',
      {
        from: "properties.reply-to",
        type: "string",
        when: isMqttExchangeAddress,
        profiles: DOCUMENTED,
        via: exchangeAddressToTopic,
        to: ["properties.response-topic"],
        as: "utf8",
        note: "Keys that make no topic name: [reply addresses](../decisions/reply-addresses.md).",
      },
    ),
    line(
      "amqp10-mqtt/reply-to/exchanges",
      'properties | reply_to | address | "/exchanges/" X "/" RK where X matches mqtt.exchange | Variable Header | Response Topic | utf8 | percent-decoded',
      {
        from: "properties.reply-to",
        type: "string",
        when: isMqttExchangesAddress,
        profiles: DOCUMENTED,
        via: exchangesAddressToTopic,
        to: ["properties.response-topic"],
        as: "utf8",
        spec: "decisions/reply-addresses",
      },
    ),
    line("amqp10-mqtt/reply-to", "properties | reply_to | address | | | | |", {
      from: "properties.reply-to",
      reason: "no-topic",
      spec: "decisions/reply-addresses",
    }),
    ...["binary", "string"].flatMap((type) => [
      line(
        `amqp10-mqtt/correlation-id/${type}/too-large`,
        `properties | correlation_id | ${type} | more than 65 535 bytes | | | |`,
        {
          from: "properties.correlation-id",
          type,
          when: isAboveMqttLength,
          reason: "too-large",
          spec: TOO_LARGE,
        },
      ),
      line(
        `amqp10-mqtt/correlation-id/${type}`,
        `properties | correlation_id | ${type} | | Variable Header | Correlation Data | binary | convert to binary`,
        { from: "properties.correlation-id", type, to: ["properties.correlation-data"], as: "binary" },
      ),
    ]),
    line(
      "amqp10-mqtt/correlation-id",
      "properties | correlation_id | * | | Variable Header | Correlation Data | binary | convert to binary",
      {
        from: "properties.correlation-id",
        via: amqp10ToText,
        to: ["properties.correlation-data"],
        as: "binary",
        note: "Which text: [text](../decisions/text-towards-mqtt.md).",
      },
    ),
    line("amqp10-mqtt/content-type", "properties | content_type | symbol | | Variable Header | Content Type | utf8 |", {
      from: "properties.content-type",
      type: "symbol",
      when: isMqttText,
      to: ["properties.content-type"],
      as: "utf8",
    }),
    line("amqp10-mqtt/content-type/too-large", "properties | content_type | symbol | more than 65 535 bytes | | | |", {
      from: "properties.content-type",
      type: "symbol",
      when: isAboveMqttLength,
      reason: "too-large",
      spec: TOO_LARGE,
    }),
    line("amqp10-mqtt/content-type/not-utf8", "properties | content_type | symbol | | | | |", {
      from: "properties.content-type",
      type: "symbol",
      reason: "not-utf8",
      spec: TEXT,
    }),
    line("amqp10-mqtt/content-type/unexpected", "properties | content_type | \\* | | | | |", {
      from: "properties.content-type",
      reason: "unexpected-type",
      spec: UNEXPECTED,
    }),
    lostLine("properties.content-encoding", "properties | content_encoding | symbol"),
    lostLine("properties.absolute-expiry-time", "properties | absolute_expiry_time | timestamp"),
    lostLine("properties.creation-time", "properties | creation_time | timestamp"),
    lostLine("properties.group-id", "properties | group_id | utf8"),
    lostLine("properties.group-sequence", "properties | group_sequence | sequence-no"),
    lostLine("properties.reply-to-group-id", "properties | reply_to_group_id | utf8"),
    ...entryLines(
      "application-properties.*",
      "application properties",
      line(
        "amqp10-mqtt/application-properties/simple",
        "application properties | \\* | \\* | not array, list, map or binary | User Properties | | utf8 | Values converted to string representation",
        { from: "application-properties.*", key: keyIsMqttText, via: amqp10ToText, to: [USER_PROPERTY], as: "utf8" },
      ),
    ),
    line("amqp10-mqtt/message-annotations/broker", "message annotations | \\* | \\* | made by the broker | | | |", {
      from: "message-annotations.*",
      key: annotationIsBrokers,
      profiles: DOCUMENTED,
      ends: "routing",
      spec: "decisions/entries-of-the-broker",
    }),
    line("amqp10-mqtt/message-annotations/other", "message annotations | \\* | \\* | not x- | | | |", {
      from: "message-annotations.*",
      key: annotationLacksX,
    }),
    ...AMQP10_TO_MQTT_ANNOTATIONS_RABBITMQ,
    ...entryLines(
      "message-annotations.*",
      "message annotations",
      line(
        "amqp10-mqtt/message-annotations/simple",
        "message annotations | \\* | \\* | x- headers only, excluding those with array, list, map or binary values | User Properties | | utf8 |",
        { from: "message-annotations.*", key: keyIsMqttText, via: amqp10ToText, to: [USER_PROPERTY], as: "utf8" },
      ),
    ),
    line("amqp10-mqtt/data", "data | | data | one or more data sections | Payload | | binary |", {
      from: "data",
      type: "binary",
      to: ["payload"],
      as: "binary",
    }),
    line("amqp10-mqtt/data/several", "data | | data | one or more data sections | Payload | | binary |", {
      from: "data",
      via: joinedData,
      to: ["payload"],
      as: "binary",
    }),
    ...documented([
      line(
        "amqp10-mqtt/amqp-value/binary",
        "data | \\* | \\* | single AMQP binary value section | Payload | | binary |",
        { from: "amqp-value", type: "binary", to: ["payload"], as: "binary" },
      ),
      line(
        "amqp10-mqtt/amqp-value/string",
        "data | | amqp.value(utf8) | single AMQP value section convertible to UTF-8 | Payload | | binary | Payload-Format-Indicator is set to 1 such that MQTT 5.0 clients can parse the text representation of the message and therefore understand the message.",
        {
          from: "amqp-value",
          type: "string",
          when: isUtf8Text,
          to: ["payload"],
          as: "binary",
          set: { "properties.payload-format-indicator": 1 },
        },
      ),
      line(
        "amqp10-mqtt/amqp-value",
        `data | | * | other single AMQP value section or amqp-sequence sections | Payload | | binary | Encode with the AMQP type system and include a Content Type \`${ENCODED}\`. This Content Type is not registered.`,
        {
          from: "amqp-value",
          via: encodedBody,
          to: ["payload"],
          as: "binary",
          set: { "properties.content-type": ENCODED },
        },
      ),
      line(
        "amqp10-mqtt/amqp-sequence",
        `data | | * | other single AMQP value section or amqp-sequence sections | Payload | | binary | Encode with the AMQP type system and include a Content Type \`${ENCODED}\`. This Content Type is not registered.`,
        {
          from: "amqp-sequence",
          via: encodedBody,
          to: ["payload"],
          as: "binary",
          set: { "properties.content-type": ENCODED },
        },
      ),
    ]),
    line("amqp10-mqtt/footer", "footer | \\* | \\* | | | | |", { from: "footer.*", spec: BODIES }),
  ],
  typeColumns: [],
  types: [],
  precedence: [
    [
      "amqp10-mqtt/data",
      "amqp10-mqtt/data/several",
      "amqp10-mqtt/amqp-value/binary",
      "amqp10-mqtt/amqp-value/string",
      "amqp10-mqtt/amqp-value",
      "amqp10-mqtt/amqp-value/and-footer",
      "amqp10-mqtt/amqp-sequence",
      "amqp10-mqtt/amqp-sequence/and-footer",
      "amqp10-mqtt/content-type",
    ],
  ],
  sorted: [],
  repeated: [USER_PROPERTY],
  keyTypes: { [USER_PROPERTY]: "utf8" },
}
