import { isFiniteFloat, keyIs, keyIsMqttText } from "../../conditions.ts"
import { RABBITMQ } from "../../profile.ts"
import { lacksCorrelationId } from "../../rabbitmq-conditions.ts"
import type { Row } from "../../table.ts"
import { floatToScientificText } from "../../transforms/scientific-text.ts"
import { lineOf } from "../line.ts"

const HEADERS = "properties.headers.*"

const line = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** What RabbitMQ 4.3 does otherwise; its rows come before those of both profiles. */
export const AMQP091_TO_MQTT_RABBITMQ: readonly Row[] = [
  line(
    "amqp091-mqtt/expiration/not-told",
    "basic properties | expiration | shortstr | | | | | the message expires all the same",
    { from: "properties.expiration" },
  ),
  line(
    "amqp091-mqtt/headers/x-correlation-id/only",
    "basic.properties | headers | longstr | Key=x-correlation-id, no correlation_id | Variable Header | Correlation Data | binary | with a correlation_id it is a user property",
    {
      from: HEADERS,
      type: "longstr",
      key: keyIs("x-correlation-id"),
      when: lacksCorrelationId,
      to: ["properties.correlation-data"],
      as: "binary",
    },
  ),
  ...["float", "double"].map((type) =>
    line(
      `amqp091-mqtt/headers/${type}/scientific`,
      `basic.properties | headers | ${type} | neither NaN nor Inf | User properties | | utf8 | twenty digits and an exponent`,
      {
        from: HEADERS,
        type,
        key: keyIsMqttText,
        when: isFiniteFloat,
        via: floatToScientificText,
        to: ["properties.user-property.*"],
        as: "utf8",
      },
    ),
  ),
]
