import { RABBITMQ } from "../../profile.ts"
import { isAsciiShortstr, keyHasShortstrLength } from "../../rabbitmq-conditions.ts"
import type { Row } from "../../table.ts"
import { expirationAndTimestamp } from "../../unpack-expiry.ts"
import { lineOf } from "../line.ts"

const line = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** What RabbitMQ 4.3 does otherwise; its rows come before those of both profiles. */
export const MQTT_TO_AMQP091_RABBITMQ: readonly Row[] = [
  line(
    "mqtt-amqp091/message-expiry-interval/and-timestamp",
    "Variable Header | Message Expiry Interval | uint | | properties | expiration, timestamp | shortstr, timestamp | seconds to milliseconds; the time of publishing",
    {
      from: "properties.message-expiry-interval",
      unpack: expirationAndTimestamp,
      to: ["properties.expiration", "properties.timestamp"],
      as: "*",
    },
  ),
  line(
    "mqtt-amqp091/user-property/any-name",
    "Variable Header | User Property | utf8 string pair | name has at most 255 bytes | properties | headers | longstr |",
    {
      from: "properties.user-property.*",
      key: keyHasShortstrLength,
      to: ["properties.headers.*"],
      as: "longstr",
    },
  ),
  line(
    "mqtt-amqp091/content-type/ascii",
    "Variable Header | Content Type | utf8 | `shortstr` and ASCII | properties | content_type | shortstr |",
    {
      from: "properties.content-type",
      when: isAsciiShortstr,
      to: ["properties.content_type"],
      as: "shortstr",
    },
  ),
  line("mqtt-amqp091/content-type/not-ascii", "Variable Header | Content Type | utf8 | | | | |", {
    from: "properties.content-type",
    reason: "not-ascii",
  }),
]
