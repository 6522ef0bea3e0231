import type { Argument, Arguments } from "../api/arguments.ts"
import { BrokerError } from "../api/errors.ts"
import type { ExchangeSettings, QueueSettings } from "../api/topology.ts"
import { areEqualArguments } from "../argument-identity.ts"
import {
  type ArgumentRules,
  comparedArguments,
  EXCHANGE_ARGUMENTS,
  QUEUE_ARGUMENTS,
  shown,
} from "../queue/queue-arguments.ts"

/** The properties, beside arguments, that a repeated declaration must agree on, in the order in which they are looked at. */
const EXCHANGE_PROPERTIES = [
  ["type", ({ type }: ExchangeSettings) => type],
  ["durable", ({ durable }: ExchangeSettings) => durable],
  ["auto_delete", ({ autoDelete }: ExchangeSettings) => autoDelete],
  ["internal", ({ internal }: ExchangeSettings) => internal],
] as const

const QUEUE_PROPERTIES = [
  ["durable", ({ durable }: QueueSettings) => durable],
  ["auto_delete", ({ autoDelete }: QueueSettings) => autoDelete],
] as const

/** What an argument counts as when it is not given. */
const DEFAULTS: Readonly<Record<string, Argument>> = { "x-queue-type": "classic" }

/** Raises `PRECONDITION_FAILED` when an exchange is declared again with other settings. */
export function checkSameExchange(received: ExchangeSettings, current: ExchangeSettings, vhost: string): void {
  const subject = `exchange '${current.name}' in vhost '${vhost}'`
  for (const [name, of] of EXCHANGE_PROPERTIES) {
    if (of(received) !== of(current)) throw inequivalent(name, subject, of(received), of(current))
  }
  checkSameArguments(received.arguments, current.arguments, EXCHANGE_ARGUMENTS, subject)
}

/** Raises `PRECONDITION_FAILED` when a queue is declared again with other settings. */
export function checkSameQueue(received: QueueSettings, current: QueueSettings, vhost: string): void {
  const subject = `queue '${current.name}' in vhost '${vhost}'`
  for (const [name, of] of QUEUE_PROPERTIES) {
    if (of(received) !== of(current)) throw inequivalent(name, subject, of(received), of(current))
  }
  checkSameArguments(received.arguments, current.arguments, QUEUE_ARGUMENTS, subject)
}

function checkSameArguments(received: Arguments, current: Arguments, rules: ArgumentRules, subject: string): void {
  for (const name of comparedArguments(rules)) {
    const left = received.get(name) ?? DEFAULTS[name]
    const right = current.get(name) ?? DEFAULTS[name]
    const isSame = left === right || (left !== undefined && right !== undefined && areEqualArguments(left, right))
    if (!isSame) throw inequivalent(name, subject, left, right)
  }
}

function inequivalent(
  name: string,
  subject: string,
  received: Argument | undefined,
  current: Argument | undefined,
): BrokerError {
  const quoted = (value: Argument | undefined) => (value === undefined ? "none" : `'${shown(value)}'`)
  return new BrokerError(
    "PRECONDITION_FAILED",
    `inequivalent arg '${name}' for ${subject}: received ${quoted(received)} but current is ${quoted(current)}`,
  )
}
