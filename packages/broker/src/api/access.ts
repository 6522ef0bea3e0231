import type { Message } from "@polymq/message"
import type { Arguments } from "./arguments.ts"
import type { ClientSession, SessionRequest } from "./client-session.ts"
import type { Consumer } from "./consumer.ts"
import type { Entry } from "./entry.ts"
import type { Holder } from "./holder.ts"
import type { Ticket } from "./store.ts"
import type { Binding, ExchangeSettings, QueueDetails, QueueSettings, QueueStatus } from "./topology.ts"

/** What became of a publish. The broker's own object, overwritten by the next publish: read it at once. */
export interface Receipt {
  readonly result:
    | "routed"
    /** No holder wanted it; nothing was stored. */
    | "unroutable"
    /** A holder of the route would not admit it: the others have it. Or it has to be stored and the store has failed: nobody has it. */
    | "refused"
  /** Acknowledge to the publisher once the watermark reaches this; 0: at once. */
  readonly waitFor: Ticket
  /** Name of the full queue that refused it; undefined when that was not the reason. */
  readonly refusedBy: string | undefined
}

/**
 * A vhost as one connection may use it: every operation checks the user's permissions and the ownership of exclusive
 * queues. All raise `BrokerError`. Exclusive queues end with `close()`.
 */
export interface Access {
  readonly vhost: string
  readonly user: string
  /** Number of the connection. */
  readonly connection: number

  /** `NOT_FOUND` when there is none: a passive declaration. */
  checkExchange(name: string): void
  /** `PRECONDITION_FAILED` when it exists with other settings. */
  declareExchange(settings: ExchangeSettings): void
  /** Succeeds when there is none. `PRECONDITION_FAILED` when in use and `ifUnused`. */
  deleteExchange(name: string, options: { readonly ifUnused: boolean }): void
  /** `NOT_FOUND` when source or destination are missing. */
  bind(binding: Binding): void
  /** Succeeds when there is no such binding. */
  unbind(binding: Binding): void
  /** The bindings from an exchange to one destination, in the order of their making; none when either is missing. The rights are those of `bind`. */
  bindingsBetween(source: string, destination: Binding["destination"]): readonly Binding[]

  /** `NOT_FOUND` when there is none, `RESOURCE_LOCKED` when it is another connection's: a passive declaration. */
  checkQueue(name: string): QueueStatus
  /** A queue, whoever owns it. `NOT_FOUND` when there is none. */
  describeQueue(name: string): QueueDetails
  /** `LIMIT_EXCEEDED` when the vhost has as many queues as it may. One without a type is of the vhost's default type, where it can be. */
  declareQueue(settings: QueueSettings): QueueStatus
  /** Messages removed. Unsettled ones stay. */
  purgeQueue(name: string): number
  /** Messages removed; 0 when there is no such queue. */
  deleteQueue(name: string, options: { readonly ifUnused: boolean; readonly ifEmpty: boolean }): number

  /** The next message of a queue; already accepted when `settled`. `RESOURCE_LOCKED` where only one consumer is served. */
  get(
    queue: string,
    settled: boolean,
  ): { readonly holder: Holder; readonly entry: Entry; readonly remaining: number } | undefined
  /**
   * Attaches a consumer to a queue. `amq.rabbitmq.reply-to` stands for a queue of its own, which ends with the consumer:
   * the holder's name is what doors write in place of that address into `reply_to`; `PRECONDITION_FAILED` unless it
   * settles on delivery. `ACCESS_REFUSED` beside an exclusive one, and exclusively where only one consumer is served
   * anyway. Its `arguments` are checked as a declaration's are; `x-priority` puts it before those of a lower one.
   */
  consume(queue: string, consumer: Consumer, options: Arguments): Holder

  /**
   * Gives a delivery under way another message, before it is settled: the same one with what its consumer has added. The
   * store keeps the message as it was published.
   */
  amend(entry: Entry, message: Message): void

  /** Routes, stores and enqueues. `NOT_FOUND` without the exchange, `ACCESS_REFUSED` without permission or when it is internal. */
  publish(message: Message): Receipt

  /** Opens, resumes or takes over a session; `present` when an earlier one goes on. */
  openSession(request: SessionRequest): { readonly session: ClientSession; readonly present: boolean }
  /**
   * Keeps the message for later subscribers of its topic, or removes the kept one when its body is empty. `LIMIT_EXCEEDED`
   * when the retained messages have reached their limits or the topic has too many levels; scope message.
   */
  retain(message: Message): void
  /** Whether the user may read what the filter or topic matches; `publish` checks writing itself. */
  mayRead(topicFilter: string): boolean

  /** Counts a channel that the connection opens. `LIMIT_EXCEEDED` of the connection when the user has as many as they may. */
  openChannel(): void
  closeChannel(): void

  /** Ends what ends with a connection: exclusive queues, the count of its channels. Consumers and sessions are the door's to detach before. Idempotent. */
  close(): void
}
