import type { Policy, PolicyKind, PolicyScope } from "../api/administration.ts"
import { BrokerError } from "../api/errors.ts"
import type { QueueType } from "../queue/queue-type.ts"
import { type AppliedPolicies, NO_POLICIES } from "./applied-policies.ts"
import { checkPolicy } from "./check-policy.ts"
import { suits } from "./policy-keys.ts"

/** What a policy may apply to: an exchange, or a queue of some type. */
type Subject = "exchange" | QueueType

/** The subjects of each scope. There are no streams yet. */
const SUBJECTS: Readonly<Record<PolicyScope, readonly Subject[]>> = {
  all: ["exchange", "classic", "quorum"],
  queues: ["classic", "quorum"],
  classic_queues: ["classic"],
  quorum_queues: ["quorum"],
  streams: [],
  exchanges: ["exchange"],
}

interface CompiledPolicy {
  readonly policy: Policy
  readonly pattern: RegExp
  readonly subjects: readonly Subject[]
}

/** The policies of a vhost, in the order in which they are tried. */
export class PolicyBook {
  readonly #policies: Record<PolicyKind, readonly CompiledPolicy[]> = { policy: [], operator_policy: [] }

  list(kind: PolicyKind): readonly Policy[] {
    return this.#policies[kind].map(({ policy }) => policy)
  }

  /** Raises `PRECONDITION_FAILED` and `NOT_IMPLEMENTED`, as `Administration.setPolicy` does. */
  set(kind: PolicyKind, policy: Policy): void {
    const compiled = compile(kind, policy)
    this.#policies[kind] = [...this.#without(kind, policy.name), compiled].sort(inOrderOfTrial)
  }

  /** False when there was none of this name. */
  clear(kind: PolicyKind, name: string): boolean {
    const rest = this.#without(kind, name)
    const wasThere = rest.length < this.#policies[kind].length
    this.#policies[kind] = rest
    return wasThere
  }

  /** The policies that apply to a queue or exchange of this name. */
  applyingTo(subject: Subject, name: string): AppliedPolicies {
    const policy = firstFor(this.#policies.policy, subject, name)
    const operatorPolicy = firstFor(this.#policies.operator_policy, subject, name)
    return policy === undefined && operatorPolicy === undefined ? NO_POLICIES : { policy, operatorPolicy }
  }

  #without(kind: PolicyKind, name: string): readonly CompiledPolicy[] {
    return this.#policies[kind].filter(({ policy }) => policy.name !== name)
  }
}

function compile(kind: PolicyKind, policy: Policy): CompiledPolicy {
  checkPolicy(kind, policy)
  const keys = [...policy.definition.keys()]
  const isFor = (subject: Subject) => subject === "exchange" || keys.every((key) => suits(key, subject))
  return { policy, pattern: patternOf(policy), subjects: SUBJECTS[policy.applyTo].filter(isFor) }
}

function patternOf({ pattern }: Policy): RegExp {
  try {
    return new RegExp(pattern)
  } catch (cause) {
    throw new BrokerError("PRECONDITION_FAILED", `'${pattern}' is not a regular expression`, { cause })
  }
}

function inOrderOfTrial({ policy: left }: CompiledPolicy, { policy: right }: CompiledPolicy): number {
  return right.priority - left.priority || (left.name < right.name ? -1 : 1)
}

function firstFor(policies: readonly CompiledPolicy[], subject: Subject, name: string): Policy | undefined {
  return policies.find(({ pattern, subjects }) => subjects.includes(subject) && pattern.test(name))?.policy
}
