import {
  isAsciiText,
  isUtf8Text,
  keyBeginsWithX,
  keyIs,
  keyIsAsciiWithX,
  keyIsBrokers,
  keyIsUtf8,
} from "../conditions.ts"
import { DOCUMENTED, RABBITMQ } from "../profile.ts"
import type { Row, Table } from "../table.ts"
import { deliveryModeToDurable } from "../transforms/delivery-guarantee.ts"
import { millisecondsTextToMilliseconds } from "../transforms/durations.ts"
import { keyToTopicAddress } from "../transforms/reply-address.ts"
import { secondsToTimestamp } from "../transforms/timestamps.ts"
import { isUrnUuid, urnToUuid } from "../transforms/urn-uuid.ts"
import {
  applicationPropertiesSection,
  messageAnnotationsSection,
  propertiesSection,
  type Section,
} from "../unpack-section.ts"
import { AMQP091_TO_AMQP10_TYPES } from "./amqp091-to-amqp10-types.ts"
import { cellsOf, documented, lineOf } from "./line.ts"
import {
  AMQP091_TO_AMQP10_IDS_RABBITMQ,
  AMQP091_TO_AMQP10_RABBITMQ,
  AMQP091_TO_AMQP10_SIMPLE_RABBITMQ,
} from "./rabbitmq/amqp091-to-amqp10.ts"

const SPEC = "rabbitmq-property-conversions#amqpl-amqp"
const SILENT = "rabbitmq-property-conversions#conventions"
const TEXT = "decisions/text-towards-amqp10"
const LEGACY = "decisions/legacy-section-headers"

const HEADERS = "properties.headers.*"
const ANNOTATIONS = "message-annotations.*"
const line = lineOf(SPEC)

/** A section of properties comes before what the message has of its own. */
const LEGACY_PROPERTIES = [
  "amqp091-amqp10/headers/x-amqp-1.0-properties",
  "amqp091-amqp10/headers/x-amqp-1.0-properties/kept",
] as const

/** A property that becomes text, and the line for bytes that are none. */
function textLines(
  name: string,
  cells: string,
  reason: "not-utf8" | "not-ascii",
  meaning: Partial<Row>,
): readonly Row[] {
  const from = `properties.${name}`
  const id = `amqp091-amqp10/${name.replaceAll("_", "-")}`
  return documented([
    line(id, `basic properties | ${cells}`, {
      from,
      when: reason === "not-utf8" ? isUtf8Text : isAsciiText,
      ...meaning,
    }),
    line(`${id}/${reason}`, `basic properties | ${name} | shortstr | | | | |`, { from, reason, spec: TEXT }),
  ])
}

function idLines(name: "message" | "correlation"): readonly Row[] {
  const field = `${name}_id`
  const to = [`properties.${name}-id`]
  return [
    line(
      `amqp091-amqp10/${name}-id/uuid`,
      `basic properties | ${field} | shortstr | valid urn uuid | properties | ${field} | uuid |`,
      { from: `properties.${field}`, when: isUrnUuid, via: urnToUuid, to, as: "uuid" },
    ),
    AMQP091_TO_AMQP10_IDS_RABBITMQ[name],
    ...textLines(field, `${field} | shortstr | | properties | ${field} | utf8 |`, "not-utf8", { to, as: "string" }),
  ]
}

/** A header in which RabbitMQ's AMQP 1.0 plugin kept a section as it was. */
function legacyLine(key: string, section: Section, label: string, spec: string): Row {
  return line(
    `amqp091-amqp10/headers/${key}`,
    `basic.properties | headers | | Key=${key} | ${label} | \\- | \\- | legacy 1.0 plugin headers`,
    {
      from: HEADERS,
      key: keyIs(key),
      when: section.isSection,
      unpack: section,
      to: section.fields,
      as: "*",
      note: `What counts as a section: [legacy headers](../${LEGACY}.md).`,
      spec,
    },
  )
}

/** AMQP 0.9.1 to AMQP 1.0 (rabbitmq-property-conversions#amqpl-amqp). */
export const amqp091ToAmqp10: Table = {
  name: "amqp091-amqp10",
  from: "amqp091",
  to: "amqp10",
  title: "AMQP 0.9.1 -> AMQP 1.0",
  spec: SPEC,
  columns: cellsOf(
    "AMQP 0.9.1 section | AMQP 0.9.1 field | AMQP 0.9.1 type | Condition | AMQP 1.0 section | AMQP 1.0 Field | AMQP 1.0 Type | Comment",
  ),
  rows: [
    ...AMQP091_TO_AMQP10_RABBITMQ,
    ...idLines("message"),
    ...idLines("correlation"),
    line("amqp091-amqp10/user-id", "basic properties | user_id | shortstr | | properties | user_id | binary |", {
      from: "properties.user_id",
      to: ["properties.user-id"],
      as: "binary",
    }),
    line(
      "amqp091-amqp10/expiration",
      "basic properties | expiration | shortstr | if convertible to numeric type | header | ttl | uint |",
      {
        from: "properties.expiration",
        profiles: DOCUMENTED,
        via: millisecondsTextToMilliseconds,
        to: ["header.ttl"],
        as: "uint",
        note: "Limits: [durations](../decisions/durations.md).",
      },
    ),
    ...textLines("type", "type | shortstr | | message annotations | x-basic-type | utf8 |", "not-utf8", {
      to: [{ field: ANNOTATIONS, key: "x-basic-type" }],
      as: "string",
      note: "Says nothing of the body, be it `amqp-1.0`: [encoded bodies](../decisions/footers-and-encoded-bodies.md).",
    }),
    ...textLines("reply_to", "reply_to | shortstr | | properties | reply_to | utf8 |", "not-utf8", {
      to: ["properties.reply-to"],
      as: "string",
    }),
    ...textLines("app_id", "app_id | shortstr | | properties | group-id | utf8 |", "not-utf8", {
      to: ["properties.group-id"],
      as: "string",
    }),
    line(
      "amqp091-amqp10/timestamp",
      "basic properties | timestamp | timestamp (seconds) | | properties | creation_time | timestamp | converted to ms",
      {
        from: "properties.timestamp",
        via: secondsToTimestamp,
        to: ["properties.creation-time"],
        as: "timestamp",
        profiles: DOCUMENTED,
      },
    ),
    ...textLines("content_type", "content-type | shortstr | | properties | content-type | symbol |", "not-ascii", {
      to: ["properties.content-type"],
      as: "symbol",
    }),
    ...textLines(
      "content_encoding",
      "content-encoding | shortstr | | properties | content-encoding | symbol |",
      "not-ascii",
      { to: ["properties.content-encoding"], as: "symbol" },
    ),
    line(
      "amqp091-amqp10/delivery-mode",
      "basic properties | delivery-mode | octet | | header | durable | boolean | previously in x-basic-delivery-mode",
      {
        from: "properties.delivery_mode",
        via: deliveryModeToDurable,
        to: ["header.durable"],
        as: "boolean",
        note: "Every other value counts as 1.",
      },
    ),
    line(
      "amqp091-amqp10/priority",
      "basic properties | priority | octet | | header | priority | ubyte | previously in x-basic-priority",
      { from: "properties.priority", to: ["header.priority"], as: "ubyte" },
    ),
    line("amqp091-amqp10/cluster-id", "basic properties | cluster_id | shortstr | | | | |", {
      from: "properties.cluster_id",
      spec: SILENT,
    }),
    ...documented([
      legacyLine("x-amqp-1.0-properties", propertiesSection, "properties", SPEC),
      legacyLine("x-amqp-1.0-application-properties", applicationPropertiesSection, "application properties", SPEC),
      legacyLine("x-amqp-1.0-app-properties", applicationPropertiesSection, "application properties", LEGACY),
      legacyLine("x-amqp-1.0-message-annotations", messageAnnotationsSection, "message annotations", SPEC),
      line(
        "amqp091-amqp10/headers/x-reply-to-topic",
        'basic.properties | headers | | Key=x-reply-to-topic | properties | reply_to | utf8 | "/topic/" RK',
        {
          from: HEADERS,
          type: "longstr",
          key: keyIs("x-reply-to-topic"),
          when: isUtf8Text,
          via: keyToTopicAddress,
          to: ["properties.reply-to"],
          as: "string",
        },
      ),
      line("amqp091-amqp10/headers/broker", "basic properties | headers | * | made by the broker | | | |", {
        from: HEADERS,
        key: keyIsBrokers,
        ends: "routing",
        spec: "decisions/entries-of-the-broker",
      }),
    ]),
    line(
      "amqp091-amqp10/headers/cc",
      "basic properties | headers | array | Key=CC | message annotations | x-cc | \\* |",
      {
        from: HEADERS,
        type: "array",
        key: keyIs("CC"),
        to: [{ field: ANNOTATIONS, key: "x-cc" }],
        as: "*",
        spec: "decisions/further-routing-keys",
      },
    ),
    ...documented([
      line(
        "amqp091-amqp10/headers/x",
        'basic properties | headers | * | Key begins with "x-" | message annotations | Key | \\* | see type conversion rules',
        { from: HEADERS, key: keyIsAsciiWithX, to: [ANNOTATIONS], as: "*" },
      ),
      line("amqp091-amqp10/headers/name-not-ascii", 'basic properties | headers | * | Key begins with "x-" | | | |', {
        from: HEADERS,
        key: keyBeginsWithX,
        reason: "name-not-ascii",
        spec: TEXT,
      }),
    ]),
    line(
      "amqp091-amqp10/headers/array",
      "basic properties | headers | array | Value is array or table | \\- | \\- | \\- | not converted",
      {
        from: HEADERS,
        type: "array",
      },
    ),
    line(
      "amqp091-amqp10/headers/table",
      "basic properties | headers | table | Value is array or table | \\- | \\- | \\- | not converted",
      {
        from: HEADERS,
        type: "table",
      },
    ),
    ...documented([
      line(
        "amqp091-amqp10/headers/simple",
        "basic properties | headers | table | Value not array or table | application properties | Key | \\* | see type conversion rules",
        { from: HEADERS, key: keyIsUtf8, to: ["application-properties.*"], as: "*" },
      ),
      line("amqp091-amqp10/headers/name-not-utf8", "basic properties | headers | * | | | | |", {
        from: HEADERS,
        reason: "name-not-utf8",
        spec: TEXT,
      }),
    ]),
    AMQP091_TO_AMQP10_SIMPLE_RABBITMQ,
    line("amqp091-amqp10/payload", "payload | \\- | binary | | data | \\- | data |", {
      from: "payload",
      to: ["data"],
      as: "binary",
    }),
  ],
  typeColumns: cellsOf("AMQP 0.9.1 type | Condition | AMQP 1.0 type | Comment"),
  types: AMQP091_TO_AMQP10_TYPES,
  precedence: [
    ...["message-id", "correlation-id"].map((id) => [
      ...LEGACY_PROPERTIES,
      `amqp091-amqp10/${id}/uuid`,
      `amqp091-amqp10/${id}`,
      `amqp091-amqp10/${id}/any`,
    ]),
    [
      ...LEGACY_PROPERTIES,
      "amqp091-amqp10/reply-to",
      "amqp091-amqp10/headers/x-reply-to-topic",
      "amqp091-amqp10/reply-to/queue",
    ],
    [...LEGACY_PROPERTIES, "amqp091-amqp10/user-id"],
    [...LEGACY_PROPERTIES, "amqp091-amqp10/timestamp", "amqp091-amqp10/timestamp/wrapped"],
    ...["app-id", "content-type", "content-encoding"].map((id) => [
      ...LEGACY_PROPERTIES,
      `amqp091-amqp10/${id}`,
      `amqp091-amqp10/${id}/any`,
    ]),
    [
      "amqp091-amqp10/headers/x-amqp-1.0-message-annotations",
      "amqp091-amqp10/type",
      "amqp091-amqp10/headers/cc",
      "amqp091-amqp10/headers/x",
    ],
    [
      "amqp091-amqp10/headers/x-amqp-1.0-application-properties",
      "amqp091-amqp10/headers/x-amqp-1.0-app-properties",
      "amqp091-amqp10/headers/simple",
    ],
    ["amqp091-amqp10/payload/encoded", "amqp091-amqp10/payload"],
  ],
  sorted: [],
  repeated: [
    { field: ANNOTATIONS, profiles: RABBITMQ },
    { field: "application-properties.*", profiles: RABBITMQ },
  ],
  keyTypes: { [ANNOTATIONS]: "symbol", "application-properties.*": "string" },
}
