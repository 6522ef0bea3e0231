import { BrokerError } from "../api/errors.ts"

/** Length up to which a key has no more words than any protocol may send: a short string (AMQP 0.9.1 section 4.2.5.3). */
const SHORT = 255

/** Raises `LIMIT_EXCEEDED` of message scope for a long key of more words than the limit: matching costs by the word. */
export function checkKeyWords(key: string, maxWords: number): void {
  if (key.length <= SHORT) return
  let words = 1
  for (let at = key.indexOf("."); at !== -1; at = key.indexOf(".", at + 1)) words++
  if (words <= maxWords) return
  throw new BrokerError("LIMIT_EXCEEDED", `routing key of ${words} words exceeds the limit of ${maxWords}`, {
    scope: "message",
  })
}
