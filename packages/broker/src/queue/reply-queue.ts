import { NO_ARGUMENTS } from "../api/arguments.ts"
import type { QueueSettings } from "../api/topology.ts"

/** What a requester consumes from, and names as its reply address, to get replies without a queue of its own making. */
export const REPLY_ADDRESS = "amq.rabbitmq.reply-to"

const REPLY_QUEUE_PREFIX = `${REPLY_ADDRESS}.`

/** Whether the name is the address itself or what it stands for. */
export function isReplyAddress(name: string): boolean {
  return name === REPLY_ADDRESS || name.startsWith(REPLY_QUEUE_PREFIX)
}

/** The queue that the address stands for at one consumer: its name cannot be guessed, it ends with the consumer. */
export function replyQueue(id: string): QueueSettings {
  return {
    name: `${REPLY_QUEUE_PREFIX}${id}`,
    durable: false,
    exclusive: true,
    autoDelete: true,
    arguments: NO_ARGUMENTS,
  }
}
