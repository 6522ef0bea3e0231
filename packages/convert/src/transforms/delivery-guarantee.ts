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
  apply: (_message, index, slot, _names, out) => {
    const qos = unsignedOf(index, slot)
    out.writer.uint8(qos === 0 ? TRANSIENT : PERSISTENT)
    return qos === 2 ? EXACTLY_ONCE : CONVERTED
  },
}

/** AMQP 0.9.1 delivery mode to MQTT quality of service: 2 becomes 1, 1 and whatever else a client sent become 0. */
export const deliveryModeToQos: Transform = {
  name: "deliveryModeToQos",
  text: "delivery mode 2 to QoS 1, every other to QoS 0",
  apply: (_message, index, slot, _names, out) => {
    const mode = unsignedOf(index, slot)
    out.writer.uint8(mode === PERSISTENT ? 1 : 0)
    return mode === PERSISTENT || mode === TRANSIENT ? CONVERTED : UNKNOWN_MODE
  },
}
