import type { PolicyKind } from "../api/administration.ts"
import type { Argument } from "../api/arguments.ts"
import { COUNT, INTEGER, oneOf, POSITIVE, type Shape, TEXT } from "../queue/argument-shape.ts"
import type { QueueType } from "../queue/queue-type.ts"

/** Which of two values counts that are given for the same thing. */
type Precedence =
  /** The lower number, whoever gives it. */
  | "lower"
  /** The lower number; a negative one stands for no limit and gives way. */
  | "limiting"
  /** An argument before a policy, and an operator's policy before others. */
  | "nearest"
  /** The same, but that quorum queues take a policy before their argument. */
  | "overflow"

/** What is known of one key of policy definitions. */
export interface PolicyKey {
  readonly shape: Shape
  readonly precedence: Precedence
  /** Whether operator policies may have it. */
  readonly isOperators: boolean
  /** A policy with this key does not apply to queues of these types at all. */
  readonly notFor: readonly QueueType[]
  /** False for a known feature that is not there: refused by name, never ignored. */
  readonly isThere: boolean
}

const KEY = { precedence: "nearest", isOperators: false, notFor: [], isThere: true } as const
const LIMIT = { ...KEY, precedence: "lower", isOperators: true } as const
const OF_STREAMS = { ...KEY, notFor: ["classic", "quorum"] } as const
const MISSING = { ...KEY, isThere: false } as const

const AGE: Shape = {
  expected: "an age such as 7D or 12h",
  test: (value) => typeof value === "string" && /^\d+[YMDhms]$/.test(value),
}

/** The keys that RabbitMQ 4.3 knows. Those of streams and of clusters mean nothing on one node without streams. */
const POLICY_KEYS: Readonly<Record<string, PolicyKey>> = {
  "alternate-exchange": { ...KEY, shape: TEXT },
  "dead-letter-exchange": { ...KEY, shape: TEXT },
  "dead-letter-routing-key": { ...KEY, shape: TEXT },
  "dead-letter-strategy": { ...KEY, shape: oneOf("at-most-once", "at-least-once"), notFor: ["classic"] },
  "message-ttl": { ...LIMIT, shape: COUNT },
  expires: { ...LIMIT, shape: POSITIVE },
  "max-length": { ...LIMIT, shape: COUNT },
  "max-length-bytes": { ...LIMIT, shape: COUNT },
  overflow: {
    ...LIMIT,
    shape: oneOf("drop-head", "reject-publish", "reject-publish-dlx"),
    precedence: "overflow",
  },
  "delivery-limit": { ...LIMIT, shape: INTEGER, precedence: "limiting", notFor: ["classic"] },
  "queue-mode": { ...KEY, shape: oneOf("default", "lazy"), notFor: ["quorum"] },
  "queue-version": { ...KEY, shape: oneOf(1, 2), isOperators: true },
  "queue-leader-locator": { ...KEY, shape: oneOf("client-local", "balanced", "random", "least-leaders") },
  "queue-master-locator": { ...KEY, shape: oneOf("min-masters", "client-local", "random"), notFor: ["quorum"] },
  "target-group-size": { ...LIMIT, shape: POSITIVE, notFor: ["classic"] },
  "max-in-memory-length": { ...LIMIT, shape: COUNT, notFor: ["classic"] },
  "max-in-memory-bytes": { ...LIMIT, shape: COUNT, notFor: ["classic"] },
  "initial-cluster-size": { ...OF_STREAMS, shape: POSITIVE },
  "max-age": { ...OF_STREAMS, shape: AGE },
  "stream-max-segment-size-bytes": { ...OF_STREAMS, shape: COUNT },
  "stream-filter-size-bytes": { ...KEY, shape: COUNT },
  "consumer-timeout": { ...MISSING, shape: COUNT },
  "consumer-disconnected-timeout": { ...MISSING, shape: COUNT },
  "delayed-retry-type": { ...MISSING, shape: TEXT, isOperators: true },
  "delayed-retry-min": { ...MISSING, shape: COUNT, isOperators: true },
  "delayed-retry-max": { ...MISSING, shape: COUNT, isOperators: true },
}

/** What is known of a key; undefined when policies of this kind have none of this name. */
export function policyKey(kind: PolicyKind, name: string): PolicyKey | undefined {
  const key = Object.hasOwn(POLICY_KEYS, name) ? POLICY_KEYS[name] : undefined
  return kind === "operator_policy" && key?.isOperators === false ? undefined : key
}

/** Names of the keys that policies of this kind can have. */
export function policyKeyNames(kind: PolicyKind): readonly string[] {
  return Object.keys(POLICY_KEYS).filter((name) => policyKey(kind, name)?.isThere === true)
}

/** Whether a policy with this key may apply to a queue of this type. */
export function suits(name: string, type: QueueType): boolean {
  return POLICY_KEYS[name]?.notFor.includes(type) !== true
}

/** What counts of a policy's value and the operator policy's. */
export function underOperator(name: string, policy: Argument, operator: Argument): Argument {
  return numberThatCounts(name, policy, operator) ?? operator
}

/** What counts of a declaration's argument and the value of the policies. */
export function besideArgument(name: string, argument: Argument, policy: Argument, type: QueueType): Argument {
  const isPolicyFirst = POLICY_KEYS[name]?.precedence === "overflow" && type === "quorum"
  return numberThatCounts(name, argument, policy) ?? (isPolicyFirst ? policy : argument)
}

function numberThatCounts(name: string, left: Argument, right: Argument): number | undefined {
  const precedence = POLICY_KEYS[name]?.precedence
  if (precedence !== "lower" && precedence !== "limiting") return undefined
  const [one, other] = [Number(left), Number(right)]
  const isUnlimited = precedence === "limiting" && (one < 0 || other < 0)
  return isUnlimited ? Math.max(one, other) : Math.min(one, other)
}
