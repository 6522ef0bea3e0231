import type { Arguments } from "../api/arguments.ts"
import type { DeadLetterTarget } from "../dead-letter/dead-letter.ts"
import type { LengthLimit } from "./bounded-line.ts"
import type { PriorityTerms } from "./priority-line.ts"
import { queueTypeOf } from "./queue-type.ts"

/** Failed deliveries that a quorum queue allows unless it says otherwise. */
const DEFAULT_DELIVERY_LIMIT = 20

/** Quorum queues always have priorities, RabbitMQ's since 4.3 these. */
const QUORUM_PRIORITIES: PriorityTerms = { max: 31, usual: 4 }

/** What happens when a queue is full. */
type Overflow =
  /** The messages in front make room. */
  | "drop-head"
  /** What is published is refused. */
  | "reject-publish"
  /** The same, and dead-lettered. */
  | "reject-publish-dlx"

/** What a queue promises, by its arguments and policies. Other policies make other terms: these do not change. */
export interface QueueTerms {
  /** Time to live of every message; undefined without one. */
  readonly ttlMs: number | undefined
  /** Undefined when it may be of any length. */
  readonly lengthLimit: LengthLimit | undefined
  readonly overflow: Overflow
  /** Failed deliveries after which a message is given up; Infinity for any number. */
  readonly deliveryLimit: number
  /** How long it may be unused; undefined for ever. */
  readonly leaseMs: number | undefined
  /** Undefined when priorities of messages mean nothing. */
  readonly priorities: PriorityTerms | undefined
  /** Whether only one consumer at a time gets messages. */
  readonly isSingleActive: boolean
  /** Undefined when what dies here is lost. */
  readonly deadLetterTarget: DeadLetterTarget | undefined
}

/** Reads the arguments of a queue, its policies included, which have been checked. */
export function readQueueTerms(declared: Arguments): QueueTerms {
  return {
    ttlMs: numberOf(declared, "x-message-ttl"),
    lengthLimit: lengthLimitOf(declared),
    overflow: overflowOf(declared),
    deliveryLimit: deliveryLimitOf(declared),
    leaseMs: numberOf(declared, "x-expires"),
    priorities: prioritiesOf(declared),
    isSingleActive: declared.get("x-single-active-consumer") === true,
    deadLetterTarget: deadLetterTargetOf(declared),
  }
}

function overflowOf(declared: Arguments): Overflow {
  return (declared.get("x-overflow") as Overflow | undefined) ?? "drop-head"
}

function lengthLimitOf(declared: Arguments): LengthLimit | undefined {
  const maxMessages = numberOf(declared, "x-max-length")
  const maxBytes = numberOf(declared, "x-max-length-bytes")
  if (maxMessages === undefined && maxBytes === undefined) return undefined
  return { maxMessages: maxMessages ?? Number.POSITIVE_INFINITY, maxBytes: maxBytes ?? Number.POSITIVE_INFINITY }
}

function prioritiesOf(declared: Arguments): PriorityTerms | undefined {
  if (queueTypeOf(declared) === "quorum") return QUORUM_PRIORITIES
  const max = numberOf(declared, "x-max-priority") ?? 0
  return max === 0 ? undefined : { max, usual: 0 }
}

function deliveryLimitOf(declared: Arguments): number {
  if (queueTypeOf(declared) !== "quorum") return Number.POSITIVE_INFINITY
  const limit = numberOf(declared, "x-delivery-limit") ?? DEFAULT_DELIVERY_LIMIT
  return limit < 0 ? Number.POSITIVE_INFINITY : limit
}

function deadLetterTargetOf(declared: Arguments): DeadLetterTarget | undefined {
  const exchange = textOf(declared, "x-dead-letter-exchange")
  if (exchange === undefined) return undefined
  return {
    exchange,
    routingKey: textOf(declared, "x-dead-letter-routing-key"),
    // A queue that loses messages at its front is not sure of anything.
    isSure: textOf(declared, "x-dead-letter-strategy") === "at-least-once" && overflowOf(declared) === "reject-publish",
  }
}

function textOf(declared: Arguments, name: string): string | undefined {
  const value = declared.get(name)
  return typeof value === "string" ? value : undefined
}

function numberOf(declared: Arguments, name: string): number | undefined {
  const value = declared.get(name)
  return value === undefined ? undefined : Number(value)
}
