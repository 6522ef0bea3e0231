import {
  copyEnvelope,
  createMessage,
  type DeathReason,
  formatOf,
  isList,
  type Message,
  type MessageDraft,
  shareBytes,
} from "@polymq/message"
import { recordedDeath } from "./recorded-death.ts"

/** Where a queue sends what it cannot deliver, and how. */
export interface DeadLetterTarget {
  readonly exchange: string
  /** Undefined: the keys that the message was published with, BCC included. */
  readonly routingKey: string | undefined
  /** Whether a message stays until all whom the target leads to have it, and somebody is there. */
  readonly isSure: boolean
}

/**
 * A copy of a message, of the same bytes, that goes to the target with its death in the history and without a time to
 * live; `failures` is how many of its deliveries in the queue have failed.
 */
export function deadLetterOf(
  source: Message,
  queue: string,
  reason: DeathReason,
  failures: number,
  target: DeadLetterTarget,
  nowMs: number,
): MessageDraft {
  const { exchange, ttlMs } = source
  const letter = createMessage(source.format, source.receivedAtMs)
  copyEnvelope(source, letter)
  shareBytes(source, letter)
  const facts = { queue, reason, exchange, routingKeys: visibleKeys(source), ttlMs, failures }
  letter.deaths = recordedDeath(source.deaths, facts, nowMs)
  letter.exchange = target.exchange
  letter.publisher = undefined
  letter.ttlMs = undefined
  if (target.routingKey !== undefined) {
    letter.routingKey = target.routingKey
    letter.moreKeys = undefined
    letter.topic = undefined
  }
  return letter
}

/** The keys that consumers may know of: without those of BCC, which AMQP 0.9.1 messages do not keep in their bytes. */
function visibleKeys(message: Message): readonly string[] {
  const { routingKey, moreKeys } = message
  if (moreKeys === undefined) return [routingKey]
  if (message.format !== "amqp091") return [routingKey, ...moreKeys]
  const copies = formatOf(message.format).header(message, "CC")?.value ?? null
  const visible = isList(copies) ? new Set(copies.map(({ value }) => value)) : new Set()
  return [routingKey, ...moreKeys.filter((key) => visible.has(key))]
}
