import type { Policy, PolicyKind } from "../api/administration.ts"
import type { Argument } from "../api/arguments.ts"
import { BrokerError } from "../api/errors.ts"
import { shown } from "../queue/queue-arguments.ts"
import { policyKey, policyKeyNames } from "./policy-keys.ts"

/** Raises `PRECONDITION_FAILED` for a key or value that does not exist, `NOT_IMPLEMENTED` for a feature that is not there. */
export function checkPolicyEntry(kind: PolicyKind, name: string, value: Argument): void {
  const key = policyKey(kind, name)
  if (key === undefined) {
    throw new BrokerError(
      "PRECONDITION_FAILED",
      `'${name}' is not a key of ${kind === "policy" ? "policies" : "operator policies"}, which are ${policyKeyNames(kind).join(", ")}`,
    )
  }
  if (!key.shape.test(value)) {
    throw new BrokerError("PRECONDITION_FAILED", `'${name}' must be ${key.shape.expected}, not '${shown(value)}'`)
  }
  if (!key.isThere) throw new BrokerError("NOT_IMPLEMENTED", `'${name}' is not implemented`)
}

/** Raises what `checkPolicyEntry` raises, and `PRECONDITION_FAILED` for a definition that says nothing. */
export function checkPolicy(kind: PolicyKind, { name, definition, priority }: Policy): void {
  if (name === "") throw new BrokerError("PRECONDITION_FAILED", "a policy needs a name")
  if (!Number.isFinite(priority)) throw new BrokerError("PRECONDITION_FAILED", "the priority must be a number")
  if (definition.size === 0) throw new BrokerError("PRECONDITION_FAILED", "the definition must not be empty")
  for (const [key, value] of definition) checkPolicyEntry(kind, key, value)
}
