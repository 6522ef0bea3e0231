import type { ImportTarget } from "./import-target.ts"
import type { JsonNode } from "./json-node.ts"

const DEFAULT_VHOST = "/"

/** The vhost that an element belongs to. Raises `DefinitionsError` when there is none of that name. */
export function vhostOf(element: JsonNode, target: ImportTarget): string {
  const vhost = element.member("vhost")
  const name = vhost.text(DEFAULT_VHOST)
  if (!target.hasVhost(name)) throw vhost.error("must be the name of a vhost in vhosts")
  return name
}
