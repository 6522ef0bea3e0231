export { type Amqp091DoorParts, createAmqp091Door } from "./door.ts"
export type { Amqp091Settings } from "./settings.ts"
