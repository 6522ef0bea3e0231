import { RABBITMQ } from "../../profile.ts"
import { keyIsOrigin } from "../../rabbitmq-conditions.ts"
import type { Row } from "../../table.ts"
import { topicToExchangesAddress } from "../../transforms/second-addresses.ts"
import { lineOf } from "../line.ts"

const line = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** What RabbitMQ 4.3 does otherwise; its rows come before those of both profiles. */
export const MQTT_TO_AMQP10_RABBITMQ: readonly Row[] = [
  line(
    "mqtt-amqp10/payload-format-indicator/ignored",
    "Variable Header | Payload Format Indicator | Bits | | | | | the body is data, whatever it says",
    { from: "properties.payload-format-indicator" },
  ),
  line(
    "mqtt-amqp10/message-expiry-interval/not-told",
    "Variable Header | Message Expiry Interval | uint | | | | | the message expires all the same",
    { from: "properties.message-expiry-interval" },
  ),
  line(
    "mqtt-amqp10/response-topic/exchanges",
    'Variable Header | Response Topic | utf8 | | properties | reply_to | utf8 | "/exchanges/" X "/" RK, percent-encoded',
    {
      from: "properties.response-topic",
      via: topicToExchangesAddress,
      to: ["properties.reply-to"],
      as: "string",
    },
  ),
  line(
    "mqtt-amqp10/user-property/origin",
    "Variable Header | User Property | utf8 | x-exchange, x-routing-key | | | |",
    { from: "properties.user-property.*", key: keyIsOrigin, ends: "routing" },
  ),
]
