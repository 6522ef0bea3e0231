import { type Amqp10PropertyName, amqp10Property, type Message } from "@polymq/message"
import { asBuffer } from "@polymq/wire"
import { CONDITION } from "../codec/constants.ts"
import { Amqp10Error } from "../errors.ts"

/** Raises `Amqp10Error` when the message names another user than the one that sends it (AMQP 1.0 part 3, 3.2.4, user-id). */
export function checkUserId(message: Message, user: Uint8Array): void {
  const property = amqp10Property(message, "user-id")
  if (property === undefined) return
  if (property.value instanceof Uint8Array && asBuffer(property.value).equals(user)) return
  throw new Amqp10Error("link", CONDITION.unauthorizedAccess, "user-id is not the user that is logged in")
}

/** The text of a property; undefined when it is absent. Raises `Amqp10Error` when it is no text. */
export function textProperty(message: Message, name: Amqp10PropertyName): string | undefined {
  const property = amqp10Property(message, name)
  if (property === undefined) return undefined
  if (property.type === "string" && typeof property.value === "string") return property.value
  throw new Amqp10Error("link", CONDITION.decodeError, `the property ${name} is not a string`)
}
