import type { Census } from "./access/census.ts"
import type { Limits } from "./api/limits.ts"
import type { Log } from "./api/log.ts"
import type { Turn } from "./api/turn.ts"
import type { Counters } from "./counters.ts"
import type { Expirable } from "./expirable.ts"
import type { ExpiringSoon } from "./expiring-soon.ts"
import type { Idle } from "./idle.ts"
import type { HeldMemory } from "./memory/held-memory.ts"
import type { QueueType } from "./queue/queue-type.ts"
import type { WillSchedule } from "./session/will-schedule.ts"
import type { Journal } from "./store/journal.ts"

/** What the parts of one broker share. */
export interface BrokerContext {
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly journal: Journal
  readonly memory: HeldMemory
  readonly idle: Idle
  readonly census: Census
  /** The type of queues that are declared without one, where their vhost has no other. */
  readonly defaultQueueType: QueueType
  readonly counters: Counters
  /** Looked through about once a second. */
  readonly expiring: Set<Expirable>
  /** Looked through about ten times a second: what clients would notice to be late. */
  readonly expiringSoon: ExpiringSoon
  readonly wills: WillSchedule
  /** A name that cannot be guessed. */
  readonly randomId: () => string
}
