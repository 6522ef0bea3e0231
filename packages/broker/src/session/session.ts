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
import type { Membership, Sharer } from "./membership.ts"
import { Memberships } from "./memberships.ts"
import { Outbox, type OutboxOwner } from "./outbox.ts"
import { RetainedLookups, type RetainedReader } from "./retained-lookups.ts"
import type { SessionHome } from "./session-home.ts"
import { SessionSubscriptions } from "./session-subscriptions.ts"
import type { SharedEntry } from "./shared-entry.ts"
import { parseSharedFilter } from "./shared-filter.ts"
import { UnreleasedIdentifiers } from "./unreleased-identifiers.ts"
import { WillKeeper } from "./will-keeper.ts"

/**
 * The session of one MQTT client (MQTT 5.0 section 4.1). Messages of QoS 1 and 2 wait for the client, whether it is
 * connected or not; those of QoS 0 only while its socket is behind, and never for an absent client.
 */
export class Session implements ClientSession, RoutedHolder, RetainedReader, OutboxOwner, Sharer {
  readonly clientId: string
  readonly log: LogId
  readonly will: WillKeeper
  readonly #home: SessionHome
  readonly #context: BrokerContext
  readonly #subscriptions: SessionSubscriptions
  /** On the first shared subscription. */
  #memberships: Memberships | undefined
  readonly #outbox: Outbox
  /** On the first publish of QoS 2. */
  #unreleased: UnreleasedIdentifiers | undefined
  /** On first use by a connection. */
  #lookups: RetainedLookups | undefined
  #connection: number | undefined

  /** A durable session stores its messages of QoS 1 and 2 as durable queues do. */
  constructor(clientId: string, durable: boolean, home: SessionHome, context: BrokerContext, publisher: Publisher) {
    this.clientId = clientId
    this.log = durable ? context.journal.openLog() : 0
    this.#home = home
    this.#context = context
    this.#outbox = new Outbox(this, context)
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
    return this.#outbox.received
  }

  get isAttached(): boolean {
    return this.#outbox.consumer !== undefined
  }

  admits(): boolean {
    return true
  }

  publish(message: Message, ticket: Ticket, match: Match | undefined): void {
    this.#outbox.take(message, ticket, match)
  }

  attach(consumer: SessionConsumer): void {
    this.#connection = consumer.connection
    this.#memberships?.attend(true)
    this.#outbox.attach(consumer)
  }

  detach(consumer: SessionConsumer): void {
    if (this.#outbox.consumer !== consumer) return
    this.#memberships?.attend(false)
    this.#outbox.detach()
  }

  wake(consumer: SessionConsumer): void {
    this.#outbox.wake(consumer)
  }

  settle(entry: Entry, outcome: Outcome): void {
    this.#outbox.settle(entry, outcome)
  }

  receive(entry: Entry): void {
    this.#outbox.receive(entry)
  }

  subscribe(filter: string, options: SubscriptionOptions): boolean {
    const shared = parseSharedFilter(filter)
    if (shared === undefined) return this.#subscriptions.add(filter, options)
    this.#memberships ??= new Memberships(this, this.#home.shareGroups)
    return this.#memberships.join(filter, shared, options)
  }

  unsubscribe(filter: string): boolean {
    this.#lookups?.drop(filter)
    return this.#subscriptions.remove(filter) || this.#memberships?.leave(filter) === true
  }

  sendRetained(filter: string, options: SubscriptionOptions, wasNew: boolean): void {
    if (options.retainHandling === 2 || (options.retainHandling === 1 && !wasNew)) return
    // No message is retained for a group (MQTT 5.0 section 4.8.2).
    if (parseSharedFilter(filter) !== undefined) return
    const { retained, lookupLine } = this.#home
    if (retained.count === 0) return
    this.#lookups ??= new RetainedLookups(this, retained, lookupLine, this.#context.turn)
    this.#lookups.add(filter, options)
  }

  takesShared(): boolean {
    return this.#outbox.hasCredit
  }

  takeShared(entry: SharedEntry): void {
    this.#outbox.takeShared(entry)
  }

  starve(membership: Membership): void {
    this.#memberships?.starve(membership)
  }

  serve(): void {
    this.#memberships?.serve()
  }

  takeRetained(message: Message, match: Match): boolean {
    // The rest would find no room either.
    const isWanted = match.qos > 0 && effectiveQos(message) > 0
    if (isWanted && !this.#outbox.admits()) return false
    const { journal } = this.#context
    const isStored = this.log !== 0 && match.qos > 0 && message.durable === true && !journal.hasFailed
    const ticket = isStored ? journal.append(message, [this.log]) : 0
    message.holders++
    return this.#outbox.take(message, ticket, match)
  }

  setWill(will: Will | undefined): void {
    this.will.set(will)
  }

  release(
    consumer: SessionConsumer,
    ending: { readonly will: "publish" | "discard"; readonly expirySeconds: number },
  ): void {
    if (this.#outbox.consumer === consumer) this.#home.released(this, ending)
  }

  /** Ends the use by the present connection; what it has not settled will be delivered again. Returns its consumer. */
  disconnect(): SessionConsumer | undefined {
    this.#memberships?.attend(false)
    return this.#outbox.disconnect()
  }

  /** Ends the session: subscriptions and messages are gone. */
  end(): void {
    this.#lookups?.clear()
    this.#lookups = undefined
    this.disconnect()
    this.#subscriptions.clear()
    this.#memberships?.clear()
    this.#outbox.end()
    if (this.log !== 0) this.#context.journal.drop(this.log)
  }
}
