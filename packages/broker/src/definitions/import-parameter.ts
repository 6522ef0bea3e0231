import { importVhostLimits } from "./import-limits.ts"
import { importOperatorPolicy } from "./import-policy.ts"
import type { ImportTarget } from "./import-target.ts"
import type { JsonNode } from "./json-node.ts"

/** What parameters may be part of. */
const COMPONENTS: Readonly<Record<string, (parameter: JsonNode, target: ImportTarget) => void>> = {
  operator_policy: importOperatorPolicy,
  "vhost-limits": importVhostLimits,
}

/** Imports an element of `parameters`; those of plugins are ignored. */
export function importParameter(parameter: JsonNode, target: ImportTarget): void {
  const component = parameter.member("component").text()
  const importComponent = Object.hasOwn(COMPONENTS, component) ? COMPONENTS[component] : undefined
  if (importComponent !== undefined) importComponent(parameter, target)
  else target.warn(`definitions: ${parameter.path}: ignored, this version does not have ${component}`)
}
