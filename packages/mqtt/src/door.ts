import { randomUUID } from "node:crypto"
import type { Door } from "@polymq/broker"
import type { Converters } from "@polymq/convert"
import { ByteWriter } from "@polymq/wire"
import { PACKET_TYPE } from "./codec/constants.ts"
import { createPublishRanges } from "./codec/hot.ts"
import type { DoorContext } from "./door-context.ts"
import { MqttConnection } from "./session/connection.ts"
import { DeliveryEncoder } from "./session/delivery-encoder.ts"
import type { MqttSettings } from "./settings.ts"

/** What an MQTT door is made of. */
export interface MqttDoorParts {
  readonly converters: Converters
  /** What differs from the defaults: exchange "amq.topic", vhost "/", any keep-alive, random client identifiers. */
  readonly options?: Partial<MqttSettings>
}

const DEFAULT_SETTINGS: MqttSettings = {
  exchange: "amq.topic",
  defaultVhost: "/",
  maxKeepAliveSeconds: undefined,
  makeClientId: () => `auto-${randomUUID()}`,
}

const CONNECT_BYTE = PACKET_TYPE.connect << 4

/** The front door for MQTT 3.1, 3.1.1 and 5.0. Its sessions never throw; errors of a peer end that peer's connection. */
export function createMqttDoor({ converters, options = {} }: MqttDoorParts): Door {
  const context: DoorContext = {
    settings: { ...DEFAULT_SETTINGS, ...options },
    encoder: new DeliveryEncoder(converters),
    writer: new ByteWriter(),
    ranges: createPublishRanges(),
  }
  return {
    protocol: "mqtt",
    recognises: (first) => (first.length === 0 ? "need-more" : first[0] === CONNECT_BYTE ? "yes" : "no"),
    open: (peer, outbound, broker) => new MqttConnection(context, peer, outbound, broker),
  }
}
