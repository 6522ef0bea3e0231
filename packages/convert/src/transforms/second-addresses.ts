import type { Slot } from "@polymq/message"
import { encodeUtf8, isAscii } from "@polymq/wire"
import type { Output } from "../output.ts"
import type { Condition, Transform } from "../table.ts"
import { CONVERTED, lost } from "../verdict.ts"
import { beginsWith } from "./begins-with.ts"
import { ExchangePrefix } from "./exchange-prefix.ts"
import { percentDecoded, putEncodedOctet, putPercentEncoded } from "./percent-encoding.ts"

const SLASH = 0x2f
const DOT = 0x2e
const PLUS = 0x2b
const STAR = 0x2a

/** Longest `shortstr` (AMQP 0.9.1 section 4.2.5.3). */
const MAX_SHORTSTR_BYTES = 255

const NO_ADDRESS = lost("no-address")
const TOO_LARGE = lost("too-large")

const QUEUES = encodeUtf8("/queues/")

const prefix = new ExchangePrefix("/exchanges/")

/** An address of a queue in the second generation: "/queues/" and its name, percent-encoded. */
export const isQueueAddress: Condition = {
  name: "isQueueAddress",
  text: '"/queues/" Q',
  test: (slot) => beginsWith(slot, QUEUES),
}

/** The address of a queue to its name, percent-decoded. */
export const queueAddressToName: Transform = {
  name: "queueAddressToName",
  text: "name of the queue, percent-decoded, at most 255 bytes",
  apply: ({ bytes, start, end }, { writer }) => {
    const name = isAscii(bytes, start, end) ? percentDecoded(bytes, start + QUEUES.length, end) : undefined
    if (name === undefined) return NO_ADDRESS
    if (name.length > MAX_SHORTSTR_BYTES) return TOO_LARGE
    writer.copy(name)
    return CONVERTED
  },
}

/** The name of a queue to its address, whatever the name looks like. */
export const nameToQueueAddress: Transform = {
  name: "nameToQueueAddress",
  text: '"/queues/" and the name, percent-encoded',
  apply: ({ bytes, start, end }, { writer }) => {
    writer.copy(QUEUES)
    putPercentEncoded(writer, bytes, start, end)
    return CONVERTED
  },
}

/**
 * An address "/exchanges/" X "/" RK whose X is, letter for letter, the exchange of the MQTT clients and whose routing key
 * is ASCII.
 */
export const isPlainMqttExchangesAddress: Condition = {
  name: "isPlainMqttExchangesAddress",
  text: '"/exchanges/" X "/" RK where X is literally the MQTT exchange and RK is ASCII',
  test: (slot, { names: { mqttExchange } }) =>
    beginsWith(slot, prefix.of(mqttExchange)) && isAscii(slot.bytes, slot.start, slot.end),
}

/** MQTT topic to the address of its routing key at the MQTT exchange, percent-encoded. */
export const topicToExchangesAddress: Transform = {
  name: "topicToExchangesAddress",
  text: 'topic to "/exchanges/" X "/" RK, X the MQTT exchange, RK the topic with `.` for `/`, percent-encoded',
  apply: (slot, out, { names: { mqttExchange } }) => {
    out.writer.copy(prefix.of(mqttExchange))
    putEncodedKey(out, slot)
    return CONVERTED
  },
}

/** Writes the routing key of a topic; wildcards of filters become those of keys. */
function putEncodedKey({ writer }: Output, { bytes, start, end }: Slot): void {
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number
    putEncodedOctet(writer, octet === SLASH ? DOT : octet === PLUS ? STAR : octet)
  }
}
