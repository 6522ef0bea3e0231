import type { Message, MessageDraft } from "@polymq/message"
import {
  type ConsumerBehaviour,
  LOOPBACK,
  manualTurn,
  publishedMessage,
  RecordingConsumer,
  SilentSession,
} from "@polymq/testkit"
import type { Access, Receipt } from "../api/access.ts"
import type { Policy, PolicyKind } from "../api/administration.ts"
import type { Argument } from "../api/arguments.ts"
import type { Entry, Outcome } from "../api/entry.ts"
import type { QueueSettings } from "../api/topology.ts"
import { type BrokerCore, type BrokerOptions, createBrokerCore } from "../broker-core.ts"

/** Arguments by name. */
export type Declared = Readonly<Record<string, Argument>>

/** A message that was fetched and is not settled. */
export interface Fetched {
  readonly body: string
  readonly entry: Entry
  settle(outcome: Outcome): void
}

/** A broker on a manual turn, seen by those who declare, fill and empty queues. */
export class QueueStage {
  readonly turn = manualTurn()
  readonly broker: BrokerCore
  readonly access: Access

  constructor(options: Omit<BrokerOptions, "turn"> = {}) {
    this.broker = createBrokerCore({ ...options, turn: this.turn })
    void this.broker.open()
    this.access = this.connected()
  }

  /** The default vhost as a user sees it through a connection of its own. */
  connected(name = "guest"): Access {
    return this.broker.access(this.broker.connect(new SilentSession(), LOOPBACK, "test"), { name, tags: [] }, "/")
  }

  /** Declares a transient queue; a quorum queue is durable. */
  declare(name: string, declared: Declared = {}, more: Partial<QueueSettings> = {}): void {
    const durable = declared["x-queue-type"] === "quorum"
    const settings = { name, durable, exclusive: false, autoDelete: false, ...more }
    this.access.declareQueue({ ...settings, arguments: new Map(Object.entries(declared)) })
  }

  /** Sets a policy for names that begin with its own, unless `more` says otherwise. */
  setPolicy(name: string, definition: Declared, more: Partial<Policy> & { readonly kind?: PolicyKind } = {}): void {
    const { kind = "policy", ...facts } = more
    const policy: Policy = {
      name,
      pattern: `^${name}`,
      applyTo: "all",
      priority: 0,
      definition: new Map(Object.entries(definition)),
      ...facts,
    }
    this.broker.administer("/").setPolicy(kind, policy)
  }

  clearPolicy(name: string, kind: PolicyKind = "policy"): boolean {
    return this.broker.administer("/").clearPolicy(kind, name)
  }

  /** Publishes through the default exchange, unless `facts` name another one. */
  publish(routingKey: string, body: string, facts: Partial<MessageDraft> = {}): Receipt["result"] {
    const message = publishedMessage(body, { routingKey, receivedAtMs: this.turn.nowMs(), ...facts })
    return this.access.publish(message).result
  }

  consume(queue: string, behaviour: ConsumerBehaviour = {}, declared: Declared = {}): RecordingConsumer {
    const consumer = new RecordingConsumer(behaviour)
    consumer.holder = this.access.consume(queue, consumer, new Map(Object.entries(declared)))
    return consumer
  }

  /** Raises `RangeError` when the queue is empty. */
  get(queue: string): Fetched {
    const found = this.access.get(queue, false)
    if (found === undefined) throw new RangeError(`queue '${queue}' is empty`)
    const { holder, entry } = found
    return { body: bodyOf(entry.message), entry, settle: (outcome) => holder.settle(entry, outcome) }
  }

  /** What is ready, in the order of delivery. */
  ready(queue: string): readonly string[] {
    return this.broker.inspect("/", queue).map(bodyOf)
  }

  endTurn(): void {
    this.turn.endTurn()
  }

  /** Lets time pass, looks through what may have expired, and ends the turn. */
  pass(ms: number): void {
    this.turn.advance(ms)
    this.broker.tick(this.turn.nowMs())
    this.turn.endTurn()
  }
}

/** A message's payload as text. */
export function bodyOf({ body, bodyStart, bodyEnd }: Message): string {
  return new TextDecoder().decode(body.subarray(bodyStart, bodyEnd))
}
