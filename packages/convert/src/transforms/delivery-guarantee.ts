import type { Transform } from "../table.ts"
import { CONVERTED, narrowed } from "../verdict.ts"
import { unsignedOf } from "./unsigned.ts"

const TRANSIENT = 1
const PERSISTENT = 2

const EXACTLY_ONCE = narrowed("exactly-once")
const UNKNOWN_MODE = narrowed("unknown-delivery-mode")

/** MQTT quality of service to AMQP 0.9.1 delivery mode: 0 becomes 1, both 1 and 2 become 2. */
export const qosToDeliveryMode: Transform = {
  name: "qosToDeliveryMode",
  text: "QoS 0 to delivery mode 1, QoS 1 and 2 to delivery mode 2",
  apply: (slot, out) => {
    const qos = unsignedOf(slot)
    out.writer.uint8(qos === 0 ? TRANSIENT : PERSISTENT)
    return qos === 2 ? EXACTLY_ONCE : CONVERTED
  },
}

/** AMQP 0.9.1 delivery mode to MQTT quality of service: 2 becomes 1, 1 and whatever else a client sent become 0. */
export const deliveryModeToQos: Transform = {
  name: "deliveryModeToQos",
  text: "delivery mode 2 to QoS 1, every other to QoS 0",
  apply: (slot, out) => {
    const mode = unsignedOf(slot)
    out.writer.uint8(mode === PERSISTENT ? 1 : 0)
    return mode === PERSISTENT || mode === TRANSIENT ? CONVERTED : UNKNOWN_MODE
  },
}

/** MQTT quality of service to durability in AMQP 1.0: 0 is not durable, 1 and 2 are. */
export const qosToDurable: Transform = {
  name: "qosToDurable",
  text: "QoS 0 to false, QoS 1 and 2 to true",
  apply: (slot, out) => {
    const qos = unsignedOf(slot)
    out.writer.uint8(qos === 0 ? 0 : 1)
    return qos === 2 ? EXACTLY_ONCE : CONVERTED
  },
}

/** Durability in AMQP 1.0 to MQTT quality of service: 1 where it is durable, else 0. */
export const durableToQos: Transform = {
  name: "durableToQos",
  text: "true to QoS 1, false to QoS 0",
  apply: (slot, out) => {
    out.writer.uint8(unsignedOf(slot))
    return CONVERTED
  },
}

/** Durability in AMQP 1.0 to AMQP 0.9.1 delivery mode. */
export const durableToDeliveryMode: Transform = {
  name: "durableToDeliveryMode",
  text: "true to delivery mode 2, false to delivery mode 1",
  apply: (slot, out) => {
    out.writer.uint8(unsignedOf(slot) === 1 ? PERSISTENT : TRANSIENT)
    return CONVERTED
  },
}

/** AMQP 0.9.1 delivery mode to durability in AMQP 1.0: 2 is durable, 1 and whatever else a client sent are not. */
export const deliveryModeToDurable: Transform = {
  name: "deliveryModeToDurable",
  text: "delivery mode 2 to true, every other to false",
  apply: (slot, out) => {
    const mode = unsignedOf(slot)
    out.writer.uint8(mode === PERSISTENT ? 1 : 0)
    return mode === PERSISTENT || mode === TRANSIENT ? CONVERTED : UNKNOWN_MODE
  },
}
