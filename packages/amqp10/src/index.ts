export { type Amqp10DoorOptions, createAmqp10Door } from "./door.ts"
