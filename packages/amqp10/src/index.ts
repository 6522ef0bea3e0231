export { type Amqp10DoorParts, createAmqp10Door } from "./door.ts"
export type { Amqp10Settings } from "./settings.ts"
