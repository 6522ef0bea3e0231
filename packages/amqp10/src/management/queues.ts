import { type Access, BrokerError, NO_ARGUMENTS, type QueueDetails, quorumFault } from "@polymq/broker"
import type { Value } from "@polymq/message"
import { NODE_NAME } from "../session/server-properties.ts"
import { mapOf, mapOfArguments, textValue } from "./arguments.ts"
import { QUEUE_FIELDS, readFields } from "./fields.ts"
import { checkName, checkNotReserved } from "./names.ts"
import { Refusal } from "./refusal.ts"
import { decodedSegment } from "./request-target.ts"
import type { Response } from "./response.ts"
import type { Call } from "./route.ts"

/** Kind of a queue that was declared without saying which. */
const DEFAULT_TYPE = "classic"

/** Declares a queue: 201 when it is new, 200 when it was there. */
export function putQueue({ access, segment, body }: Call): Response {
  const { durable, exclusive, auto_delete, arguments: given } = readFields(body, QUEUE_FIELDS, "queue property")
  const name = decodedSegment(segment)
  if (name === "") throw new Refusal(400, "declare queue with empty name not allowed")
  checkName(name)
  checkNotReserved("queue", name, access.vhost)
  const isNew = find(access, name) === undefined
  const settings = {
    name,
    durable: durable ?? true,
    exclusive: exclusive ?? false,
    autoDelete: auto_delete ?? false,
    arguments: given ?? NO_ARGUMENTS,
  }
  // RabbitMQ tells this from a conflict: it is no matter of what is there, or of an argument's value.
  const fault = isNew ? quorumFault(settings, `queue '${name}' in vhost '${access.vhost}'`) : undefined
  if (fault !== undefined) throw new Refusal(400, fault)
  access.declareQueue(settings)
  return { status: isNew ? 201 : 200, body: details(access.describeQueue(name), access.vhost) }
}

/** Tells of a queue. */
export function getQueue({ access, segment }: Call): Response {
  const name = decodedSegment(segment)
  const found = find(access, name)
  if (found === undefined) throw new Refusal(404, `queue '${name}' in vhost '${access.vhost}' not found`)
  return { status: 200, body: details(found, access.vhost) }
}

/** Deletes a queue, in use or not; one that is not there counts as deleted. */
export function deleteQueue({ access, segment }: Call): Response {
  const name = decodedSegment(segment)
  checkName(name)
  return messageCount(access.deleteQueue(name, { ifUnused: false, ifEmpty: false }))
}

/** Removes the messages of a queue that are ready. */
export function purgeQueue({ access, segment }: Call): Response {
  return messageCount(access.purgeQueue(decodedSegment(segment)))
}

function find(access: Access, name: string): QueueDetails | undefined {
  try {
    return access.describeQueue(name)
  } catch (error) {
    if (error instanceof BrokerError && error.code === "NOT_FOUND") return undefined
    throw error
  }
}

function messageCount(count: number): Response {
  return { status: 200, body: mapOf([["message_count", { type: "ulong", value: BigInt(count) }]]) }
}

function details({ settings, messages, consumers }: QueueDetails, vhost: string): Value {
  const type = settings.arguments.get("x-queue-type") ?? DEFAULT_TYPE
  return mapOf([
    ["leader", textValue(NODE_NAME)],
    ["message_count", { type: "ulong", value: BigInt(messages) }],
    ["consumer_count", { type: "uint", value: consumers }],
    ["name", textValue(settings.name)],
    ["vhost", textValue(vhost)],
    ["durable", flag(settings.durable)],
    ["auto_delete", flag(settings.autoDelete)],
    ["exclusive", flag(settings.exclusive)],
    ["type", textValue(String(type))],
    ["arguments", mapOfArguments(new Map([...settings.arguments, ["x-queue-type", type]]))],
    ["replicas", { type: "array", value: [textValue(NODE_NAME)] }],
  ])
}

function flag(value: boolean): Value {
  return { type: "boolean", value }
}
