import type { Exchange } from "../exchange/exchange.ts"
import type { LookupLine } from "./lookup-line.ts"
import type { RetainedMessages } from "./retained-messages.ts"
import type { Session } from "./session.ts"
import type { ShareGroups } from "./share-groups.ts"

/** What a session needs of the registry that it lives in. */
export interface SessionHome {
  /** Where its subscriptions are. */
  readonly topicExchange: Exchange
  readonly shareGroups: ShareGroups
  readonly retained: RetainedMessages
  /** Where lookups of retained messages take their turns. */
  readonly lookupLine: LookupLine
  /** The session's connection has ended. */
  released(session: Session, ending: { readonly will: "publish" | "discard"; readonly expirySeconds: number }): void
}
