import type { JsonNode } from "./json-node.ts"

/** Runs what may be refused, so that the refusal names the place. */
export function guarded(element: JsonNode, apply: () => void): void {
  try {
    apply()
  } catch (cause) {
    if (cause instanceof Error && cause.name !== "DefinitionsError") throw element.error(cause.message, { cause })
    throw cause
  }
}
