import { effectiveQos, type Message } from "@polymq/message"
import type { SubscriptionOptions } from "../api/client-session.ts"
import type { Match } from "../api/entry.ts"
import type { LogId, Ticket } from "../api/store.ts"
import type { Deferred } from "../api/turn.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { Exchange } from "../exchange/exchange.ts"
import type { RoutedHolder } from "../exchange/route.ts"
import { mergedMatch, type Subscription } from "../exchange/subscriptions.ts"
import type { HeldEntry } from "../queue/held-entry.ts"
import { SettledRange } from "../store/settled-range.ts"
import { Backlog, type BacklogOwner } from "./backlog.ts"
import { Line } from "./line.ts"
import { Membership, type Sharer } from "./membership.ts"
import { SharedEntry } from "./shared-entry.ts"

/**
 * The clients that share one subscription (MQTT 5.0 section 4.8.2): each message goes to one of them, in turn, to those with
 * credit first. While no one has credit, messages of QoS 1 and 2 wait here, so that whoever has some first gets them.
 */
export class ShareGroup implements RoutedHolder, BacklogOwner, Deferred {
  /** The filter with its share name, as clients name it. */
  readonly name: string
  readonly connection = undefined
  readonly #filter: string
  readonly #exchange: Exchange
  readonly #context: BrokerContext
  readonly #onEmpty: (group: ShareGroup) => void
  readonly #members = new Map<Sharer, Membership>()
  /** Those that may have credit. */
  readonly #hungry = new Line<Membership>()
  readonly #present = new Line<Membership>()
  readonly #waiting: Backlog
  /** Members by their quality of service. */
  readonly #granted: [number, number, number] = [0, 0, 0]
  #subscription: Subscription | undefined
  #log: LogId = 0
  #settledRange: SettledRange | undefined
  #nextPosition = 0
  #nextOffset = 0
  #isScheduled = false
  #isEnded = false

  /** `onEmpty` is called when the last member has left, and the group is of no use any more. */
  constructor(
    name: string,
    filter: string,
    exchange: Exchange,
    context: BrokerContext,
    onEmpty: (group: ShareGroup) => void,
  ) {
    this.name = name
    this.#filter = filter
    this.#exchange = exchange
    this.#context = context
    this.#onEmpty = onEmpty
    this.#waiting = new Backlog(this, context)
  }

  /** Opened for the first member whose session outlives its connection. */
  get log(): LogId {
    return this.#log
  }

  get durable(): boolean {
    return this.#log !== 0
  }

  /** Makes the session a member, or changes what it has subscribed with. */
  join(sharer: Sharer, options: SubscriptionOptions): Membership {
    const membership = this.#members.get(sharer) ?? this.#admit(sharer)
    const { qos } = options
    this.#granted[membership.qos]--
    this.#granted[qos]++
    membership.qos = qos
    membership.match = mergedMatch([{ holder: this, filter: this.#filter, options }])
    if (this.#log === 0 && sharer.durable && qos > 0) this.#openLog()
    this.#subscribe()
    if (this.#waiting.length > 0) this.#schedule()
    return membership
  }

  /** What the session has under way stays with it. */
  leave({ sharer, qos, turn, presence }: Membership): void {
    if (!this.#members.delete(sharer)) return
    turn.leave()
    presence.leave()
    this.#granted[qos]--
    this.#subscribe()
    if (this.#members.size === 0) this.#end()
  }

  /** The member is connected or is not any more. */
  attend(membership: Membership, isPresent: boolean): void {
    if (isPresent) this.#present.append(membership.presence)
    else membership.presence.leave()
  }

  /** The member has credit again. */
  serve(membership: Membership): void {
    this.#hungry.append(membership.turn)
    this.#dispatch()
  }

  admits(): boolean {
    return true
  }

  publish(message: Message, ticket: Ticket, match: Match | undefined): void {
    const granted = match?.qos ?? 0
    const offset = ticket !== 0 && this.#log !== 0 && granted > 0 ? this.#nextOffset++ : -1
    const expiresAtMs = message.ttlMs === undefined ? Number.POSITIVE_INFINITY : message.receivedAtMs + message.ttlMs
    const entry = new SharedEntry(this, message, ticket, this.#nextPosition++, expiresAtMs, offset)
    this.#context.memory.entries++
    const isFirst = this.#waiting.length === 0
    const isKept = granted > 0 && effectiveQos(message) > 0
    const membership = (isFirst || !isKept ? this.#next() : undefined) ?? (isKept ? undefined : this.#nextPresent())
    if (membership !== undefined) this.#give(membership, entry)
    else if (isKept && !this.#isEnded && this.#waiting.admits()) this.#waiting.push(entry)
    else this.forget(entry)
  }

  /**
   * Takes a message back that was not acknowledged; false when it has to stay with its session: of QoS 2, which no other
   * client may get any more [MQTT-4.8.2-4], or when the group has ended.
   */
  takeBack(entry: SharedEntry): boolean {
    const isExactlyOnce = entry.match?.qos === 2 && effectiveQos(entry.message) === 2
    if (this.#isEnded || isExactlyOnce) return false
    entry.position = entry.groupPosition
    this.#waiting.giveBack(entry)
    this.#schedule()
    return true
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    this.#dispatch()
  }

  forget(entry: HeldEntry): void {
    this.#context.memory.entries--
    this.#context.memory.release(entry.message)
    this.settled(entry.offset)
  }

  /** What the log has at this offset is not needed any more. */
  settled(offset: number): void {
    if (offset !== -1 && !this.#isEnded) this.#settledRange?.add(offset)
  }

  #admit(sharer: Sharer): Membership {
    const membership = new Membership(this, sharer)
    this.#members.set(sharer, membership)
    this.#granted[membership.qos]++
    this.#hungry.append(membership.turn)
    if (sharer.isAttached) this.#present.append(membership.presence)
    return membership
  }

  /** The member whose turn it is among those that have credit. */
  #next(): Membership | undefined {
    for (let turn = this.#hungry.first; turn !== undefined; turn = this.#hungry.first) {
      const membership = turn.item
      if (membership.sharer.takesShared()) {
        this.#hungry.append(turn)
        return membership
      }
      membership.sharer.starve(membership)
    }
    return undefined
  }

  /** The member whose turn it is among those that are connected. */
  #nextPresent(): Membership | undefined {
    const presence = this.#present.first
    if (presence !== undefined) this.#present.append(presence)
    return presence?.item
  }

  #give({ sharer, match }: Membership, entry: SharedEntry): void {
    entry.match = match
    if (entry.sharer !== sharer) {
      // To this client it is new.
      entry.tag = 0
      entry.redelivered = false
      entry.sharer = sharer
    }
    sharer.takeShared(entry)
  }

  /** At the end of the turn: whoever gives back may be about to give back more, and who has joined is to be told so first. */
  #schedule(): void {
    if (!this.#isScheduled) this.#context.turn.defer(this)
    this.#isScheduled = true
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const membership = this.#next()
      if (membership === undefined) return
      const entry = this.#waiting.shift()
      if (entry instanceof SharedEntry) this.#give(membership, entry)
    }
  }

  /** Has the messages routed here that some member wants, with the highest quality of service that any of them has. */
  #subscribe(): void {
    const qos = this.#granted[2] > 0 ? 2 : this.#granted[1] > 0 ? 1 : 0
    const earlier = this.#subscription
    const isWanted = this.#members.size > 0
    if (earlier !== undefined) this.#exchange.subscriptions?.remove(earlier)
    this.#subscription = isWanted ? { holder: this, filter: this.#filter, options: { ...SHARED, qos } } : undefined
    if (this.#subscription !== undefined) this.#exchange.subscriptions?.add(this.#subscription)
    this.#exchange.changed()
  }

  #openLog(): void {
    const { journal, turn } = this.#context
    this.#log = journal.openLog()
    this.#settledRange = new SettledRange(this.#log, turn, journal)
  }

  #end(): void {
    this.#isEnded = true
    this.#waiting.clear()
    this.#settledRange?.discard()
    if (this.#log !== 0) this.#context.journal.drop(this.#log)
    this.#onEmpty(this)
  }
}

/** What a group has subscribed with, but for its quality of service; the rest is its members' own. */
const SHARED = { noLocal: false, retainAsPublished: false, retainHandling: 2, identifier: undefined } as const
