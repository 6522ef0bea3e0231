import { type Access, BrokerError } from "@polymq/broker"
import { MAX_UINT32 } from "../codec/constants.ts"

/** Messages of a queue that are ready, for a flow's `available`. */
export function readyMessages(access: Access, queue: string): number {
  try {
    return Math.min(MAX_UINT32, access.checkQueue(queue).messages)
  } catch (error) {
    if (error instanceof BrokerError) return 0
    throw error
  }
}

/** Whether there is such a queue, whoever owns it. */
export function isThere(access: Access, queue: string): boolean {
  try {
    access.describeQueue(queue)
    return true
  } catch (error) {
    if (error instanceof BrokerError) return error.code !== "NOT_FOUND"
    throw error
  }
}

/** Deletes a queue that a link owned; one that is gone or not ours any more is left alone. */
export function removeQueue(access: Access, queue: string | undefined): void {
  if (queue === undefined) return
  try {
    access.deleteQueue(queue, { ifUnused: false, ifEmpty: false })
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error
  }
}
