import type { Arguments } from "../api/arguments.ts"
import type { QueueSettings } from "../api/topology.ts"

/** Kinds of queues, as `x-queue-type` names them. */
export const QUEUE_TYPES = ["classic", "quorum"] as const

/** One of `QUEUE_TYPES`. */
export type QueueType = (typeof QUEUE_TYPES)[number]

/** The type that a queue was declared with. */
export function queueTypeOf(declared: Arguments): QueueType {
  return declared.get("x-queue-type") === "quorum" ? "quorum" : "classic"
}

/** The settings with this type, unless they name one, or are of a queue that cannot be of it. */
export function withDefaultType(asked: QueueSettings, type: QueueType): QueueSettings {
  const { durable, exclusive, autoDelete, arguments: declared } = asked
  if (type === "classic" || declared.has("x-queue-type") || !durable || exclusive || autoDelete) return asked
  return { ...asked, arguments: new Map([...declared, ["x-queue-type", type]]) }
}
