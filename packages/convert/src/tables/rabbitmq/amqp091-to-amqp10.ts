import { keyBeginsWithX, keyIs } from "../../conditions.ts"
import { RABBITMQ } from "../../profile.ts"
import { isPlainText, keyIsOrigin } from "../../rabbitmq-conditions.ts"
import type { Row } from "../../table.ts"
import { millisecondsTextToWrappedMilliseconds } from "../../transforms/durations.ts"
import { nameToQueueAddress } from "../../transforms/second-addresses.ts"
import { secondsToWrappedTimestamp } from "../../transforms/wrapped-timestamps.ts"
import { BODY_FIELDS, encodedBodySections, payloadIsEncodedBody } from "../../unpack-body.ts"
import {
  applicationPropertiesSection,
  keptAsAnnotation,
  messageAnnotationsSection,
  propertiesSection,
  type Section,
} from "../../unpack-section.ts"
import { lineOf } from "../line.ts"

const HEADERS = "properties.headers.*"
const ANNOTATIONS = "message-annotations.*"

const line = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** A property that is copied, whatever its bytes. */
function copiedLine(field: string, target: string, as: string): Row {
  return line(
    `amqp091-amqp10/${field.replaceAll("_", "-")}/any`,
    `basic properties | ${field} | shortstr | | properties | ${target} | ${as} | not validated`,
    { from: `properties.${field}`, to: [`properties.${target}`], as },
  )
}

function legacyLine(key: string, section: Section, label: string, comment: string): Row {
  return line(
    `amqp091-amqp10/headers/${key}/kept`,
    `basic.properties | headers | | Key=${key} | ${label} | \\- | \\- | ${comment}`,
    { from: HEADERS, key: keyIs(key), when: section.isSection, unpack: section, to: section.fields, as: "*" },
  )
}

/** What RabbitMQ 4.3 does otherwise; its rows come before those of both profiles. */
export const AMQP091_TO_AMQP10_RABBITMQ: readonly Row[] = [
  line(
    "amqp091-amqp10/expiration/wrapped",
    "basic properties | expiration | shortstr | | header | ttl | uint | the lower 32 bits",
    { from: "properties.expiration", via: millisecondsTextToWrappedMilliseconds, to: ["header.ttl"], as: "uint" },
  ),
  line(
    "amqp091-amqp10/type/any",
    "basic properties | type | shortstr | | message annotations | x-basic-type | utf8 | not validated",
    { from: "properties.type", to: [{ field: ANNOTATIONS, key: "x-basic-type" }], as: "string" },
  ),
  line(
    "amqp091-amqp10/reply-to/queue",
    'basic properties | reply_to | shortstr | | properties | reply_to | utf8 | "/queues/" and the name, percent-encoded, whatever it looks like',
    { from: "properties.reply_to", via: nameToQueueAddress, to: ["properties.reply-to"], as: "string" },
  ),
  copiedLine("app_id", "group-id", "string"),
  line(
    "amqp091-amqp10/timestamp/wrapped",
    "basic properties | timestamp | timestamp (seconds) | | properties | creation_time | timestamp | the lower 64 bits",
    {
      from: "properties.timestamp",
      via: secondsToWrappedTimestamp,
      to: ["properties.creation-time"],
      as: "timestamp",
    },
  ),
  copiedLine("content_type", "content-type", "symbol"),
  copiedLine("content_encoding", "content-encoding", "symbol"),
  legacyLine(
    "x-amqp-1.0-properties",
    keptAsAnnotation(propertiesSection),
    "properties",
    "the header stays an annotation, too",
  ),
  legacyLine(
    "x-amqp-1.0-app-properties",
    keptAsAnnotation(applicationPropertiesSection),
    "application properties",
    "the header stays an annotation, too",
  ),
  legacyLine("x-amqp-1.0-message-annotations", messageAnnotationsSection, "message annotations", ""),
  line("amqp091-amqp10/headers/origin", "basic properties | headers | * | x-exchange, x-routing-key | | | |", {
    from: HEADERS,
    key: keyIsOrigin,
    ends: "routing",
  }),
  line(
    "amqp091-amqp10/headers/x/any",
    'basic properties | headers | * | Key begins with "x-" | message annotations | Key | \\* | not validated',
    { from: HEADERS, key: keyBeginsWithX, to: [ANNOTATIONS], as: "*" },
  ),
  line(
    "amqp091-amqp10/payload/encoded",
    "payload | \\- | binary | `type` is amqp-1.0 and the payload is encoded body sections | the same sections | \\- | \\- |",
    {
      from: "payload",
      when: payloadIsEncodedBody,
      unpack: encodedBodySections,
      to: BODY_FIELDS,
      as: "*",
    },
  ),
]

/** Behind the rows of both profiles for ids that are a UUID. */
export const AMQP091_TO_AMQP10_IDS_RABBITMQ: Readonly<Record<"message" | "correlation", Row>> = {
  message: copiedLine("message_id", "message-id", "string"),
  correlation: copiedLine("correlation_id", "correlation-id", "string"),
}

/** Behind the rows of both profiles that lose arrays and tables. */
export const AMQP091_TO_AMQP10_SIMPLE_RABBITMQ: Row = line(
  "amqp091-amqp10/headers/simple/any",
  "basic properties | headers | table | Value not array or table | application properties | Key | \\* | not validated",
  { from: HEADERS, to: ["application-properties.*"], as: "*" },
)

const typeLine = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** Types that RabbitMQ 4.3 converts otherwise. */
export const AMQP091_TO_AMQP10_TYPES_RABBITMQ: readonly Row[] = [
  typeLine("amqp091-amqp10/type/longstr/text", "longstr | valid UTF-8 without `NUL` | utf8 | of any length", {
    type: "longstr",
    when: isPlainText,
    as: "string",
  }),
  typeLine("amqp091-amqp10/type/timestamp/wrapped", "timestamp | | timestamp | the lower 64 bits of the product", {
    type: "timestamp",
    via: secondsToWrappedTimestamp,
    as: "timestamp",
  }),
  typeLine("amqp091-amqp10/type/table-key/any", "table.key | | symbol | not validated", {
    type: "table.key",
    as: "symbol",
  }),
]
