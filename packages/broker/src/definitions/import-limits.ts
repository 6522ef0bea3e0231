import type { ImportTarget } from "./import-target.ts"
import type { JsonNode } from "./json-node.ts"
import { vhostOf } from "./vhost-of.ts"

const VHOST_LIMITS = ["max-connections", "max-queues"]
const USER_LIMITS = ["max-connections", "max-channels"]

/** Imports an element of `parameters` whose component is vhost-limits. */
export function importVhostLimits(parameter: JsonNode, target: ImportTarget): void {
  setVhostLimits(vhostOf(parameter, target), parameter.member("value"), target)
}

/** Takes the limits of a vhost. Raises `DefinitionsError`. */
export function setVhostLimits(vhost: string, limits: JsonNode, target: ImportTarget): void {
  checkNames(limits, VHOST_LIMITS)
  const [maxConnections, maxQueues] = [limitOf(limits, "max-connections"), limitOf(limits, "max-queues")]
  target.administer(vhost).setLimits({ maxConnections, maxQueues })
}

/** Takes the limits of a user. Raises `DefinitionsError`. */
export function setUserLimits(user: string, limits: JsonNode, target: ImportTarget): void {
  checkNames(limits, USER_LIMITS)
  const [maxConnections, maxChannels] = [limitOf(limits, "max-connections"), limitOf(limits, "max-channels")]
  target.users.limit(user, { maxConnections, maxChannels })
}

function checkNames(limits: JsonNode, names: readonly string[]): void {
  const unknown = limits.isEmptyArray ? undefined : limits.memberNames().find((given) => !names.includes(given))
  if (unknown !== undefined) throw limits.member(unknown).error(`is no limit, which are ${names.join(", ")}`)
}

/** A limit that is missing or negative is none. Older versions of RabbitMQ write an empty array where there are no limits. */
function limitOf(limits: JsonNode, name: string): number {
  if (limits.isEmptyArray || limits.member(name).isMissing) return Number.POSITIVE_INFINITY
  const limit = limits.member(name)
  const value = limit.number()
  if (!Number.isInteger(value)) throw limit.error("must be a whole number")
  return value < 0 ? Number.POSITIVE_INFINITY : value
}
