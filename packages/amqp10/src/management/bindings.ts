import { createHash } from "node:crypto"
import { type Arguments, argumentsIdentity, type Binding, NO_ARGUMENTS } from "@polymq/broker"
import type { Value } from "@polymq/message"
import { mapOf, mapOfArguments, textValue } from "./arguments.ts"
import { BINDING_FIELDS, readFields } from "./fields.ts"
import { checkName, checkNotDefault } from "./names.ts"
import { Refusal } from "./refusal.ts"
import { decodedSegment } from "./request-target.ts"
import { NO_CONTENT, type Response } from "./response.ts"
import type { Call } from "./route.ts"

type Destination = Binding["destination"]

/** Bytes of the digest that tells bindings apart which differ in their arguments alone. */
const HASH_BYTES = 12

/** Where a binding is found: its parts percent-encoded, its arguments as a hash. */
const LOCATION = /^src=([\w.~%-]+);dst([eq])=([\w.~%-]+);key=([\w.~%-]*);args=([\w-]*)$/

/** Makes a binding, unless it is there. */
export function postBinding({ access, body }: Call): Response {
  const fields = readFields(body, BINDING_FIELDS, "binding field")
  const { source, destination_queue: queue, destination_exchange: exchange, binding_key: key } = fields
  if (source === undefined || key === undefined) {
    throw new Refusal(400, "a binding needs the fields source and binding_key")
  }
  const destination = oneDestination(queue, exchange, "a binding needs destination_queue or destination_exchange")
  checkEnds(source, destination)
  access.bind({ source, destination, key, arguments: fields.arguments ?? NO_ARGUMENTS })
  return NO_CONTENT
}

/** Lists the bindings between a source and a destination that have a key. */
export function getBindings({ access, query }: Call): Response {
  const source = query.get("src")
  const key = query.get("key")
  if (source === null || key === null) throw new Refusal(400, "missing 'src' or 'key' in query")
  const queue = query.get("dstq") ?? undefined
  const exchange = query.get("dste") ?? undefined
  const destination = oneDestination(queue, exchange, "missing 'dste' or 'dstq' in query")
  checkEnds(source, destination)
  const bindings = access.bindingsBetween(source, destination).filter((binding) => binding.key === key)
  return { status: 200, body: { type: "list", value: bindings.map(details) } }
}

/** Removes a binding; one that is not there counts as removed. */
export function deleteBinding({ access, segment }: Call): Response {
  const [, encodedSource, kind, encodedName, encodedKey, hash] = LOCATION.exec(segment) ?? []
  if (encodedSource === undefined || encodedName === undefined || encodedKey === undefined) {
    throw new Refusal(400, `bad binding path segment '${segment}'`)
  }
  const source = decodedSegment(encodedSource)
  const destination = { kind: kind === "q" ? "queue" : "exchange", name: decodedSegment(encodedName) } as const
  const key = decodedSegment(encodedKey)
  checkEnds(source, destination)
  const found = access
    .bindingsBetween(source, destination)
    .find((binding) => binding.key === key && hashOf(binding.arguments) === hash)
  if (found !== undefined) access.unbind(found)
  return NO_CONTENT
}

/** Raises `Refusal` 400, in the given words, unless there is exactly one. */
function oneDestination(queue: string | undefined, exchange: string | undefined, words: string): Destination {
  if (queue !== undefined && exchange === undefined) return { kind: "queue", name: queue }
  if (queue === undefined && exchange !== undefined) return { kind: "exchange", name: exchange }
  throw new Refusal(400, words)
}

function checkEnds(source: string, { kind, name }: Destination): void {
  checkNotDefault(source)
  checkName(source)
  if (kind === "exchange") checkNotDefault(name)
  checkName(name)
}

function details({ source, destination, key, arguments: given }: Binding): Value {
  const { kind, name } = destination
  return mapOf([
    ["source", textValue(source)],
    [`destination_${kind}`, textValue(name)],
    ["binding_key", textValue(key)],
    ["arguments", mapOfArguments(given)],
    ["location", textValue(locationOf(source, destination, key, given))],
  ])
}

function locationOf(source: string, { kind, name }: Destination, key: string, given: Arguments): string {
  const destination = `dst${kind === "queue" ? "q" : "e"}=${quoted(name)}`
  return `/bindings/src=${quoted(source)};${destination};key=${quoted(key)};args=${hashOf(given)}`
}

/** Empty without arguments: then clients make up the location themselves. */
function hashOf(given: Arguments): string {
  if (given.size === 0) return ""
  return createHash("sha256").update(argumentsIdentity(given)).digest().subarray(0, HASH_BYTES).toString("base64url")
}

/** Percent-encodes everything but RFC 3986's unreserved characters. */
function quoted(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}
