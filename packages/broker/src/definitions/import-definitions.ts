import type { Access } from "../api/access.ts"
import type { ExchangeType } from "../api/topology.ts"
import { HASHING_ALGORITHMS, parsePasswordHash } from "../users/password.ts"
import type { Permission } from "../users/permission.ts"
import type { Credential, UserRegistry } from "../users/user-registry.ts"
import { JsonNode } from "./json-node.ts"

/** What definitions are imported into. */
export interface ImportTarget {
  readonly users: UserRegistry
  addVhost(name: string): void
  hasVhost(name: string): boolean
  /** The vhost with every right. */
  access(vhost: string): Access
}

const EXCHANGE_TYPES: readonly ExchangeType[] = ["direct", "fanout", "topic", "headers"]
const DEFAULT_VHOST = "/"
/** RabbitMQ accepts the user of this name from its own machine only. */
const LOOPBACK_USER = "guest"

/** Sections in the order in which they depend on each other. */
const SECTIONS: Readonly<Record<string, (element: JsonNode, target: ImportTarget) => void>> = {
  vhosts: (vhost, target) => target.addVhost(vhost.member("name").text()),
  users: importUser,
  permissions: importPermission,
  exchanges: importExchange,
  queues: importQueue,
  bindings: importBinding,
}

/** Members that only say where the definitions come from. */
const ORIGIN = /^(rabbit(mq)?|product)_|^original_|^explanation$/

/**
 * Imports definitions in RabbitMQ's JSON format: vhosts, users, permissions, exchanges, queues and bindings. Returns a
 * line for every section that is ignored. Raises `DefinitionsError`, which names the place; what stood before it is applied.
 */
export function importDefinitions(definitions: unknown, target: ImportTarget): readonly string[] {
  const document = new JsonNode(definitions)
  const warnings = document
    .memberNames()
    .filter((name) => !Object.hasOwn(SECTIONS, name) && !ORIGIN.test(name) && !isEmpty(document.member(name)))
    .map((name) => `definitions: ${name}: ignored, this version does not have it`)
  for (const [name, importElement] of Object.entries(SECTIONS)) {
    for (const element of document.member(name).elements()) importElement(element, target)
  }
  return warnings
}

function importUser(user: JsonNode, target: ImportTarget): void {
  const name = user.member("name").text()
  const tags = user.member("tags").words()
  target.users.set({ name, tags, credential: credentialOf(user), loopbackOnly: name === LOOPBACK_USER })
}

function credentialOf(user: JsonNode): Credential {
  const password = user.member("password")
  if (!password.isMissing) return { kind: "password", password: password.text() }
  const hashText = user.member("password_hash").text("")
  if (hashText === "") return { kind: "none" }
  const algorithm = user.member("hashing_algorithm").text("rabbit_password_hashing_sha256")
  if (!HASHING_ALGORITHMS.includes(algorithm)) {
    const known = HASHING_ALGORITHMS.join(", ")
    throw user.member("hashing_algorithm").error(`must be one of ${known}; set a password instead`)
  }
  const hash = parsePasswordHash(hashText, algorithm)
  if (hash === undefined) {
    throw user.member("password_hash").error(`must be base64 of salt and hash as ${algorithm} makes them`)
  }
  return { kind: "hash", hash }
}

function importPermission(permission: JsonNode, target: ImportTarget): void {
  const user = permission.member("user")
  if (!target.users.has(user.text())) throw user.error("must be the name of a user in users")
  const rights: Permission = {
    configure: permission.member("configure").pattern(),
    write: permission.member("write").pattern(),
    read: permission.member("read").pattern(),
  }
  target.users.permit(user.text(), vhostOf(permission, target), rights)
}

function importExchange(exchange: JsonNode, target: ImportTarget): void {
  const settings = {
    name: exchange.member("name").text(),
    type: exchange.member("type").word(EXCHANGE_TYPES),
    durable: exchange.member("durable").flag(true),
    autoDelete: exchange.member("auto_delete").flag(false),
    internal: exchange.member("internal").flag(false),
    arguments: exchange.member("arguments").arguments(),
  }
  guarded(exchange, () => target.access(vhostOf(exchange, target)).declareExchange(settings))
}

function importQueue(queue: JsonNode, target: ImportTarget): void {
  const type = queue.member("type")
  const declared = queue.member("arguments").arguments()
  const hasType = type.isMissing || declared.has("x-queue-type")
  const settings = {
    name: queue.member("name").text(),
    durable: queue.member("durable").flag(true),
    exclusive: false,
    autoDelete: queue.member("auto_delete").flag(false),
    arguments: hasType ? declared : new Map([...declared, ["x-queue-type", type.text()]]),
  }
  if (settings.name === "") throw queue.member("name").error("must not be empty")
  guarded(queue, () => target.access(vhostOf(queue, target)).declareQueue(settings))
}

function importBinding(binding: JsonNode, target: ImportTarget): void {
  const parts = {
    source: binding.member("source").text(),
    destination: {
      kind: binding.member("destination_type").word(["queue", "exchange"] as const),
      name: binding.member("destination").text(),
    },
    key: binding.member("routing_key").text(""),
    arguments: binding.member("arguments").arguments(),
  }
  guarded(binding, () => target.access(vhostOf(binding, target)).bind(parts))
}

function vhostOf(element: JsonNode, target: ImportTarget): string {
  const vhost = element.member("vhost")
  const name = vhost.text(DEFAULT_VHOST)
  if (!target.hasVhost(name)) throw vhost.error("must be the name of a vhost in vhosts")
  return name
}

/** Runs what may be refused, so that the refusal names the place. */
function guarded(element: JsonNode, apply: () => void): void {
  try {
    apply()
  } catch (cause) {
    if (cause instanceof Error && cause.name !== "DefinitionsError") throw element.error(cause.message, { cause })
    throw cause
  }
}

function isEmpty(section: JsonNode): boolean {
  try {
    return section.elements().length === 0
  } catch {
    return false
  }
}
