export { type Amqp091DoorOptions, createAmqp091Door } from "./door.ts"
