import { effectiveQos, type Message } from "@polymq/message"
import type { Publisher } from "../access/publisher.ts"
import type {
  ClientSession,
  SessionConsumer,
  SubscriptionOptions,
  UnreleasedPublishes,
  Will,
} from "../api/client-session.ts"
import type { Entry, Match, Outcome } from "../api/entry.ts"
import type { LogId, Ticket } from "../api/store.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { RoutedHolder } from "../exchange/route.ts"
import { handOver } from "../queue/hand-over.ts"
import { HeldEntry } from "../queue/held-entry.ts"
import { SettledRange } from "../store/settled-range.ts"
import { Backlog, type BacklogOwner } from "./backlog.ts"
import { ReceivedDeliveries } from "./received-deliveries.ts"
import { RetainedLookups, type RetainedReader } from "./retained-lookups.ts"
import type { SessionHome } from "./session-home.ts"
import { SessionSubscriptions } from "./session-subscriptions.ts"
import { UnreleasedIdentifiers } from "./unreleased-identifiers.ts"
import { Unsent } from "./unsent.ts"
import { UnsettledList } from "./unsettled-list.ts"
import { WillKeeper } from "./will-keeper.ts"

/**
 * The session of one MQTT client (MQTT 5.0 section 4.1). Messages of QoS 1 and 2 wait for the client, whether it is
 * connected or not; those of QoS 0 only while its socket is behind, and never for an absent client.
 */
export class Session implements ClientSession, RoutedHolder, RetainedReader, BacklogOwner {
  readonly clientId: string
  readonly log: LogId
  readonly will: WillKeeper
  readonly #home: SessionHome
  readonly #context: BrokerContext
  readonly #subscriptions: SessionSubscriptions
  readonly #settledRange: SettledRange | undefined
  readonly #unsettled = new UnsettledList()
  readonly #received = new ReceivedDeliveries()
  /** On the first publish of QoS 2. */
  #unreleased: UnreleasedIdentifiers | undefined
  /** On first use by a connection. */
  #lookups: RetainedLookups | undefined
  #consumer: SessionConsumer | undefined
  #connection: number | undefined
  /** QoS 1 and 2: what was under way when the connection ended or was given back, then what is new. */
  #waiting: Backlog | undefined
  /** QoS 0, kept back while the socket is behind. */
  #unsent: Unsent | undefined
  #nextPosition = 0
  #nextOffset = 0
  #isDelivering = false
  #isEnded = false

  /** A durable session stores its messages of QoS 1 and 2 as durable queues do. */
  constructor(clientId: string, durable: boolean, home: SessionHome, context: BrokerContext, publisher: Publisher) {
    this.clientId = clientId
    this.log = durable ? context.journal.openLog() : 0
    this.#home = home
    this.#context = context
    this.#settledRange = durable ? new SettledRange(this.log, context.turn, context.journal) : undefined
    this.#subscriptions = new SessionSubscriptions(this, home.topicExchange, context.limits.maxTopicLevels)
    this.will = new WillKeeper(context, home.retained, publisher)
  }

  get name(): string {
    return this.clientId
  }

  get durable(): boolean {
    return this.log !== 0
  }

  get connection(): number | undefined {
    return this.#connection
  }

  get unreleased(): UnreleasedPublishes {
    this.#unreleased ??= new UnreleasedIdentifiers()
    return this.#unreleased
  }

  get received(): Iterable<Entry> {
    return this.#received
  }

  get isAttached(): boolean {
    return this.#consumer !== undefined
  }

  admits(): boolean {
    return true
  }

  publish(message: Message, ticket: Ticket, match: Match | undefined): void {
    this.#take(message, ticket, match)
  }

  /** False when the message was dropped for want of room. */
  #take(message: Message, ticket: Ticket, match: Match | undefined): boolean {
    const granted = match?.qos ?? 0
    const isStored = ticket !== 0 && this.log !== 0 && granted > 0
    const expiresAtMs = message.ttlMs === undefined ? Number.POSITIVE_INFINITY : message.receivedAtMs + message.ttlMs
    const offset = isStored ? this.#nextOffset++ : -1
    const entry = new HeldEntry(message, ticket, this.#nextPosition++, match, expiresAtMs, offset)
    this.#context.memory.entries++
    if (granted === 0 || effectiveQos(message) === 0) return this.#sendAtMostOnce(entry)
    return this.#sendAtLeastOnce(entry)
  }

  attach(consumer: SessionConsumer): void {
    this.#consumer = consumer
    this.#connection = consumer.connection
    this.#dispatch()
  }

  detach(consumer: SessionConsumer): void {
    if (this.#consumer === consumer) this.#consumer = undefined
  }

  wake(consumer: SessionConsumer): void {
    if (this.#consumer !== consumer) return
    this.#dispatch()
    if (this.#length === 0 && !this.#isDelivering && consumer.hasCredit()) consumer.exhausted()
  }

  settle(entry: Entry, outcome: Outcome): void {
    if (!(entry instanceof HeldEntry)) return
    if (this.#received.has(entry)) this.#complete(entry)
    if (!entry.isUnsettled) return
    this.#unsettled.remove(entry)
    if (outcome === "failed") entry.deliveryCount++
    if (outcome === "accepted" || outcome === "rejected" || this.#isEnded) {
      this.#settled(entry)
      this.forget(entry)
    } else {
      entry.tag = 0
      this.#giveBack(entry)
    }
  }

  receive(entry: Entry): void {
    if (!(entry instanceof HeldEntry) || !entry.isUnsettled) return
    this.#unsettled.remove(entry)
    this.#settled(entry)
    this.#letGo(entry)
    this.#received.add(entry)
  }

  subscribe(filter: string, options: SubscriptionOptions): boolean {
    return this.#subscriptions.add(filter, options)
  }

  unsubscribe(filter: string): boolean {
    this.#lookups?.drop(filter)
    return this.#subscriptions.remove(filter)
  }

  sendRetained(filter: string, options: SubscriptionOptions, wasNew: boolean): void {
    if (options.retainHandling === 2 || (options.retainHandling === 1 && !wasNew)) return
    const { retained, lookupLine } = this.#home
    if (retained.count === 0) return
    this.#lookups ??= new RetainedLookups(this, retained, lookupLine, this.#context.turn)
    this.#lookups.add(filter, options)
  }

  takeRetained(message: Message, match: Match): boolean {
    // The rest would find no room either.
    const isWanted = match.qos > 0 && effectiveQos(message) > 0
    if (isWanted && !this.#line.admits()) return false
    const { journal } = this.#context
    const isStored = this.log !== 0 && match.qos > 0 && message.durable === true && !journal.hasFailed
    const ticket = isStored ? journal.append(message, [this.log]) : 0
    message.holders++
    return this.#take(message, ticket, match)
  }

  setWill(will: Will | undefined): void {
    this.will.set(will)
  }

  release(
    consumer: SessionConsumer,
    ending: { readonly will: "publish" | "discard"; readonly expirySeconds: number },
  ): void {
    if (this.#consumer === consumer) this.#home.released(this, ending)
  }

  /** Ends the use by the present connection; what it has not settled will be delivered again. Returns its consumer. */
  disconnect(): SessionConsumer | undefined {
    const consumer = this.#consumer
    this.#consumer = undefined
    for (let entry = this.#unsettled.shift(); entry !== undefined; entry = this.#unsettled.shift()) {
      this.#giveBack(entry)
    }
    this.#unsent?.clear()
    this.#unsent = undefined
    return consumer
  }

  /** Ends the session: subscriptions and messages are gone. */
  end(): void {
    this.#lookups?.clear()
    this.#lookups = undefined
    this.disconnect()
    this.#isEnded = true
    this.#subscriptions.clear()
    this.#waiting?.clear()
    this.#waiting = undefined
    for (let entry = this.#received.shift(); entry !== undefined; entry = this.#received.shift()) this.#leave()
    this.#settledRange?.discard()
    if (this.log !== 0) this.#context.journal.drop(this.log)
  }

  forget(entry: HeldEntry): void {
    this.#leave()
    this.#letGo(entry)
  }

  get #line(): Backlog {
    this.#waiting ??= new Backlog(this, this.#context)
    return this.#waiting
  }

  get #length(): number {
    return (this.#waiting?.length ?? 0) + (this.#unsent?.length ?? 0)
  }

  #sendAtMostOnce(entry: HeldEntry): boolean {
    const consumer = this.#consumer
    if (consumer === undefined) {
      this.forget(entry)
    } else if (!this.#isDelivering && (this.#unsent?.length ?? 0) === 0 && consumer.keepsUp()) {
      this.#deliverOnce(consumer, entry)
      this.#dispatchBehind()
    } else {
      this.#unsent ??= new Unsent(this, this.#context)
      return this.#unsent.push(entry, this.#waiting?.length ?? 0)
    }
    return true
  }

  #sendAtLeastOnce(entry: HeldEntry): boolean {
    const consumer = this.#consumer
    const isFirst = (this.#waiting?.length ?? 0) === 0
    if (consumer !== undefined && isFirst && !this.#isDelivering && consumer.hasCredit()) {
      this.#deliver(consumer, entry)
      this.#dispatchBehind()
      return true
    }
    if (this.#isEnded || !this.#line.admits()) {
      this.forget(entry)
      return false
    }
    this.#line.push(entry)
    return true
  }

  /** Delivers what came in while a direct delivery was under way. */
  #dispatchBehind(): void {
    if (this.#length > 0) this.#dispatch()
  }

  #dispatch(): void {
    if (this.#isDelivering) return
    this.#dispatchUnsent()
    for (let consumer = this.#consumer; consumer?.hasCredit() === true; consumer = this.#consumer) {
      const entry = this.#waiting?.shift()
      if (entry === undefined) return
      this.#deliver(consumer, entry)
    }
  }

  #dispatchUnsent(): void {
    for (let consumer = this.#consumer; consumer !== undefined; consumer = this.#consumer) {
      if (this.#unsent === undefined || this.#unsent.length === 0 || !consumer.keepsUp()) return
      const entry = this.#unsent.shift()
      if (entry !== undefined) this.#deliverOnce(consumer, entry)
    }
  }

  #deliver(consumer: SessionConsumer, entry: HeldEntry): void {
    entry.isUnsettled = true
    this.#unsettled.add(entry)
    this.#context.idle.delivered()
    this.#isDelivering = true
    handOver(consumer, this, entry, this.#context.log)
    this.#isDelivering = false
  }

  #deliverOnce(consumer: SessionConsumer, entry: HeldEntry): void {
    this.#isDelivering = true
    handOver(consumer, this, entry, this.#context.log)
    this.#isDelivering = false
    this.forget(entry)
  }

  #settled(entry: HeldEntry): void {
    entry.isUnsettled = false
    this.#context.idle.settled()
  }

  /** Back to its place among what goes out first. */
  #giveBack(entry: HeldEntry): void {
    this.#settled(entry)
    entry.redelivered = true
    this.#line.giveBack(entry)
  }

  #complete(entry: HeldEntry): void {
    this.#received.remove(entry)
    this.#leave()
  }

  /** An entry is no longer held. */
  #leave(): void {
    this.#context.memory.entries--
  }

  /** The entry does not need its message any more. */
  #letGo(entry: HeldEntry): void {
    if (entry.offset !== -1 && !this.#isEnded) this.#settledRange?.add(entry.offset)
    this.#context.memory.release(entry.message)
  }
}
