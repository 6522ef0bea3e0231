import { POLICY_SCOPES, type PolicyKind } from "../api/administration.ts"
import { checkPolicyEntry } from "../policy/check-policy.ts"
import { guarded } from "./guarded.ts"
import type { ImportTarget } from "./import-target.ts"
import type { JsonNode } from "./json-node.ts"
import { vhostOf } from "./vhost-of.ts"

/** Imports an element of `policies`. */
export function importPolicy(policy: JsonNode, target: ImportTarget): void {
  setPolicy("policy", policy, policy, target)
}

/** Imports an element of `parameters` whose component is operator_policy: name and vhost stand beside the rest. */
export function importOperatorPolicy(parameter: JsonNode, target: ImportTarget): void {
  setPolicy("operator_policy", parameter, parameter.member("value"), target)
}

function setPolicy(kind: PolicyKind, element: JsonNode, facts: JsonNode, target: ImportTarget): void {
  const applyTo = facts.member("apply-to")
  const definition = facts.member("definition")
  if (definition.isMissing) throw definition.error("must be an object")
  const policy = {
    name: element.member("name").text(),
    pattern: facts.member("pattern").pattern(),
    applyTo: applyTo.isMissing ? "all" : applyTo.word(POLICY_SCOPES),
    priority: facts.member("priority").number(0),
    definition: definition.arguments(),
  }
  for (const [name, value] of policy.definition) {
    guarded(definition.member(name), () => checkPolicyEntry(kind, name, value))
  }
  guarded(element, () => target.administer(vhostOf(element, target)).setPolicy(kind, policy))
}
