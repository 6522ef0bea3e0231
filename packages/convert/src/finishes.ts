import { copyEnvelope, createMessage, type FormatName, type Message, shareBytes } from "@polymq/message"
import type { Profile } from "./profile.ts"

/** The last change to a message in the format that it leaves in, whether it was converted or not. */
type Finish = (message: Message) => Message

/** What profiles change that is no field of the source, by the format that a message leaves in. */
export const FINISHES: Readonly<Partial<Record<Profile, Readonly<Partial<Record<FormatName, Finish>>>>>> = {
  "rabbitmq-4.3": { amqp10: withDurability },
}

/** A message whose header says that it is not durable; one at a time. */
const told = createMessage("amqp10", 0)

/**
 * An AMQP 1.0 message whose header says whether it is durable: itself, or, where nobody said, one that is not (part 3,
 * section 3.2.1), good until the next call. The bare message stays as it is, byte by byte, which no table could promise.
 */
function withDurability(message: Message): Message {
  if (message.durable !== undefined) return message
  copyEnvelope(message, told)
  shareBytes(message, told)
  told.durable = false
  return told
}
