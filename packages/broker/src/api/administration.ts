import type { QueueType } from "../queue/queue-type.ts"
import type { VhostLimits } from "../vhost-limits.ts"
import type { Arguments } from "./arguments.ts"

/** Whose policy it is: everybody's who administers the vhost, or the operator's, which limits the others. */
export type PolicyKind = "policy" | "operator_policy"

/** What policies apply to, in RabbitMQ's words. */
export const POLICY_SCOPES = ["all", "queues", "classic_queues", "quorum_queues", "streams", "exchanges"] as const

/** One of `POLICY_SCOPES`. */
export type PolicyScope = (typeof POLICY_SCOPES)[number]

/** Arguments for every queue or exchange whose name fits. */
export interface Policy {
  readonly name: string
  /** A regular expression that is looked for anywhere in the name. */
  readonly pattern: string
  readonly applyTo: PolicyScope
  /** The highest of those that fit applies, alone; of equal ones the first by name. */
  readonly priority: number
  /** By names without "x-": `message-ttl`, `dead-letter-exchange`. */
  readonly definition: Arguments
}

/** What is set in a vhost by those who look after it, and holds at once for what is there and for what comes. */
export interface Administration {
  /**
   * Adds a policy, or replaces the one of this name. Raises `PRECONDITION_FAILED` for a pattern that is no regular
   * expression and for keys or values that do not exist, `NOT_IMPLEMENTED` for a feature that is not there.
   */
  setPolicy(kind: PolicyKind, policy: Policy): void
  /** False when there was none of this name. */
  clearPolicy(kind: PolicyKind, name: string): boolean
  /** In the order in which they are tried. */
  policies(kind: PolicyKind): readonly Policy[]
  /** Limits what comes from now on; what there is, stays. */
  setLimits(limits: VhostLimits): void
  /** The type of queues that are declared without one; undefined: that of the whole broker. */
  setDefaultQueueType(type: QueueType | undefined): void
}
