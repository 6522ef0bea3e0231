import type { Arguments } from "../api/arguments.ts"

/** Kinds of queues, as `x-queue-type` names them. */
export type QueueType = "classic" | "quorum"

/** The type that a queue was declared with. */
export function queueTypeOf(declared: Arguments): QueueType {
  return declared.get("x-queue-type") === "quorum" ? "quorum" : "classic"
}
