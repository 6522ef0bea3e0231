import type { Policy } from "../api/administration.ts"
import { type Argument, type Arguments, NO_ARGUMENTS } from "../api/arguments.ts"
import { queueTypeOf } from "../queue/queue-type.ts"
import { besideArgument, underOperator } from "./policy-keys.ts"

/** The policies that apply to one queue or exchange. */
export interface AppliedPolicies {
  readonly policy: Policy | undefined
  readonly operatorPolicy: Policy | undefined
}

/** None apply. */
export const NO_POLICIES: AppliedPolicies = { policy: undefined, operatorPolicy: undefined }

/** Whether both are the very same policies, and not others of their names. */
export function areSamePolicies(left: AppliedPolicies, right: AppliedPolicies): boolean {
  return left.policy === right.policy && left.operatorPolicy === right.operatorPolicy
}

/** The arguments of a queue as if it had been declared with what its policies add. */
export function argumentsUnderPolicies(declared: Arguments, applied: AppliedPolicies): Arguments {
  const definition = definitionOf(applied)
  if (definition.size === 0) return declared
  const type = queueTypeOf(declared)
  const effective = new Map(declared)
  for (const [name, value] of definition) {
    const argument = declared.get(`x-${name}`)
    effective.set(`x-${name}`, argument === undefined ? value : besideArgument(name, argument, value, type))
  }
  return effective
}

/** What the policies say together: every key of either, and of a key in both what counts. */
export function definitionOf({ policy, operatorPolicy }: AppliedPolicies): Arguments {
  const definition = policy?.definition ?? NO_ARGUMENTS
  if (operatorPolicy === undefined) return definition
  const merged = new Map<string, Argument>(definition)
  for (const [name, value] of operatorPolicy.definition) {
    const own = definition.get(name)
    merged.set(name, own === undefined ? value : underOperator(name, own, value))
  }
  return merged
}
