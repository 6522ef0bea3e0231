import type { Message } from "@polymq/message"
import type { Consumer } from "../api/consumer.ts"
import type { Entry, Match, Outcome } from "../api/entry.ts"
import type { LogId, Ticket } from "../api/store.ts"
import type { QueueSettings, QueueStatus } from "../api/topology.ts"
import type { Deferred } from "../api/turn.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { Bound } from "../exchange/bound.ts"
import { type Route, type RoutedHolder, routeTo } from "../exchange/route.ts"
import { type AppliedPolicies, areSamePolicies, argumentsUnderPolicies } from "../policy/applied-policies.ts"
import { ConsumerCircle } from "./consumer-circle.ts"
import { ConsumerLevels } from "./consumer-levels.ts"
import type { Consumers } from "./consumers.ts"
import { handOver } from "./hand-over.ts"
import { HeldEntry } from "./held-entry.ts"
import { Lease } from "./lease.ts"
import { QueueContents } from "./queue-contents.ts"
import type { QueueHome } from "./queue-home.ts"
import { type QueueTerms, readQueueTerms } from "./queue-terms.ts"
import { queueTypeOf } from "./queue-type.ts"
import { SingleActiveConsumer } from "./single-active-consumer.ts"

/** A queue: first in, first out, to consumers in turn; messages leave when they are settled. */
export class Queue implements RoutedHolder, Deferred {
  readonly name: string
  readonly settings: QueueSettings
  readonly durable: boolean
  /** The connection that alone may use it; undefined when it is not exclusive. */
  readonly owner: number | undefined
  readonly log: LogId
  readonly tellsDeliveryCount: boolean
  readonly connection = undefined
  /** The route of the default exchange to this queue. */
  readonly route: Route
  /** Bindings that lead here. */
  readonly incoming = new Set<Bound>()
  readonly #context: BrokerContext
  readonly #home: QueueHome
  #terms: QueueTerms
  #policies: AppliedPolicies
  readonly #contents: QueueContents
  #consumers: Consumers
  /** Undefined for a queue that stays. */
  #lease: Lease | undefined
  #isDelivering = false
  #isScheduled = false
  #isDeleted = false

  constructor(
    settings: QueueSettings,
    owner: number | undefined,
    policies: AppliedPolicies,
    context: BrokerContext,
    home: QueueHome,
  ) {
    this.name = settings.name
    this.settings = settings
    this.durable = settings.durable && !settings.exclusive
    this.owner = owner
    this.#context = context
    this.#home = home
    this.#policies = policies
    this.#terms = readQueueTerms(argumentsUnderPolicies(settings.arguments, policies))
    this.#contents = new QueueContents(this.name, this.durable, this.#terms, home.deadLetterLine, context)
    this.log = this.#contents.log
    this.tellsDeliveryCount = queueTypeOf(settings.arguments) === "quorum"
    this.#consumers = this.#terms.isSingleActive ? new SingleActiveConsumer() : new ConsumerCircle()
    this.#lease = this.#leased()
    this.route = routeTo([{ holder: this, match: undefined, localMatch: undefined }])
  }

  get status(): QueueStatus {
    return { name: this.name, messages: this.#contents.ready, consumers: this.#consumers.size }
  }

  get policies(): AppliedPolicies {
    return this.#policies
  }

  /** Other policies apply from now on. */
  set policies(policies: AppliedPolicies) {
    if (areSamePolicies(policies, this.#policies)) return
    const { leaseMs } = this.#terms
    this.#policies = policies
    this.#terms = readQueueTerms(argumentsUnderPolicies(this.settings.arguments, policies))
    this.#contents.change(this.#terms)
    if (this.#terms.leaseMs === leaseMs) return
    this.#lease?.cancel()
    this.#lease = this.#leased()
  }

  /** Whether only one consumer at a time gets messages. */
  get isSingleActive(): boolean {
    return this.#terms.isSingleActive
  }

  get hasExclusiveConsumer(): boolean {
    return this.#consumers.hasExclusive
  }

  admits(message: Message): boolean {
    return this.#contents.admits(message)
  }

  refused(message: Message): void {
    this.#contents.refused(message)
  }

  publish(message: Message, ticket: Ticket, _match: Match | undefined): void {
    const contents = this.#contents
    const entry = contents.enter(message, ticket)
    if (this.#isDeleted) {
      contents.leave(entry)
      return
    }
    if (this.#consumers.isHungry && contents.isEmpty && !this.#isDelivering) {
      const consumer = this.#consumers.take()
      if (consumer !== undefined) {
        this.#deliver(consumer, entry)
        if (!contents.isEmpty) this.#dispatch()
        return
      }
    }
    contents.push(entry)
  }

  /** `priority` is any integer; consumers of a higher one come first. */
  attach(consumer: Consumer, priority = 0): void {
    // Most queues never see a priority, and need not look for one.
    if (priority !== 0 && this.#consumers instanceof ConsumerCircle) {
      this.#consumers = new ConsumerLevels(this.#consumers)
    }
    this.#consumers.add(consumer, priority)
    this.wake(consumer)
  }

  detach(consumer: Consumer): void {
    if (!this.#consumers.remove(consumer)) return
    if (this.#consumers.size > 0) {
      if (!this.#contents.isEmpty) this.#schedule()
      return
    }
    this.renewLease()
    this.#home.unused(this)
  }

  wake(consumer: Consumer): void {
    if (!this.#consumers.wake(consumer)) return
    this.#dispatch()
    if (this.#isDelivering || (!this.#contents.isEmpty && this.#consumers.serves(consumer))) return
    if (consumer.hasCredit()) consumer.exhausted()
  }

  /** Somebody has asked for it, or for a message of it. */
  renewLease(): void {
    this.#lease?.renew()
  }

  /** The next message for a consumer that asks for one; undefined when there is none. */
  get(settled: boolean): HeldEntry | undefined {
    const entry = this.#contents.next()
    if (entry === undefined) return undefined
    if (settled) {
      this.#contents.leave(entry)
    } else {
      entry.isUnsettled = true
      this.#context.idle.delivered()
    }
    return entry
  }

  settle(entry: Entry, outcome: Outcome): void {
    if (!(entry instanceof HeldEntry) || !entry.isUnsettled) return
    entry.isUnsettled = false
    entry.tag = 0
    this.#context.idle.settled()
    if (outcome === "accepted" || this.#isDeleted) {
      this.#contents.leave(entry)
    } else if (outcome === "rejected") {
      // Where failures are counted, this is one.
      if (this.tellsDeliveryCount) entry.deliveryCount++
      this.#contents.die(entry, "rejected")
    } else if (outcome === "failed" && ++entry.deliveryCount > this.#terms.deliveryLimit) {
      this.#contents.die(entry, "delivery_limit")
    } else {
      entry.redelivered = true
      entry.acquiredCount++
      this.#contents.giveBack(entry)
      this.#schedule()
    }
  }

  /** Removes what is ready and returns how many messages that were. */
  purge(): number {
    return this.#contents.purge()
  }

  /** Cancels the consumers and forgets the messages; those under way end when they are settled. Returns how many were ready. */
  delete(): number {
    this.#isDeleted = true
    const removed = this.#contents.end()
    this.#lease?.cancel()
    for (const consumer of this.#consumers.clear()) consumer.cancelled("holder-deleted")
    return removed
  }

  /** Ready messages in the order of their delivery. */
  inspect(): Iterable<Message> {
    return this.#contents.messages()
  }

  runAtTurnEnd(): void {
    this.#isScheduled = false
    this.#dispatch()
  }

  #leased(): Lease | undefined {
    const { leaseMs } = this.#terms
    if (leaseMs === undefined) return undefined
    const isInUse = () => this.#consumers.size > 0
    return new Lease(leaseMs, this.#context, isInUse, () => this.#home.abandoned(this))
  }

  /**
   * Returned entries are dispatched at the end of the turn: a door that gives back many must not be handed them meanwhile.
   * So is what the next consumer gets when one has left: what that one gives back is still to come.
   */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#context.turn.defer(this)
  }

  #dispatch(): void {
    if (this.#isDelivering) return
    while (this.#consumers.isHungry) {
      if (this.#contents.ready === 0) return
      const consumer = this.#consumers.take()
      if (consumer === undefined) return
      const entry = this.#contents.next()
      if (entry !== undefined) this.#deliver(consumer, entry)
    }
  }

  #deliver(consumer: Consumer, entry: HeldEntry): void {
    this.#isDelivering = true
    if (consumer.settlesOnDelivery) {
      handOver(consumer, this, entry, this.#context.log)
      this.#contents.leave(entry)
    } else {
      entry.isUnsettled = true
      this.#context.idle.delivered()
      handOver(consumer, this, entry, this.#context.log)
    }
    this.#isDelivering = false
  }
}
