export { createMqttDoor, type MqttDoorParts } from "./door.ts"
export type { MqttSettings } from "./settings.ts"
