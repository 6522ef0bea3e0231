import type { Limits } from "./api/limits.ts"
import type { Log } from "./api/log.ts"
import type { Turn } from "./api/turn.ts"
import type { Counters } from "./counters.ts"
import type { Idle } from "./idle.ts"
import type { HeldMemory } from "./memory/held-memory.ts"
import type { Journal } from "./store/journal.ts"

/** Something that holds entries which end by themselves. */
export interface Expirable {
  /** Drops what has expired; false when nothing is left that can. */
  expire(nowMs: number): boolean
}

/** What the parts of one broker share. */
export interface BrokerContext {
  readonly turn: Turn
  readonly limits: Limits
  readonly log: Log
  readonly journal: Journal
  readonly memory: HeldMemory
  readonly idle: Idle
  readonly counters: Counters
  /** Looked through about once a second. */
  readonly expiring: Set<Expirable>
  /** Looked through about ten times a second: what clients would notice to be late. */
  readonly expiringSoon: Set<Expirable>
  /** A name that cannot be guessed. */
  readonly randomId: () => string
}
