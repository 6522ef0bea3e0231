import {
  annotationBeginsWithX,
  annotationIsBrokers,
  annotationIsCc,
  annotationIsShortstrWithX,
} from "../amqp10-conditions.ts"
import { isAboveShortstrLength, isShortstr, keyIsShortstr } from "../conditions.ts"
import { DOCUMENTED, RABBITMQ } from "../profile.ts"
import type { Row, Table } from "../table.ts"
import { encodedBody } from "../transforms/amqp10-body.ts"
import { durableToDeliveryMode } from "../transforms/delivery-guarantee.ts"
import { unsignedToText } from "../transforms/integers.ts"
import { millisecondsToSeconds } from "../transforms/timestamps.ts"
import { uuidToUrn } from "../transforms/urn-uuid.ts"
import { AMQP10_TO_AMQP091_TYPES } from "./amqp10-to-amqp091-types.ts"
import { cellsOf, lineOf } from "./line.ts"
import { AMQP10_TO_AMQP091_RABBITMQ } from "./rabbitmq/amqp10-to-amqp091.ts"

const SPEC = "rabbitmq-property-conversions#amqp-amqpl"
const SILENT = "rabbitmq-property-conversions#conventions"
const IDS = "decisions/message-and-correlation-ids"
const TOO_LARGE = "decisions/too-large-for-the-target"
const HOP = "decisions/facts-of-the-hop"
const UNEXPECTED = "decisions/properties-of-an-unexpected-type"

const HEADERS = "properties.headers.*"
const line = lineOf(SPEC)

/** The lines of `message_id` and `correlation_id`, which are the same but for the name. */
function idLines(name: "message" | "correlation"): readonly Row[] {
  const from = `properties.${name}-id`
  const id = `amqp10-amqp091/${name}-id`
  const field = `${name}_id`
  const to = [`properties.${field}`]
  const header = [{ field: HEADERS, key: `x-${name}-id` }]
  return [
    line(`${id}/utf8`, `properties | ${field} | utf8 | \`shortstr\` | properties | ${field} | shortstr |`, {
      from,
      type: "string",
      when: isShortstr,
      to,
      as: "shortstr",
      profiles: DOCUMENTED,
    }),
    line(
      `${id}/utf8/large`,
      `properties | ${field} | utf8 | > 256 bytes | properties | headers, Key: x-${name}-id | longstr |`,
      {
        from,
        type: "string",
        when: isAboveShortstrLength,
        to: header,
        as: "longstr",
        note: `256 bytes too: [ids](../${IDS}.md).`,
      },
    ),
    line(`${id}/utf8/not-shortstr`, `properties | ${field} | utf8 | | | | |`, {
      from,
      type: "string",
      profiles: DOCUMENTED,
      reason: "not-utf8",
      spec: IDS,
    }),
    line(
      `${id}/uuid`,
      `properties | ${field} | uuid (16 byte binary) | | properties | ${field} | shortstr | converted to text e.g. "_urn:uuid:550e8400-e29b-41d4-a716-446655440000_"`,
      { from, type: "uuid", via: uuidToUrn, to, as: "shortstr" },
    ),
    line(`${id}/ulong`, `properties | ${field} | ulong | | properties | ${field} | shortstr | converted to text`, {
      from,
      type: "ulong",
      via: unsignedToText,
      to,
      as: "shortstr",
    }),
    line(`${id}/binary`, `properties | ${field} | binary | | properties | headers, Key: x-${name}-id | binary |`, {
      from,
      type: "binary",
      to: header,
      as: "binary",
    }),
    line(`${id}/unexpected`, `properties | ${field} | \\* | | | | |`, {
      from,
      reason: "unexpected-type",
      spec: UNEXPECTED,
    }),
  ]
}

/** A property of one type that is copied where it is a `shortstr`, and the two lines for what is not. */
function shortstrLines(
  name: string,
  type: string,
  label: string,
  condition: string,
  target: string,
  profiles: Pick<Row, "profiles"> = { profiles: DOCUMENTED },
): readonly Row[] {
  const from = `properties.${name}`
  const id = `amqp10-amqp091/${name}`
  const field = name.replaceAll("-", "_")
  return [
    line(id, `properties | ${field} | ${label} | ${condition} | properties | ${target} | shortstr |`, {
      from,
      type,
      when: isShortstr,
      to: [`properties.${target}`],
      as: "shortstr",
      ...profiles,
    }),
    line(`${id}/too-large`, `properties | ${field} | ${label} | more than 255 bytes | | | |`, {
      from,
      type,
      when: isAboveShortstrLength,
      reason: "too-large",
      spec: TOO_LARGE,
    }),
    line(`${id}/not-shortstr`, `properties | ${field} | ${label} | | | | |`, {
      from,
      type,
      ...profiles,
      reason: "not-utf8",
      spec: TOO_LARGE,
    }),
    line(`${id}/unexpected`, `properties | ${field} | \\* | | | | |`, {
      from,
      reason: "unexpected-type",
      spec: UNEXPECTED,
    }),
  ]
}

/** A property that the specification gives no target. */
function lostLine(name: string, label: string): Row {
  return line(`amqp10-amqp091/${name}`, `properties | ${name.replaceAll("-", "_")} | ${label} | | | | |`, {
    from: `properties.${name}`,
  })
}

/** AMQP 1.0 to AMQP 0.9.1 (rabbitmq-property-conversions#amqp-amqpl). */
export const amqp10ToAmqp091: Table = {
  name: "amqp10-amqp091",
  from: "amqp10",
  to: "amqp091",
  title: "AMQP 1.0 -> AMQP 0.9.1",
  spec: SPEC,
  columns: cellsOf(
    "AMQP section | AMQP field | AMQP type | Condition | AMQP 0.9.1 section | AMQP 0.9.1 Field | AMQP 0.9.1 Type | Comment",
  ),
  rows: [
    ...AMQP10_TO_AMQP091_RABBITMQ,
    line(
      "amqp10-amqp091/durable",
      "header | durable | boolean | | properties | delivery_mode | ubyte | 2 = durable, 1 = transient",
      {
        from: "header.durable",
        via: durableToDeliveryMode,
        to: ["properties.delivery_mode"],
        as: "octet",
        profiles: DOCUMENTED,
      },
    ),
    line("amqp10-amqp091/priority", "header | priority | ubyte | | properties | priority | ubyte |", {
      from: "header.priority",
      to: ["properties.priority"],
      as: "octet",
    }),
    line(
      "amqp10-amqp091/ttl",
      "header | ttl | milliseconds (uint) | | properties | expiration | shortstr | milliseconds converted to string value",
      { from: "header.ttl", via: unsignedToText, to: ["properties.expiration"], as: "shortstr" },
    ),
    line("amqp10-amqp091/first-acquirer", "header | first-acquirer | boolean | | | | |", {
      from: "header.first-acquirer",
      ends: "hop",
      spec: HOP,
    }),
    line("amqp10-amqp091/delivery-count", "header | delivery-count | uint | | | | |", {
      from: "header.delivery-count",
      ends: "hop",
      spec: HOP,
    }),
    line("amqp10-amqp091/delivery-annotations", "delivery annotations | \\* | \\* | | | | |", {
      from: "delivery-annotations.*",
      ends: "hop",
      spec: HOP,
    }),
    ...idLines("message"),
    ...shortstrLines("user-id", "binary", "binary", "`shortstr`", "user_id", {}),
    lostLine("to", "address"),
    lostLine("subject", "utf8"),
    ...shortstrLines("reply-to", "string", "address", "`shortstr`", "reply_to"),
    ...idLines("correlation"),
    ...shortstrLines("content-type", "symbol", "symbol", "", "content_type"),
    ...shortstrLines("content-encoding", "symbol", "symbol", "", "content_encoding"),
    lostLine("absolute-expiry-time", "timestamp"),
    line(
      "amqp10-amqp091/creation-time",
      "properties | creation_time | timestamp | | properties | timestamp | timestamp | converted to seconds",
      {
        from: "properties.creation-time",
        type: "timestamp",
        via: millisecondsToSeconds,
        to: ["properties.timestamp"],
        as: "timestamp",
        profiles: DOCUMENTED,
      },
    ),
    line("amqp10-amqp091/creation-time/unexpected", "properties | creation_time | \\* | | | | |", {
      from: "properties.creation-time",
      reason: "unexpected-type",
      spec: UNEXPECTED,
    }),
    ...shortstrLines("group-id", "string", "utf8", "`shortstr`", "app_id"),
    lostLine("group-sequence", "sequence-no"),
    lostLine("reply-to-group-id", "utf8"),
    line(
      "amqp10-amqp091/application-properties",
      "application properties | \\* | \\* (see type conversions) | Key: `shortstr` | properties | headers | \\* |",
      { from: "application-properties.*", key: keyIsShortstr, to: [HEADERS], as: "*", profiles: DOCUMENTED },
    ),
    line("amqp10-amqp091/application-properties/name-too-large", "application properties | \\* | \\* | | | | |", {
      from: "application-properties.*",
      reason: "name-too-large",
      spec: TOO_LARGE,
    }),
    line(
      "amqp10-amqp091/message-annotations/broker",
      "message annotations | \\* (symbol) | \\* | made by the broker | | | |",
      {
        from: "message-annotations.*",
        key: annotationIsBrokers,
        ends: "routing",
        profiles: DOCUMENTED,
        spec: "decisions/entries-of-the-broker",
      },
    ),
    line(
      "amqp10-amqp091/message-annotations/x-cc",
      'message annotations | \\* (symbol - x-cc\\*) | | Key: x-cc | properties | headers, Key: "CC" | longstr |',
      {
        from: "message-annotations.*",
        key: annotationIsCc,
        to: [{ field: HEADERS, key: "CC" }],
        as: "*",
        note: "A list of strings becomes an array of longstr: [further routing keys](../decisions/further-routing-keys.md).",
      },
    ),
    line(
      "amqp10-amqp091/message-annotations/x",
      "message annotations | \\* (symbol - x-\\*) | \\* (see type conversions) | Key: `shortstr` & x-* | properties | headers | \\* | Typically this means x- headers",
      { from: "message-annotations.*", key: annotationIsShortstrWithX, to: [HEADERS], as: "*" },
    ),
    line(
      "amqp10-amqp091/message-annotations/name-too-large",
      "message annotations | \\* (symbol - x-\\*) | \\* | | | | |",
      { from: "message-annotations.*", key: annotationBeginsWithX, reason: "name-too-large", spec: TOO_LARGE },
    ),
    line("amqp10-amqp091/message-annotations", "message annotations | \\* | \\* | | | | |", {
      from: "message-annotations.*",
      spec: SILENT,
    }),
    line(
      "amqp10-amqp091/data",
      "data | | data | single data section | payload | | binary | plain binary extracted from data section",
      { from: "data", type: "binary", to: ["payload"], as: "payload" },
    ),
    line(
      "amqp10-amqp091/data/several",
      'data (multiple) | \\* | \\* | multiple data sections | payload | | AMQP 1.0 encoded binary | properties.type will be set to "amqp-1.0"',
      {
        from: "data",
        type: "sections",
        profiles: DOCUMENTED,
        via: encodedBody,
        to: ["payload"],
        as: "payload",
        set: { "properties.type": "amqp-1.0" },
      },
    ),
    line(
      "amqp10-amqp091/amqp-value",
      'amqp.value | \\* | \\* | | payload | | AMQP 1.0 encoded binary | properties.type will be set to "amqp-1.0"',
      {
        from: "amqp-value",
        profiles: DOCUMENTED,
        via: encodedBody,
        to: ["payload"],
        as: "payload",
        set: { "properties.type": "amqp-1.0" },
      },
    ),
    line(
      "amqp10-amqp091/amqp-sequence",
      'amqp.sequence | \\* | \\* | | payload | | AMQP 1.0 encoded binary | properties.type will be set to "amqp-1.0"',
      {
        from: "amqp-sequence",
        profiles: DOCUMENTED,
        via: encodedBody,
        to: ["payload"],
        as: "payload",
        set: { "properties.type": "amqp-1.0" },
      },
    ),
    line("amqp10-amqp091/footer", "footer | \\* | \\* | | | | |", {
      from: "footer.*",
      spec: "decisions/footers-and-encoded-bodies",
    }),
  ],
  typeColumns: cellsOf("AMQP 1.0 type | Condition | AMQP 0.9.1 type | Comment"),
  types: AMQP10_TO_AMQP091_TYPES,
  precedence: [
    [
      "amqp10-amqp091/message-id/utf8/large",
      "amqp10-amqp091/message-id/binary",
      "amqp10-amqp091/correlation-id/utf8/large",
      "amqp10-amqp091/correlation-id/binary",
      "amqp10-amqp091/message-annotations/x-cc",
      "amqp10-amqp091/message-annotations/received-time",
      "amqp10-amqp091/message-annotations/x",
      "amqp10-amqp091/application-properties",
      "amqp10-amqp091/application-properties/any-name",
    ],
    ["amqp10-amqp091/durable/true", "amqp10-amqp091/message-annotations/x-basic-delivery-mode/ubyte"],
    ["amqp10-amqp091/priority", "amqp10-amqp091/message-annotations/x-basic-priority/ubyte"],
    [
      "amqp10-amqp091/ttl",
      "amqp10-amqp091/message-annotations/x-basic-expiration/string",
      "amqp10-amqp091/message-annotations/x-basic-expiration/symbol",
    ],
    [
      "amqp10-amqp091/amqp-value/and-footer",
      "amqp10-amqp091/amqp-sequence/and-footer",
      "amqp10-amqp091/message-annotations/x-basic-type/string",
      "amqp10-amqp091/message-annotations/x-basic-type/symbol",
    ],
    [
      "amqp10-amqp091/data",
      "amqp10-amqp091/data/several",
      "amqp10-amqp091/data/joined",
      "amqp10-amqp091/amqp-value",
      "amqp10-amqp091/amqp-value/and-footer",
      "amqp10-amqp091/amqp-sequence",
      "amqp10-amqp091/amqp-sequence/and-footer",
    ],
  ],
  sorted: [{ field: HEADERS, profiles: RABBITMQ }],
  repeated: [],
  keyTypes: { [HEADERS]: "shortstr" },
}
