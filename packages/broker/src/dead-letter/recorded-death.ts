import type { Death, DeathHistory, DeathReason } from "@polymq/message"

/** What a message dies of, and as what: where it had been published to, and its own time to live. */
export type DeathFacts = Pick<Death, "queue" | "reason" | "exchange" | "routingKeys" | "ttlMs">

/** Reasons that a consumer's answer has a part in: it has had the message. */
const AFTER_DELIVERY: ReadonlySet<DeathReason> = new Set(["rejected", "delivery_limit"])

/**
 * The history with one more death. Dying again in one queue for one reason is counted, and that line comes first again;
 * for the rest it says what was the case the first time.
 */
export function recordedDeath(history: DeathHistory | undefined, facts: DeathFacts, atMs: number): DeathHistory {
  const { queue, reason, exchange } = facts
  const isSame = (death: Death) => death.queue === queue && death.reason === reason
  const earlier = history?.deaths ?? []
  const known = earlier.find(isSame)
  const death =
    known === undefined
      ? { ...facts, count: 1, firstAtMs: atMs, lastAtMs: atMs }
      : { ...known, count: known.count + 1, lastAtMs: atMs }
  const last = { queue, reason, exchange }
  return {
    first: history?.first ?? last,
    last,
    deaths: [death, ...earlier.filter((other) => other !== known)],
    wasDelivered: (history?.wasDelivered ?? false) || AFTER_DELIVERY.has(reason),
  }
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
