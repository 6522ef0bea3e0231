import type { Message } from "@polymq/message"
import type { Receipt } from "../api/access.ts"
import type { Ticket } from "../api/store.ts"
import type { BrokerContext } from "../broker-context.ts"
import { type Route, type RoutedHolder, routeTo, type Target } from "./route.ts"

/** Gives messages to the holders of their routes: every holder is asked, what is durable is stored once, none can fail then. */
export class Placement {
  readonly #context: BrokerContext
  readonly #receipt: { -readonly [Key in keyof Receipt]: Receipt[Key] } = {
    result: "unroutable",
    waitFor: 0,
    refusedBy: undefined,
  }

  constructor(context: BrokerContext) {
    this.#context = context
  }

  /** The receipt is overwritten by the next call. */
  place(message: Message, route: Route): Receipt {
    const receipt = this.#receipt
    const { counters, journal } = this.#context
    receipt.waitFor = 0
    receipt.refusedBy = undefined
    if (route.targets.length === 0) {
      counters.unroutable++
      receipt.result = "unroutable"
      return receipt
    }
    if (message.durable === true && route.logs.length > 0 && journal.hasFailed) {
      counters.refused++
      receipt.result = "refused"
      return receipt
    }
    const refusing = firstRefusing(message, route.targets)
    if (refusing !== undefined) return this.#placeWithout(refusing, message, route.targets)
    receipt.waitFor = this.#give(message, route)
    receipt.result = "routed"
    return receipt
  }

  /** One full queue does not keep the message from the others; its publisher hears of the refusal, and no more. */
  #placeWithout(refusing: RoutedHolder, message: Message, targets: readonly Target[]): Receipt {
    const willing: Target[] = []
    for (const target of targets) {
      if (target.holder !== refusing && target.holder.admits(message)) willing.push(target)
      else target.holder.refused?.(message)
    }
    if (willing.length > 0) this.#give(message, routeTo(willing))
    const receipt = this.#receipt
    this.#context.counters.refused++
    receipt.result = "refused"
    receipt.refusedBy = refusing.name
    return receipt
  }

  /** Returns the ticket of what was stored; 0 when nothing was. */
  #give(message: Message, { targets, logs }: Route): Ticket {
    const { journal, memory } = this.#context
    const ticket = message.durable === true && logs.length > 0 ? journal.append(message, logs) : 0
    const isNew = message.holders === 0
    message.holders += targets.length
    if (isNew) memory.charge(message)
    for (const { holder, match } of targets) holder.publish(message, ticket, match)
    if (isNew && message.holders > 0) memory.stay(message)
    return ticket
  }
}

function firstRefusing(message: Message, targets: readonly Target[]): RoutedHolder | undefined {
  for (const { holder } of targets) {
    if (!holder.admits(message)) return holder
  }
  return undefined
}
