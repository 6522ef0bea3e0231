import type { DeathHistory } from "./envelope.ts"

/** The first and the last death of a message by the names that AMQP consumers know them by, in the order of RabbitMQ. */
export const DEATH_SUMMARIES: readonly { readonly name: string; readonly of: (history: DeathHistory) => string }[] = [
  { name: "x-last-death-reason", of: ({ last }) => last.reason },
  { name: "x-last-death-queue", of: ({ last }) => last.queue },
  { name: "x-last-death-exchange", of: ({ last }) => last.exchange },
  { name: "x-first-death-reason", of: ({ first }) => first.reason },
  { name: "x-first-death-queue", of: ({ first }) => first.queue },
  { name: "x-first-death-exchange", of: ({ first }) => first.exchange },
]
