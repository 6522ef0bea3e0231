import type { Administration, Policy, PolicyKind } from "./api/administration.ts"
import { BrokerError } from "./api/errors.ts"
import type { Binding, ExchangeSettings, QueueSettings } from "./api/topology.ts"
import { identityOf } from "./argument-identity.ts"
import type { BrokerContext } from "./broker-context.ts"
import { DeadLetterLine } from "./dead-letter/dead-letter-line.ts"
import type { Bound } from "./exchange/bound.ts"
import { Exchange, type ExchangeSurroundings } from "./exchange/exchange.ts"
import { checkHeadersBinding, type HeaderReader } from "./exchange/headers-matcher.ts"
import { PREDECLARED, TOPIC_EXCHANGE } from "./exchange/predeclared.ts"
import { Subscriptions } from "./exchange/subscriptions.ts"
import { type AppliedPolicies, NO_POLICIES } from "./policy/applied-policies.ts"
import { PolicyBook } from "./policy/policy-book.ts"
import { Queue } from "./queue/queue.ts"
import type { QueueHome } from "./queue/queue-home.ts"
import { type QueueType, queueTypeOf } from "./queue/queue-type.ts"
import { isReplyAddress } from "./queue/reply-queue.ts"
import { RetainedMessages } from "./session/retained-messages.ts"
import { SessionRegistry } from "./session/session-registry.ts"
import { NO_VHOST_LIMITS, type VhostLimits } from "./vhost-limits.ts"

/** A name space of exchanges, queues and sessions. Knows no users: `VhostAccess` checks before it asks. */
export class Vhost implements Administration, ExchangeSurroundings, QueueHome {
  readonly name: string
  readonly header: HeaderReader
  readonly topicExchange: Exchange
  readonly retained: RetainedMessages
  readonly sessions: SessionRegistry
  readonly deadLetterLine: DeadLetterLine
  readonly #context: BrokerContext
  readonly #exchanges = new Map<string, Exchange>()
  readonly #policies = new PolicyBook()
  #limits = NO_VHOST_LIMITS
  #defaultQueueType: QueueType | undefined
  readonly #queues = new Map<string, Queue>()
  /** Exchanges with an alternate, by its name. */
  readonly #byAlternate = new Map<string, Set<Exchange>>()
  /** Exclusive queues by the connection that owns them. */
  readonly #exclusive = new Map<number, Set<Queue>>()
  /** How many of the queues stand for requesters of replies. */
  #replyQueues = 0
  #version = 0

  constructor(name: string, context: BrokerContext, header: HeaderReader) {
    this.name = name
    this.header = header
    this.#context = context
    for (const settings of PREDECLARED) {
      const subscriptions = settings.name === TOPIC_EXCHANGE ? new Subscriptions() : undefined
      this.#exchanges.set(settings.name, new Exchange(settings, NO_POLICIES, this, subscriptions))
    }
    this.topicExchange = this.existingExchange(TOPIC_EXCHANGE)
    this.retained = new RetainedMessages(context)
    this.deadLetterLine = new DeadLetterLine(this, context)
    this.sessions = new SessionRegistry(this.topicExchange, this.retained, context)
  }

  /** Changes whenever an exchange comes or goes. */
  get version(): number {
    return this.#version
  }

  get queues(): Iterable<Queue> {
    return this.#queues.values()
  }

  get limits(): VhostLimits {
    return this.#limits
  }

  /** The type of queues that are declared without one. */
  get defaultQueueType(): QueueType {
    return this.#defaultQueueType ?? this.#context.defaultQueueType
  }

  exchange(name: string): Exchange | undefined {
    return this.#exchanges.get(name)
  }

  queue(name: string): Queue | undefined {
    return this.#queues.get(name)
  }

  /** Raises `NOT_FOUND`. */
  existingExchange(name: string): Exchange {
    const exchange = this.#exchanges.get(name)
    if (exchange === undefined) throw new BrokerError("NOT_FOUND", `no exchange '${name}' in vhost '${this.name}'`)
    return exchange
  }

  /** Raises `NOT_FOUND`. */
  existingQueue(name: string): Queue {
    const queue = this.#queues.get(name)
    if (queue === undefined) throw new BrokerError("NOT_FOUND", `no queue '${name}' in vhost '${this.name}'`)
    return queue
  }

  alternatesOf(exchange: Exchange): Iterable<Exchange> {
    return this.#byAlternate.get(exchange.settings.name) ?? []
  }

  addExchange(settings: ExchangeSettings): Exchange {
    const exchange = new Exchange(settings, this.#policies.applyingTo("exchange", settings.name), this)
    this.#version++
    this.#exchanges.set(settings.name, exchange)
    this.#leadToAlternate(exchange, undefined)
    exchange.changed()
    return exchange
  }

  removeExchange(exchange: Exchange): void {
    this.#version++
    this.#exchanges.delete(exchange.settings.name)
    exchange.changed()
    const { alternateName } = exchange
    if (alternateName !== undefined) removeFrom(this.#byAlternate, alternateName, exchange)
    for (const bound of [...exchange.incoming, ...exchange.outgoing.values()]) this.#unbind(bound)
  }

  addQueue(settings: QueueSettings, owner: number | undefined): Queue {
    const queue = new Queue(settings, owner, this.#policiesOf(settings), this.#context, this)
    this.#queues.set(settings.name, queue)
    if (isReplyAddress(settings.name)) this.#replyQueues++
    if (owner !== undefined) addTo(this.#exclusive, owner, queue)
    return queue
  }

  /** Adds or replaces a policy, as `Administration` says. */
  setPolicy(kind: PolicyKind, policy: Policy): void {
    this.#policies.set(kind, policy)
    this.#applyPolicies()
  }

  clearPolicy(kind: PolicyKind, name: string): boolean {
    const wasThere = this.#policies.clear(kind, name)
    this.#applyPolicies()
    return wasThere
  }

  policies(kind: PolicyKind): readonly Policy[] {
    return this.#policies.list(kind)
  }

  setLimits(limits: VhostLimits): void {
    this.#limits = limits
  }

  setDefaultQueueType(type: QueueType | undefined): void {
    this.#defaultQueueType = type
  }

  /** Raises `LIMIT_EXCEEDED` when one more queue is one too many. */
  checkRoomFor(queue: string): void {
    const { maxQueues } = this.#limits
    if (this.#queues.size - this.#replyQueues < maxQueues) return
    throw new BrokerError(
      "LIMIT_EXCEEDED",
      `cannot declare queue '${queue}': queue limit in vhost '${this.name}' (${maxQueues}) is reached`,
    )
  }

  unused(queue: Queue): void {
    if (queue.settings.autoDelete) this.removeQueue(queue)
  }

  abandoned(queue: Queue): void {
    this.#context.log.info("queue-expired", { vhost: this.name, queue: queue.name })
    this.removeQueue(queue)
  }

  /** Returns how many messages were ready; 0 when it is removed already. */
  removeQueue(queue: Queue): number {
    if (this.#queues.get(queue.name) !== queue) return 0
    this.#queues.delete(queue.name)
    if (isReplyAddress(queue.name)) this.#replyQueues--
    if (queue.owner !== undefined) removeFrom(this.#exclusive, queue.owner, queue)
    for (const bound of [...queue.incoming]) this.#unbind(bound)
    return queue.delete()
  }

  /** Removes the exclusive queues of a connection. */
  removeExclusive(connection: number): void {
    const owned = this.#exclusive.get(connection)
    this.#exclusive.delete(connection)
    for (const queue of owned ?? []) this.removeQueue(queue)
  }

  /** Raises `NOT_FOUND` when an end is missing, `PRECONDITION_FAILED` for arguments that the exchange cannot use. */
  bind(binding: Binding): void {
    const source = this.existingExchange(binding.source)
    if (source.settings.type === "headers") checkHeadersBinding(binding.arguments)
    const identity = identityOfBinding(binding)
    if (source.outgoing.has(identity)) return
    const { kind, name } = binding.destination
    const destination: Bound["destination"] =
      kind === "queue"
        ? { kind: "queue", queue: this.existingQueue(name) }
        : { kind: "exchange", exchange: this.existingExchange(name) }
    const bound = { identity, binding, source, destination }
    incomingOf(bound).add(bound)
    source.add(bound)
  }

  unbind(binding: Binding): void {
    const bound = this.#exchanges.get(binding.source)?.outgoing.get(identityOfBinding(binding))
    if (bound !== undefined) this.#unbind(bound)
  }

  #applyPolicies(): void {
    for (const exchange of this.#exchanges.values()) {
      const before = exchange.alternateName
      exchange.policies = this.#policies.applyingTo("exchange", exchange.settings.name)
      if (exchange.alternateName === before) continue
      this.#leadToAlternate(exchange, before)
      exchange.changed()
    }
    for (const queue of this.#queues.values()) queue.policies = this.#policiesOf(queue.settings)
  }

  /** What stands for the requester of a reply is nobody's to limit. */
  #policiesOf({ name, arguments: declared }: QueueSettings): AppliedPolicies {
    return isReplyAddress(name) ? NO_POLICIES : this.#policies.applyingTo(queueTypeOf(declared), name)
  }

  /** Keeps in mind whose alternate each exchange is. */
  #leadToAlternate(exchange: Exchange, before: string | undefined): void {
    if (before !== undefined) removeFrom(this.#byAlternate, before, exchange)
    if (exchange.alternateName !== undefined) addTo(this.#byAlternate, exchange.alternateName, exchange)
  }

  #unbind(bound: Bound): void {
    incomingOf(bound).delete(bound)
    bound.source.remove(bound)
    const { settings, outgoing } = bound.source
    const isKnown = this.#exchanges.get(settings.name) === bound.source
    if (settings.autoDelete && outgoing.size === 0 && isKnown) this.removeExchange(bound.source)
  }
}

function addTo<Key, Member>(groups: Map<Key, Set<Member>>, key: Key, member: Member): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, new Set([member]))
  else group.add(member)
}

function removeFrom<Key, Member>(groups: Map<Key, Set<Member>>, key: Key, member: Member): void {
  const group = groups.get(key)
  if (group?.delete(member) === true && group.size === 0) groups.delete(key)
}

function incomingOf({ destination }: Bound): Set<Bound> {
  return destination.kind === "queue" ? destination.queue.incoming : destination.exchange.incoming
}

function identityOfBinding({ destination, key, arguments: bindingArguments }: Binding): string {
  return JSON.stringify([destination.kind, destination.name, key, identityOf(bindingArguments)])
}
