import { BrokerError } from "../api/errors.ts"

/** Raises `LIMIT_EXCEEDED` of message scope for a topic or filter of more levels than the limit: each level costs memory. */
export function checkTopicLevels(topic: string, maxLevels: number): void {
  let levels = 1
  for (let at = topic.indexOf("/"); at !== -1; at = topic.indexOf("/", at + 1)) levels++
  if (levels <= maxLevels) return
  throw new BrokerError("LIMIT_EXCEEDED", `topic of ${levels} levels exceeds the limit of ${maxLevels}`, {
    scope: "message",
  })
}
