import { encodeUtf8 } from "@polymq/wire"
import type { Condition, Transform } from "../table.ts"
import { CONVERTED, lost } from "../verdict.ts"
import { beginsWith } from "./begins-with.ts"
import { ExchangePrefix } from "./exchange-prefix.ts"
import { percentDecoded } from "./percent-encoding.ts"
import { putKey, putTopic } from "./topic-and-key.ts"

const SLASH = 0x2f

const NO_ADDRESS = lost("no-address")

const TOPIC = encodeUtf8("/topic/")
const EXCHANGES = encodeUtf8("/exchanges/")

const prefix = new ExchangePrefix("/exchange/")

/** An address "/exchange/" X "/" RK where X is the exchange of the MQTT clients. */
export const isMqttExchangeAddress: Condition = {
  name: "isMqttExchangeAddress",
  text: '"/exchange/" X "/" RK where X is the MQTT exchange',
  test: (slot, { names: { mqttExchange } }) => beginsWith(slot, prefix.of(mqttExchange)),
}

/** The same in the second generation of addresses: "/exchanges/" X "/" RK, both percent-encoded. */
export const isMqttExchangesAddress: Condition = {
  name: "isMqttExchangesAddress",
  text: '"/exchanges/" X "/" RK, percent-encoded, where X is the MQTT exchange',
  test: (slot, { names: { mqttExchange } }) => {
    if (!beginsWith(slot, EXCHANGES)) return false
    const { bytes } = slot
    const start = slot.start + EXCHANGES.length
    const slash = slashAfter(bytes, start, slot.end)
    if (slash < 0) return false
    const exchange = percentDecoded(bytes, start, slash)
    return exchange?.equals(encodeUtf8(mqttExchange)) === true
  },
}

/** MQTT topic to the address of its routing key at the MQTT exchange. */
export const topicToExchangeAddress: Transform = {
  name: "topicToExchangeAddress",
  text: 'topic to "/exchange/" X "/" RK, X the MQTT exchange, RK the topic with `.` for `/`',
  apply: ({ bytes, start, end }, out, { names: { mqttExchange } }) => {
    out.writer.copy(prefix.of(mqttExchange))
    putKey(out, bytes, start, end)
    return CONVERTED
  },
}

/** The address of a routing key at the MQTT exchange to the topic that it stands for. */
export const exchangeAddressToTopic: Transform = {
  name: "exchangeAddressToTopic",
  text: "routing key of the address to topic: `.` becomes `/`",
  apply: ({ bytes, start, end }, out, { names: { mqttExchange } }) =>
    putTopic(out, bytes, start + prefix.of(mqttExchange).length, end),
}

/** The same for an address of the second generation, whose routing key is percent-decoded first. */
export const exchangesAddressToTopic: Transform = {
  name: "exchangesAddressToTopic",
  text: "routing key of the address, percent-decoded, to topic: `.` becomes `/`",
  apply: ({ bytes, start, end }, out) => {
    const slash = slashAfter(bytes, start + EXCHANGES.length, end)
    const key = percentDecoded(bytes, slash + 1, end)
    return key === undefined ? NO_ADDRESS : putTopic(out, key, 0, key.length)
  },
}

/** Routing key to the address of a topic exchange's key: "/topic/" RK. */
export const keyToTopicAddress: Transform = {
  name: "keyToTopicAddress",
  text: '"/topic/" RK',
  apply: ({ bytes, start, end }, out) => {
    out.writer.copy(TOPIC)
    out.writer.copy(bytes, start, end)
    return CONVERTED
  },
}

/** Offset of the first slash in `bytes[start, end)`; -1 where there is none. */
function slashAfter(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === SLASH) return at
  return -1
}
