import { isFiniteFloat, keyIsMqttText } from "../../conditions.ts"
import { RABBITMQ } from "../../profile.ts"
import type { Row } from "../../table.ts"
import { encodedBodyAndFooter } from "../../transforms/amqp10-body.ts"
import { exchangesAddressToTopic } from "../../transforms/reply-address.ts"
import { floatToScientificText } from "../../transforms/scientific-text.ts"
import { isPlainMqttExchangesAddress } from "../../transforms/second-addresses.ts"
import { millisecondsToSecondsText } from "../../transforms/wrapped-timestamps.ts"
import { lineOf } from "../line.ts"

/** Content type of a payload that is encoded with AMQP's type system; it is not registered. */
const ENCODED = "message/vnd.rabbitmq.amqp"

const USER_PROPERTY = "properties.user-property.*"

const line = lineOf("decisions/rabbitmq-4.3", RABBITMQ)

/** Values whose text is RabbitMQ's own. */
function textLines(from: string, label: string): readonly Row[] {
  const id = `amqp10-mqtt/${from.slice(0, -2)}`
  return [
    ...["float", "double"].map((type) =>
      line(
        `${id}/${type}/scientific`,
        `${label} | \\* | ${type} | neither NaN nor Inf | User Properties | | utf8 | twenty digits and an exponent`,
        {
          from,
          type,
          key: keyIsMqttText,
          when: isFiniteFloat,
          via: floatToScientificText,
          to: [USER_PROPERTY],
          as: "utf8",
        },
      ),
    ),
    line(`${id}/timestamp/seconds`, `${label} | \\* | timestamp | | User Properties | | utf8 | in seconds`, {
      from,
      type: "timestamp",
      key: keyIsMqttText,
      via: millisecondsToSecondsText,
      to: [USER_PROPERTY],
      as: "utf8",
    }),
  ]
}

function encodedLine(field: "amqp-value" | "amqp-sequence"): Row {
  return line(
    `amqp10-mqtt/${field}/and-footer`,
    `data | | * | any AMQP value section or amqp-sequence sections | Payload | | binary | Encode with the AMQP type system, footer included, with a Content Type \`${ENCODED}\`.`,
    {
      from: field,
      via: encodedBodyAndFooter,
      to: ["payload"],
      as: "binary",
      set: { "properties.content-type": ENCODED },
    },
  )
}

/** What RabbitMQ 4.3 does otherwise; its rows come before those of both profiles. */
export const AMQP10_TO_MQTT_RABBITMQ: readonly Row[] = [
  line(
    "amqp10-mqtt/reply-to/exchanges/plain",
    'properties | reply_to | address | "/exchanges/" X "/" RK where X is literally mqtt.exchange and RK is ASCII | Variable Header | Response Topic | utf8 | percent-decoded',
    {
      from: "properties.reply-to",
      type: "string",
      when: isPlainMqttExchangesAddress,
      via: exchangesAddressToTopic,
      to: ["properties.response-topic"],
      as: "utf8",
    },
  ),
  ...textLines("application-properties.*", "application properties"),
  encodedLine("amqp-value"),
  encodedLine("amqp-sequence"),
]

/** Behind the row of both profiles that loses annotations whose name does not begin with x-. */
export const AMQP10_TO_MQTT_ANNOTATIONS_RABBITMQ: readonly Row[] = textLines(
  "message-annotations.*",
  "message annotations",
)
