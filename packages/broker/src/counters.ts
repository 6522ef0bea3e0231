/** What has become of messages since the broker was made; plain numbers that only grow. */
export interface Counters {
  /** Dropped because their time to live was over. */
  expired: number
  /** Dropped from the front of a queue that had grown longer than it may. */
  droppedOverflow: number
  /** Sent to the dead-letter exchange of their queue, whether or not that led anywhere. */
  deadLettered: number
  /** Of QoS 0, dropped because the client's socket did not keep up (`Limits.maxSessionQos0Backlog`). */
  droppedQos0: number
  /** Of QoS 1 and 2, dropped because too many waited for the client (`Limits.maxSessionBacklog`). */
  droppedBacklog: number
  /** Published where nobody wanted them. */
  unroutable: number
  /** Refused to their publisher because a holder did not admit them or the store has failed. */
  refused: number
}

/** Counters that have not counted anything. */
export function newCounters(): Counters {
  return {
    expired: 0,
    droppedOverflow: 0,
    deadLettered: 0,
    droppedQos0: 0,
    droppedBacklog: 0,
    unroutable: 0,
    refused: 0,
  }
}
