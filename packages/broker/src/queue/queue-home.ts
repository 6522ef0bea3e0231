import type { DeadLetterLine } from "../dead-letter/dead-letter-line.ts"
import type { Queue } from "./queue.ts"

/** What a queue needs of its vhost. */
export interface QueueHome {
  readonly deadLetterLine: DeadLetterLine
  /** The last consumer has left. */
  unused(queue: Queue): void
  /** Nobody has used it for as long as its `x-expires` allows. */
  abandoned(queue: Queue): void
}
