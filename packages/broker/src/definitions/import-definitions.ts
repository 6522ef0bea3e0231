import type { ExchangeType } from "../api/topology.ts"
import { QUEUE_TYPES } from "../queue/queue-type.ts"
import { HASHING_ALGORITHMS, parsePasswordHash } from "../users/password.ts"
import type { Permission } from "../users/permission.ts"
import type { TopicPermission } from "../users/topic-permission.ts"
import type { Credential } from "../users/user-registry.ts"
import { guarded } from "./guarded.ts"
import { setUserLimits, setVhostLimits } from "./import-limits.ts"
import { importParameter } from "./import-parameter.ts"
import { importPolicy } from "./import-policy.ts"
import type { ImportTarget } from "./import-target.ts"
import { JsonNode } from "./json-node.ts"
import { vhostOf } from "./vhost-of.ts"

const EXCHANGE_TYPES: readonly ExchangeType[] = ["direct", "fanout", "topic", "headers"]
/** RabbitMQ accepts the user of this name from its own machine only. */
const LOOPBACK_USER = "guest"

/** Sections in the order in which they depend on each other. */
const SECTIONS: Readonly<Record<string, (element: JsonNode, target: ImportTarget) => void>> = {
  vhosts: importVhost,
  users: importUser,
  permissions: importPermission,
  topic_permissions: importTopicPermission,
  parameters: importParameter,
  policies: importPolicy,
  exchanges: importExchange,
  queues: importQueue,
  bindings: importBinding,
}

/** Members that only say where the definitions come from. */
const ORIGIN = /^(rabbit(mq)?|product)_|^original_|^explanation$/

/**
 * Imports definitions in RabbitMQ's JSON format: vhosts, users, permissions, topic permissions, parameters, policies, exchanges,
 * queues and bindings. What is ignored is told. Raises `DefinitionsError`, which names the place; what stood before it is applied.
 */
export function importDefinitions(definitions: unknown, target: ImportTarget): void {
  const document = new JsonNode(definitions)
  for (const name of document.memberNames()) {
    if (Object.hasOwn(SECTIONS, name) || ORIGIN.test(name) || document.member(name).isEmptyArray) continue
    target.warn(`definitions: ${name}: ignored, this version does not have it`)
  }
  for (const [name, importElement] of Object.entries(SECTIONS)) {
    for (const element of document.member(name).elements()) importElement(element, target)
  }
}

function importVhost(vhost: JsonNode, target: ImportTarget): void {
  const name = vhost.member("name").text()
  target.addVhost(name)
  const limits = vhost.member("limits")
  if (!limits.isMissing) setVhostLimits(name, limits, target)
  const type = defaultQueueTypeOf(vhost)
  if (!type.isMissing) target.administer(name).setDefaultQueueType(type.word(QUEUE_TYPES))
}

/** RabbitMQ has written it to one place or the other, and in one version as a word for none. */
function defaultQueueTypeOf(vhost: JsonNode): JsonNode {
  const metadata = vhost.member("metadata")
  const places = [vhost, ...(metadata.isMissing ? [] : [metadata])].map((place) => place.member("default_queue_type"))
  return places.find((place) => !place.isMissing && !place.isWord("undefined")) ?? new JsonNode(undefined)
}

function importUser(user: JsonNode, target: ImportTarget): void {
  const name = user.member("name").text()
  const tags = user.member("tags").words()
  target.users.set({ name, tags, credential: credentialOf(user), loopbackOnly: name === LOOPBACK_USER })
  const limits = user.member("limits")
  if (!limits.isMissing) setUserLimits(name, limits, target)
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
  const user = userOf(permission, target)
  const rights: Permission = {
    configure: permission.member("configure").pattern(),
    write: permission.member("write").pattern(),
    read: permission.member("read").pattern(),
  }
  target.users.permit(user, vhostOf(permission, target), rights)
}

function importTopicPermission(permission: JsonNode, target: ImportTarget): void {
  const user = userOf(permission, target)
  const exchange = permission.member("exchange").text()
  const rights: TopicPermission = {
    write: permission.member("write").pattern(),
    read: permission.member("read").pattern(),
  }
  guarded(permission, () => target.users.permitTopic(user, vhostOf(permission, target), exchange, rights))
}

function userOf(element: JsonNode, target: ImportTarget): string {
  const user = element.member("user")
  if (!target.users.has(user.text())) throw user.error("must be the name of a user in users")
  return user.text()
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
