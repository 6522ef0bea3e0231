import { effectiveQos, type Message } from "@polymq/message"
import type { SessionConsumer } from "../api/client-session.ts"
import type { Entry, Match, Outcome } from "../api/entry.ts"
import type { Holder } from "../api/holder.ts"
import type { LogId, Ticket } from "../api/store.ts"
import type { BrokerContext } from "../broker-context.ts"
import { handOver } from "../queue/hand-over.ts"
import { HeldEntry } from "../queue/held-entry.ts"
import { SettledRange } from "../store/settled-range.ts"
import { Backlog, type BacklogOwner } from "./backlog.ts"
import { ReceivedDeliveries } from "./received-deliveries.ts"
import { SharedEntry } from "./shared-entry.ts"
import { Unsent } from "./unsent.ts"
import { UnsettledList } from "./unsettled-list.ts"

/** The session whose client the messages are for. */
export interface OutboxOwner extends Holder {
  readonly log: LogId
  /** Its client has credit, and nothing of its own waits. */
  serve(): void
}

/**
 * What a session has for its client: what is under way, and what waits for credit, for the socket or for the client to come
 * back. Messages of QoS 0 do not wait for an absent client.
 */
export class Outbox implements BacklogOwner {
  readonly #session: OutboxOwner
  readonly #context: BrokerContext
  readonly #settledRange: SettledRange | undefined
  readonly #unsettled = new UnsettledList()
  readonly #received = new ReceivedDeliveries()
  #consumer: SessionConsumer | undefined
  /** QoS 1 and 2: what was under way when the connection ended or was given back, then what is new. */
  #waiting: Backlog | undefined
  /** QoS 0, kept back while the socket is behind. */
  #unsent: Unsent | undefined
  #nextPosition = 0
  #nextOffset = 0
  #isDelivering = false
  #isEnded = false

  constructor(session: OutboxOwner, context: BrokerContext) {
    this.#session = session
    this.#context = context
    const { log } = session
    this.#settledRange = log === 0 ? undefined : new SettledRange(log, context.turn, context.journal)
  }

  get name(): string {
    return this.#session.name
  }

  get consumer(): SessionConsumer | undefined {
    return this.#consumer
  }

  /** Deliveries of QoS 2 that the client has received and not completed. */
  get received(): Iterable<Entry> {
    return this.#received
  }

  /** Whether the client takes one more message of QoS 1 or 2 now. */
  get hasCredit(): boolean {
    return (this.#waiting?.length ?? 0) === 0 && this.#consumer?.hasCredit() === true
  }

  attach(consumer: SessionConsumer): void {
    this.#consumer = consumer
    this.#dispatch()
  }

  /** Takes the connection away; what is under way stays with it. */
  detach(): void {
    this.#consumer = undefined
  }

  wake(consumer: SessionConsumer): void {
    if (this.#consumer !== consumer) return
    this.#dispatch()
    if (this.#length === 0 && !this.#isDelivering && consumer.hasCredit()) consumer.exhausted()
  }

  /** Whether one more message of QoS 1 or 2 may wait; counts it as dropped when not. */
  admits(): boolean {
    return this.#line.admits()
  }

  /** False when the message was dropped for want of room. */
  take(message: Message, ticket: Ticket, match: Match | undefined): boolean {
    const granted = match?.qos ?? 0
    const isStored = ticket !== 0 && this.#settledRange !== undefined && granted > 0
    const expiresAtMs = message.ttlMs === undefined ? Number.POSITIVE_INFINITY : message.receivedAtMs + message.ttlMs
    const offset = isStored ? this.#nextOffset++ : -1
    const entry = new HeldEntry(message, ticket, this.#nextPosition++, match, expiresAtMs, offset)
    this.#context.memory.entries++
    if (granted === 0 || effectiveQos(message) === 0) return this.#sendAtMostOnce(entry)
    return this.#sendAtLeastOnce(entry)
  }

  /** Takes a message of a group; one of QoS 1 or 2 only while there is credit. */
  takeShared(entry: SharedEntry): void {
    entry.position = this.#nextPosition++
    const isAtMostOnce = entry.match?.qos === 0 || effectiveQos(entry.message) === 0
    if (isAtMostOnce || this.#consumer === undefined) this.#sendAtMostOnce(entry)
    else this.#deliver(this.#consumer, entry)
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

  /** The client has received a delivery of QoS 2. */
  receive(entry: Entry): void {
    if (!(entry instanceof HeldEntry) || !entry.isUnsettled) return
    this.#unsettled.remove(entry)
    this.#settled(entry)
    this.#letGo(entry)
    this.#received.add(entry)
  }

  /** Takes the connection away; what was under way goes back. Returns its consumer. */
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

  /** Forgets everything; the client must be disconnected. */
  end(): void {
    this.#isEnded = true
    this.#waiting?.clear()
    this.#waiting = undefined
    for (let entry = this.#received.shift(); entry !== undefined; entry = this.#received.shift()) this.#leave()
    this.#settledRange?.discard()
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
      if (entry === undefined) {
        this.#session.serve()
        return
      }
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
    handOver(consumer, this.#session, entry, this.#context.log)
    this.#isDelivering = false
  }

  #deliverOnce(consumer: SessionConsumer, entry: HeldEntry): void {
    this.#isDelivering = true
    handOver(consumer, this.#session, entry, this.#context.log)
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
    if (!(entry instanceof SharedEntry && entry.group.takeBack(entry))) this.#line.giveBack(entry)
  }

  #complete(entry: HeldEntry): void {
    this.#received.remove(entry)
    this.#leave()
  }

  /** An entry is no longer held. */
  #leave(): void {
    this.#context.memory.entries--
  }

  #settleStored(entry: HeldEntry): void {
    if (entry instanceof SharedEntry) entry.group.settled(entry.offset)
    else if (!this.#isEnded) this.#settledRange?.add(entry.offset)
  }

  /** The entry does not need its message any more. */
  #letGo(entry: HeldEntry): void {
    if (entry.offset !== -1) this.#settleStored(entry)
    this.#context.memory.release(entry.message)
  }
}
