import { RABBITMQ } from "../../profile.ts"
import {
  annotationIs,
  annotationIsBasic,
  annotationIsOriginOrDeaths,
  hasShortstrLength,
  isTrue,
  keyHasShortstrLength,
} from "../../rabbitmq-conditions.ts"
import type { Row } from "../../table.ts"
import { encodedBodyAndFooter, joinedData } from "../../transforms/amqp10-body.ts"
import { durableToDeliveryMode } from "../../transforms/delivery-guarantee.ts"
import { millisecondsTextToPlainText } from "../../transforms/durations.ts"
import { unsignedToWrappedLong } from "../../transforms/integers.ts"
import { isQueueAddress, queueAddressToName } from "../../transforms/second-addresses.ts"
import { millisecondsToWrappedSeconds } from "../../transforms/wrapped-timestamps.ts"
import { lineOf } from "../line.ts"

const HEADERS = "properties.headers.*"
const ANNOTATIONS = "message-annotations.*"

const line = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

function idLine(name: "message" | "correlation"): Row {
  const field = `${name}_id`
  return line(
    `amqp10-amqp091/${name}-id/utf8/any`,
    `properties | ${field} | utf8 | at most 255 bytes | properties | ${field} | shortstr |`,
    {
      from: `properties.${name}-id`,
      type: "string",
      when: hasShortstrLength,
      to: [`properties.${field}`],
      as: "shortstr",
    },
  )
}

/** Text of any kind whose length alone decides. */
function textLines(name: string, label: string, types: readonly string[], target: string): readonly Row[] {
  return types.map((type) =>
    line(
      `amqp10-amqp091/${name}/${type}/any`,
      `properties | ${label} | ${type} | at most 255 bytes | properties | ${target} | shortstr |`,
      {
        from: `properties.${name}`,
        type,
        when: hasShortstrLength,
        to: [`properties.${target}`],
        as: "shortstr",
      },
    ),
  )
}

/** An annotation in which RabbitMQ kept a property of AMQP 0.9.1. */
function basicLine(name: string, type: string, target: string, as: string, meaning: Partial<Row> = {}): Row {
  return line(
    `amqp10-amqp091/message-annotations/x-basic-${name}/${type}`,
    `message annotations | \\* (symbol) | ${type} | Key: x-basic-${name} | properties | ${target} | ${as} |`,
    {
      from: ANNOTATIONS,
      type,
      key: annotationIs(`x-basic-${name}`),
      to: [`properties.${target}`],
      as,
      ...meaning,
    },
  )
}

function encodedLine(field: "amqp-value" | "amqp-sequence"): Row {
  return line(
    `amqp10-amqp091/${field}/and-footer`,
    `${field.replace("-", ".")} | \\* | \\* | | payload | | AMQP 1.0 encoded binary, footer included | properties.type will be set to "amqp-1.0"`,
    {
      from: field,
      via: encodedBodyAndFooter,
      to: ["payload"],
      as: "payload",
      set: { "properties.type": "amqp-1.0" },
    },
  )
}

/** What RabbitMQ 4.3 does otherwise; its rows come before those of both profiles. */
export const AMQP10_TO_AMQP091_RABBITMQ: readonly Row[] = [
  line("amqp10-amqp091/durable/true", "header | durable | boolean | true | properties | delivery_mode | ubyte | 2", {
    from: "header.durable",
    when: isTrue,
    via: durableToDeliveryMode,
    to: ["properties.delivery_mode"],
    as: "octet",
  }),
  line("amqp10-amqp091/durable/false", "header | durable | boolean | false | | | | absent means transient", {
    from: "header.durable",
    reason: "default",
  }),
  idLine("message"),
  line(
    "amqp10-amqp091/reply-to/queue",
    'properties | reply_to | address | "/queues/" Q | properties | reply_to | shortstr | the bare name of the queue',
    {
      from: "properties.reply-to",
      type: "string",
      when: isQueueAddress,
      via: queueAddressToName,
      to: ["properties.reply_to"],
      as: "shortstr",
    },
  ),
  ...textLines("reply-to", "reply_to", ["string"], "reply_to"),
  idLine("correlation"),
  ...textLines("content-type", "content_type", ["symbol", "string"], "content_type"),
  ...textLines("content-encoding", "content_encoding", ["symbol", "string"], "content_encoding"),
  line(
    "amqp10-amqp091/creation-time/any",
    "properties | creation_time | timestamp | | properties | timestamp | timestamp | rounded towards 1970",
    {
      from: "properties.creation-time",
      type: "timestamp",
      via: millisecondsToWrappedSeconds,
      to: ["properties.timestamp"],
      as: "timestamp",
    },
  ),
  ...textLines("group-id", "group_id", ["string"], "app_id"),
  line(
    "amqp10-amqp091/application-properties/any-name",
    "application properties | \\* | \\* (see type conversions) | name has at most 255 bytes | properties | headers | \\* |",
    { from: "application-properties.*", key: keyHasShortstrLength, to: [HEADERS], as: "*" },
  ),
  line(
    "amqp10-amqp091/message-annotations/origin-or-deaths",
    "message annotations | \\* (symbol) | \\* | x-exchange, x-routing-key, x-death, x-opt-deaths | | | |",
    { from: ANNOTATIONS, key: annotationIsOriginOrDeaths, ends: "routing" },
  ),
  basicLine("type", "string", "type", "shortstr", { when: hasShortstrLength }),
  basicLine("type", "symbol", "type", "shortstr", { when: hasShortstrLength }),
  basicLine("priority", "ubyte", "priority", "octet"),
  basicLine("delivery-mode", "ubyte", "delivery_mode", "octet"),
  basicLine("expiration", "string", "expiration", "shortstr", { via: millisecondsTextToPlainText }),
  basicLine("expiration", "symbol", "expiration", "shortstr", { via: millisecondsTextToPlainText }),
  line(
    "amqp10-amqp091/message-annotations/x-basic",
    "message annotations | \\* (symbol - x-basic-\\*) | \\* | | | | |",
    { from: ANNOTATIONS, key: annotationIsBasic, reason: "unexpected-type" },
  ),
  line(
    "amqp10-amqp091/message-annotations/received-time",
    "message annotations | \\* (symbol) | timestamp | Key: x-opt-rabbitmq-received-time | properties | headers, Key: timestamp_in_ms | long |",
    {
      from: ANNOTATIONS,
      type: "timestamp",
      key: annotationIs("x-opt-rabbitmq-received-time"),
      to: [{ field: HEADERS, key: "timestamp_in_ms" }],
      as: "long",
    },
  ),
  line(
    "amqp10-amqp091/data/joined",
    "data (multiple) | \\* | \\* | multiple data sections | payload | | binary | their contents, one after the other",
    { from: "data", type: "sections", via: joinedData, to: ["payload"], as: "payload" },
  ),
  encodedLine("amqp-value"),
  encodedLine("amqp-sequence"),
]

const typeLine = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** Types that RabbitMQ 4.3 converts otherwise. */
export const AMQP10_TO_AMQP091_TYPES_RABBITMQ: readonly Row[] = [
  typeLine("amqp10-amqp091/type/binary/longstr", "binary | | longstr |", { type: "binary", as: "longstr" }),
  typeLine("amqp10-amqp091/type/ulong/wrapped", "ulong | | long | what is above 2^63-1 becomes negative", {
    type: "ulong",
    via: unsignedToWrappedLong,
    as: "long",
  }),
  typeLine("amqp10-amqp091/type/timestamp/wrapped", "timestamp | | timestamp (seconds) | rounded towards 1970", {
    type: "timestamp",
    via: millisecondsToWrappedSeconds,
    as: "timestamp",
  }),
]
