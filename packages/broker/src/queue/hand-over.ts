import type { Consumer } from "../api/consumer.ts"
import type { Entry } from "../api/entry.ts"
import type { Holder } from "../api/holder.ts"
import { type Log, stackOf } from "../api/log.ts"

/**
 * Gives a delivery to a consumer. A consumer that throws breaks its contract: that is logged here, because the exception
 * would otherwise end the turn of the publisher, who has nothing to do with it.
 */
export function handOver(consumer: Consumer, from: Holder, entry: Entry, log: Log): void {
  try {
    consumer.deliver(from, entry)
  } catch (cause) {
    log.error("delivery-failed", { holder: from.name, consumer: consumer.name, reason: stackOf(cause) })
  }
}
