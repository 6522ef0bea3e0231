import type { Message } from "@polymq/message"
import type { Match } from "../api/entry.ts"
import type { Holder } from "../api/holder.ts"
import type { LogId } from "../api/store.ts"

/** What messages can be routed to: a holder, or a group of sessions that share them. */
export interface RoutedHolder extends Pick<Holder, "name" | "durable" | "admits" | "publish"> {
  /** Number of its log; 0 when it is not durable. */
  readonly log: LogId
  /** The connection that uses a session or has used it last; undefined for others. */
  readonly connection: number | undefined
  /** Hears of a message that it did not admit; where there is something left to do with it. */
  refused?(message: Message): void
}

/** One holder of a route. */
export interface Target {
  readonly holder: RoutedHolder
  /** Undefined for queues. */
  readonly match: Match | undefined
  /** The match for messages published by the session's own connection: without no-local subscriptions; undefined for none. */
  readonly localMatch: Match | undefined
}

/** Where messages of one exchange, key and topic go: every holder once. Shared by all of them and never changed. */
export interface Route {
  readonly targets: readonly Target[]
  /** Logs of the durable holders. */
  readonly logs: readonly LogId[]
  /** Whether the publisher decides too: some target has a no-local subscription. */
  readonly hasNoLocal: boolean
}

/** Leads nowhere. */
export const NO_ROUTE: Route = { targets: [], logs: [], hasNoLocal: false }

/** The route to these targets. */
export function routeTo(targets: readonly Target[]): Route {
  const durable = targets.filter(({ holder, match }) => holder.log !== 0 && match?.qos !== 0)
  return {
    targets,
    logs: durable.map(({ holder }) => holder.log),
    hasNoLocal: targets.some(({ match, localMatch }) => match !== localMatch),
  }
}

/** The route as it is for messages of this connection. */
export function routeFrom(route: Route, publisher: number): Route {
  const targets: Target[] = []
  for (const target of route.targets) {
    const isLocal = target.match !== target.localMatch && target.holder.connection === publisher
    if (!isLocal) targets.push(target)
    else if (target.localMatch !== undefined) targets.push({ ...target, match: target.localMatch })
  }
  return targets.length === 0 ? NO_ROUTE : routeTo(targets)
}
