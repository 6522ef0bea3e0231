import type { ByteWriter } from "@polymq/wire"
import type { PublishRanges } from "./codec/hot.ts"
import type { DeliveryEncoder } from "./session/delivery-encoder.ts"
import type { MqttSettings } from "./settings.ts"

/** What the connections of a door share: settings, and scratch that is free again when a call returns. */
export interface DoorContext {
  readonly settings: MqttSettings
  readonly encoder: DeliveryEncoder
  readonly writer: ByteWriter
  readonly ranges: PublishRanges
}
