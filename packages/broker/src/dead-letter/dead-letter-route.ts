import type { Message } from "@polymq/message"
import type { Exchange } from "../exchange/exchange.ts"
import { NO_ROUTE, type Route, routeTo, type Target } from "../exchange/route.ts"
import type { Queue } from "../queue/queue.ts"
import { closesCycle } from "./recorded-death.ts"

/** What dead letters need to know of their vhost. */
export interface DeadLetterSurroundings {
  exchange(name: string): Exchange | undefined
  queue(name: string): Queue | undefined
}

/** Where a letter goes, as things are at this moment; nowhere while its exchange does not exist. */
export function routeOfLetter(letter: Message, surroundings: DeadLetterSurroundings): Route {
  if (letter.exchange !== "") return surroundings.exchange(letter.exchange)?.routeOf(letter) ?? NO_ROUTE
  const { routingKey, moreKeys } = letter
  if (moreKeys === undefined) return surroundings.queue(routingKey)?.route ?? NO_ROUTE
  const queues = new Set([routingKey, ...moreKeys].flatMap((key) => surroundings.queue(key) ?? []))
  return queues.size === 0 ? NO_ROUTE : routeTo([...queues].flatMap((queue) => queue.route.targets))
}

/** The route without the queues that would close a cycle. What a consumer has just rejected may go round: it is the consumer's doing. */
export function routeWithoutCycles({ deaths }: Message, route: Route): Route {
  if (deaths === undefined || deaths.last.reason === "rejected") return route
  const isCycle = ({ holder, match }: Target) => match === undefined && closesCycle(deaths, holder.name)
  if (!route.targets.some(isCycle)) return route
  const targets = route.targets.filter((target) => !isCycle(target))
  return targets.length === 0 ? NO_ROUTE : routeTo(targets)
}
