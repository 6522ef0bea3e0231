import type { Death, DeathHistory, DeathReason } from "@polymq/message"

/** What a message dies of, and as what: where it had been published to, its own time to live, how often it had failed. */
export interface DeathFacts extends Pick<Death, "queue" | "reason" | "exchange" | "routingKeys" | "ttlMs"> {
  /** Deliveries that failed in that queue. */
  readonly failures: number
}

/** Reasons that a consumer's answer has a part in: it has had the message. */
const AFTER_DELIVERY: ReadonlySet<DeathReason> = new Set(["rejected", "delivery_limit"])

/**
 * The history with one more death. Dying again in one queue for one reason is counted, and that line comes first again;
 * for the rest it says what was the case the first time.
 */
export function recordedDeath(history: DeathHistory | undefined, facts: DeathFacts, atMs: number): DeathHistory {
  const { queue, reason, exchange, failures } = facts
  const last = { queue, reason, exchange }
  const wasDelivered = AFTER_DELIVERY.has(reason)
  if (history === undefined) {
    return { first: last, last, deaths: [deathOf(facts, 1, atMs, atMs)], wasDelivered, failures }
  }
  const known = history.deaths.find((death) => death.queue === queue && death.reason === reason)
  const death =
    known === undefined ? deathOf(facts, 1, atMs, atMs) : deathOf(known, known.count + 1, known.firstAtMs, atMs)
  return {
    first: history.first,
    last,
    deaths: [death, ...history.deaths.filter((other) => other !== known)],
    wasDelivered: history.wasDelivered || wasDelivered,
    failures: history.failures + failures,
  }
}

function deathOf(facts: Omit<DeathFacts, "failures">, count: number, firstAtMs: number, lastAtMs: number): Death {
  const { queue, reason, exchange, routingKeys, ttlMs } = facts
  return { queue, reason, count, firstAtMs, lastAtMs, exchange, routingKeys, ttlMs }
}

/**
 * Whether a message with this history would go round in a circle without anybody's doing by going to this queue: it has
 * died there, and no consumer has rejected it since.
 */
export function closesCycle({ deaths }: DeathHistory, queue: string): boolean {
  for (const death of deaths) {
    if (death.reason === "rejected") return false
    if (death.queue === queue) return true
  }
  return false
}
