import { type Access, BrokerError, type ExchangeType, NO_ARGUMENTS } from "@polymq/broker"
import { EXCHANGE_FIELDS, readFields } from "./fields.ts"
import { checkName, checkNotDefault, checkNotReserved } from "./names.ts"
import { Refusal } from "./refusal.ts"
import { decodedSegment } from "./request-target.ts"
import { NO_CONTENT, type Response } from "./response.ts"
import type { Call } from "./route.ts"

const TYPES: ReadonlySet<string> = new Set<ExchangeType>(["direct", "fanout", "topic", "headers"])

/** Declares an exchange. */
export function putExchange({ access, segment, body }: Call): Response {
  const fields = readFields(body, EXCHANGE_FIELDS, "exchange property")
  const type = fields.type ?? "direct"
  if (!isType(type)) throw new Refusal(400, `unknown exchange type '${type}'`)
  const name = decodedSegment(segment)
  checkNotDefault(name)
  checkName(name)
  if (!exists(access, name)) checkNotReserved("exchange", name, access.vhost)
  access.declareExchange({
    name,
    type,
    durable: fields.durable ?? true,
    autoDelete: fields.auto_delete ?? false,
    internal: fields.internal ?? false,
    arguments: fields.arguments ?? NO_ARGUMENTS,
  })
  return NO_CONTENT
}

/** Deletes an exchange, in use or not; one that is not there counts as deleted. */
export function deleteExchange({ access, segment }: Call): Response {
  const name = decodedSegment(segment)
  checkName(name)
  checkNotDefault(name)
  checkNotReserved("exchange", name, access.vhost)
  access.deleteExchange(name, { ifUnused: false })
  return NO_CONTENT
}

function isType(name: string): name is ExchangeType {
  return TYPES.has(name)
}

function exists(access: Access, name: string): boolean {
  try {
    access.checkExchange(name)
    return true
  } catch (error) {
    if (error instanceof BrokerError && error.code === "NOT_FOUND") return false
    throw error
  }
}
