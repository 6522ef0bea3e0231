import { filterToPattern, type Message } from "@polymq/message"
import type { Access, Receipt } from "../api/access.ts"
import type { Arguments } from "../api/arguments.ts"
import type { ClientSession, SessionRequest } from "../api/client-session.ts"
import type { Consumer } from "../api/consumer.ts"
import type { Entry } from "../api/entry.ts"
import { BrokerError } from "../api/errors.ts"
import type { Holder } from "../api/holder.ts"
import type { Binding, ExchangeSettings, QueueDetails, QueueSettings, QueueStatus } from "../api/topology.ts"
import type { BrokerContext } from "../broker-context.ts"
import { alternateOf } from "../exchange/exchange.ts"
import { RESERVED_PREFIX, TOPIC_EXCHANGE } from "../exchange/predeclared.ts"
import { HeldEntry } from "../queue/held-entry.ts"
import type { Queue } from "../queue/queue.ts"
import { CONSUMER_ARGUMENTS, checkArguments, EXCHANGE_ARGUMENTS, QUEUE_ARGUMENTS } from "../queue/queue-arguments.ts"
import { withDefaultType } from "../queue/queue-type.ts"
import { quorumFault } from "../queue/quorum-fault.ts"
import { isReplyAddress, REPLY_ADDRESS, replyQueue } from "../queue/reply-queue.ts"
import type { Vhost } from "../vhost.ts"
import { checkSameExchange, checkSameQueue } from "./declaration.ts"
import { Publisher } from "./publisher.ts"
import type { Rights } from "./rights.ts"

/** A vhost as one connection of one user may use it: the only way from a door to what the broker holds. */
export class VhostAccess implements Access {
  readonly connection: number
  readonly #vhost: Vhost
  readonly #context: BrokerContext
  readonly #rights: Rights
  readonly #publisher: Publisher
  /** Channels that are open. */
  #channels = 0

  constructor(vhost: Vhost, context: BrokerContext, rights: Rights, connection: number) {
    this.connection = connection
    this.#vhost = vhost
    this.#context = context
    this.#rights = rights
    this.#publisher = new Publisher(vhost, context, rights)
  }

  get vhost(): string {
    return this.#vhost.name
  }

  get user(): string {
    return this.#rights.user
  }

  checkExchange(name: string): void {
    checkNotDefault(name)
    this.#rights.checkAny("exchange", name)
    this.#vhost.existingExchange(name)
  }

  declareExchange(settings: ExchangeSettings): void {
    const { name } = settings
    checkNotDefault(name)
    this.#rights.check("configure", "exchange", name)
    const current = this.#vhost.exchange(name)
    if (current !== undefined) {
      checkSameExchange(settings, current.settings, this.vhost)
      return
    }
    checkNotReserved("exchange", name)
    checkArguments(settings.arguments, EXCHANGE_ARGUMENTS, `exchange '${name}' in vhost '${this.vhost}'`)
    const alternate = alternateOf(settings.arguments)
    if (alternate !== undefined) {
      this.#rights.check("read", "exchange", name)
      this.#rights.check("write", "exchange", alternate)
    }
    this.#vhost.addExchange(settings)
  }

  deleteExchange(name: string, { ifUnused }: { readonly ifUnused: boolean }): void {
    checkNotDefault(name)
    checkNotReserved("exchange", name)
    this.#rights.check("configure", "exchange", name)
    const exchange = this.#vhost.exchange(name)
    if (exchange === undefined) return
    if (ifUnused && exchange.outgoing.size > 0) {
      throw new BrokerError("PRECONDITION_FAILED", `exchange '${name}' in vhost '${this.vhost}' in use`)
    }
    this.#vhost.removeExchange(exchange)
  }

  bind(binding: Binding): void {
    this.#checkBinding(binding)
    this.#vhost.bind(binding)
  }

  unbind(binding: Binding): void {
    this.#checkBinding(binding)
    this.#vhost.unbind(binding)
  }

  bindingsBetween(source: string, destination: Binding["destination"]): readonly Binding[] {
    this.#checkBindingRights(source, destination)
    const { kind, name } = destination
    const bound = kind === "queue" ? this.#vhost.queue(name) : this.#vhost.exchange(name)
    return [...(bound?.incoming ?? [])].map(({ binding }) => binding).filter((binding) => binding.source === source)
  }

  checkQueue(name: string): QueueStatus {
    if (isReplyAddress(name)) return this.#replyStatus(name)
    this.#rights.checkAny("queue", name)
    const queue = this.#unlocked(this.#vhost.existingQueue(name))
    queue.renewLease()
    return queue.status
  }

  describeQueue(name: string): QueueDetails {
    this.#rights.checkAny("queue", name)
    const { settings, status, policies } = this.#vhost.existingQueue(name)
    return {
      settings,
      messages: status.messages,
      consumers: status.consumers,
      policy: policies.policy?.name,
      operatorPolicy: policies.operatorPolicy?.name,
    }
  }

  declareQueue(given: QueueSettings): QueueStatus {
    if (isReplyAddress(given.name)) return this.#replyStatus(given.name)
    const asked = withDefaultType(given, this.#vhost.defaultQueueType)
    const settings = asked.name === "" ? { ...asked, name: `amq.gen-${this.#context.randomId()}` } : asked
    const { name } = settings
    this.#rights.check("configure", "queue", name)
    const current = this.#vhost.queue(name)
    if (current !== undefined) {
      if ((this.#unlocked(current).owner !== undefined) !== settings.exclusive) throw locked(name, this.vhost)
      checkSameQueue(settings, current.settings, this.vhost)
      current.renewLease()
      return current.status
    }
    this.#vhost.checkRoomFor(name)
    if (asked.name !== "") checkNotReserved("queue", name)
    const subject = `queue '${name}' in vhost '${this.vhost}'`
    checkArguments(settings.arguments, QUEUE_ARGUMENTS, subject)
    const fault = quorumFault(asked, subject)
    if (fault !== undefined) throw new BrokerError("PRECONDITION_FAILED", fault)
    this.#checkDeadLetterExchange(settings)
    return this.#vhost.addQueue(settings, settings.exclusive ? this.connection : undefined).status
  }

  purgeQueue(name: string): number {
    this.#rights.check("read", "queue", name)
    return this.#unlocked(this.#vhost.existingQueue(name)).purge()
  }

  deleteQueue(name: string, options: { readonly ifUnused: boolean; readonly ifEmpty: boolean }): number {
    this.#rights.check("configure", "queue", name)
    const queue = this.#vhost.queue(name)
    if (queue === undefined) return 0
    const { messages, consumers } = this.#unlocked(queue).status
    if (options.ifUnused && consumers > 0) {
      throw new BrokerError("PRECONDITION_FAILED", `queue '${name}' in vhost '${this.vhost}' in use`)
    }
    if (options.ifEmpty && messages > 0) {
      throw new BrokerError("PRECONDITION_FAILED", `queue '${name}' in vhost '${this.vhost}' is not empty`)
    }
    return this.#vhost.removeQueue(queue)
  }

  get(
    name: string,
    settled: boolean,
  ): { readonly holder: Holder; readonly entry: Entry; readonly remaining: number } | undefined {
    this.#rights.check("read", "queue", name)
    const holder = this.#unlocked(this.#vhost.existingQueue(name))
    if (holder.isSingleActive) {
      throw new BrokerError(
        "RESOURCE_LOCKED",
        `cannot obtain access to locked queue '${name}' in vhost '${this.vhost}'. basic.get operations are not supported by queues with single active consumer`,
      )
    }
    holder.renewLease()
    const entry = holder.get(settled)
    return entry === undefined ? undefined : { holder, entry, remaining: holder.status.messages }
  }

  consume(name: string, consumer: Consumer, options: Arguments): Holder {
    if (name === REPLY_ADDRESS) return this.#consumeReplies(consumer)
    this.#rights.check("read", "queue", name)
    const queue = this.#unlocked(this.#vhost.existingQueue(name))
    const subject = `consumer of queue '${name}' in vhost '${this.vhost}'`
    checkArguments(options, CONSUMER_ARGUMENTS, subject)
    const isTaken = queue.isSingleActive || queue.status.consumers > 0
    if (queue.hasExclusiveConsumer || (consumer.exclusive && isTaken)) {
      throw new BrokerError("ACCESS_REFUSED", `queue '${name}' in vhost '${this.vhost}' in exclusive use`)
    }
    queue.attach(consumer, Number(options.get("x-priority") ?? 0))
    return queue
  }

  amend(entry: Entry, message: Message): void {
    if (!(entry instanceof HeldEntry) || !entry.isUnsettled) return
    this.#context.memory.hold(message)
    this.#context.memory.release(entry.message)
    entry.message = message
  }

  publish(message: Message): Receipt {
    return this.#publisher.publish(message)
  }

  openSession(request: SessionRequest): { readonly session: ClientSession; readonly present: boolean } {
    this.#rights.clientId = request.clientId
    return this.#vhost.sessions.open(request, this.#publisher)
  }

  retain(message: Message): void {
    this.#rights.check("write", "exchange", message.exchange)
    this.#vhost.retained.retain(message)
  }

  mayRead(topicFilter: string): boolean {
    if (!this.#rights.allows("read", TOPIC_EXCHANGE)) return false
    return this.#rights.topicRule("read", TOPIC_EXCHANGE)?.allows(filterToPattern(topicFilter)) ?? true
  }

  openChannel(): void {
    this.#context.census.openChannel(this.user, this.#rights.limits)
    this.#channels++
  }

  closeChannel(): void {
    this.#context.census.closeChannels(this.user, 1)
    this.#channels--
  }

  close(): void {
    this.#context.census.closeChannels(this.user, this.#channels)
    this.#channels = 0
    this.#vhost.removeExclusive(this.connection)
  }

  /** A queue brings no messages into an exchange that its declarer may not publish to. Raises `ACCESS_REFUSED`. */
  #checkDeadLetterExchange({ name, arguments: declared }: QueueSettings): void {
    const exchange = declared.get("x-dead-letter-exchange")
    if (typeof exchange !== "string") return
    this.#rights.check("read", "queue", name)
    this.#rights.check("write", "exchange", exchange)
  }

  #consumeReplies(consumer: Consumer): Holder {
    if (!consumer.settlesOnDelivery) {
      throw new BrokerError("PRECONDITION_FAILED", "reply consumer cannot acknowledge")
    }
    const queue = this.#vhost.addQueue(replyQueue(this.#context.randomId()), this.connection)
    queue.attach(consumer)
    return queue
  }

  /** Whether a requester still listens is everybody's to ask who was given its address. */
  #replyStatus(name: string): QueueStatus {
    if (name !== REPLY_ADDRESS) this.#vhost.existingQueue(name)
    return { name, messages: 0, consumers: 1 }
  }

  #checkBinding({ source, destination, key }: Binding): void {
    this.#checkBindingRights(source, destination)
    const isTopic = this.#vhost.exchange(source)?.settings.type === "topic"
    const rule = isTopic ? this.#rights.topicRule("read", source) : undefined
    if (rule !== undefined) this.#rights.checkTopic("read", rule, source, key)
    if (destination.kind === "exchange") return
    const queue = this.#vhost.queue(destination.name)
    if (queue !== undefined) this.#unlocked(queue)
  }

  #checkBindingRights(source: string, destination: Binding["destination"]): void {
    checkNotDefault(source)
    if (destination.kind === "exchange") checkNotDefault(destination.name)
    this.#rights.check("write", destination.kind, destination.name)
    this.#rights.check("read", "exchange", source)
  }

  /** Raises `RESOURCE_LOCKED` when the queue is another connection's. */
  #unlocked(queue: Queue): Queue {
    if (queue.owner === undefined || queue.owner === this.connection) return queue
    throw locked(queue.name, this.vhost)
  }
}

function locked(name: string, vhost: string): BrokerError {
  return new BrokerError(
    "RESOURCE_LOCKED",
    `cannot obtain exclusive access to locked queue '${name}' in vhost '${vhost}'. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`,
  )
}

function checkNotDefault(exchange: string): void {
  if (exchange === "") throw new BrokerError("ACCESS_REFUSED", "operation not permitted on the default exchange")
}

function checkNotReserved(kind: "exchange" | "queue", name: string): void {
  if (!name.startsWith(RESERVED_PREFIX)) return
  throw new BrokerError("ACCESS_REFUSED", `${kind} name '${name}' contains reserved prefix 'amq.*'`)
}
