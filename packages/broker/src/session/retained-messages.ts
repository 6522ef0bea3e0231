import { keyToTopic, type Message, messageBytes } from "@polymq/message"
import { BrokerError } from "../api/errors.ts"
import type { BrokerContext } from "../broker-context.ts"
import type { Expirable } from "../expirable.ts"
import { checkTopicLevels } from "./topic-levels.ts"
import { TopicTree } from "./topic-tree.ts"
import type { TopicWalk } from "./topic-walk.ts"

/** A message that is kept for later subscribers. */
export interface Retained {
  readonly topic: string
  readonly message: Message
  /** Milliseconds since 1970; Infinity for never. */
  readonly expiresAtMs: number
}

/** The retained messages of a vhost (MQTT 5.0 section 3.3.1.3): at most one per topic. */
export class RetainedMessages implements Expirable {
  readonly #context: BrokerContext
  readonly #byTopic = new TopicTree<Retained>()
  /** Those that end by themselves. */
  readonly #ending = new Set<Retained>()
  #count = 0
  #bytes = 0

  constructor(context: BrokerContext) {
    this.#context = context
  }

  get count(): number {
    return this.#count
  }

  /** Keeps the message, or removes what is kept when its body is empty. Raises `LIMIT_EXCEEDED` of message scope. */
  retain(message: Message): void {
    const topic = message.topic ?? keyToTopic(message.routingKey)
    const earlier = this.#byTopic.get(topic)
    if (message.bodyStart === message.bodyEnd) {
      if (earlier !== undefined) this.#remove(earlier)
      return
    }
    this.#checkLimits(topic, message, earlier)
    this.#context.memory.hold(message)
    if (earlier !== undefined) this.#remove(earlier)
    const expiresAtMs = message.ttlMs === undefined ? Number.POSITIVE_INFINITY : message.receivedAtMs + message.ttlMs
    const retained = { topic, message, expiresAtMs }
    this.#byTopic.set(topic, retained)
    this.#count++
    this.#bytes += messageBytes(message)
    if (expiresAtMs === Number.POSITIVE_INFINITY) return
    this.#ending.add(retained)
    this.#context.expiring.add(this)
  }

  /** A walk over the messages whose topic the filter matches, among them some whose time is over. */
  walk(filter: string): TopicWalk<Retained> {
    return this.#byTopic.walk(filter)
  }

  expire(nowMs: number): boolean {
    for (const retained of this.#ending) {
      if (retained.expiresAtMs > nowMs) continue
      this.#context.counters.expired++
      this.#remove(retained)
    }
    return this.#ending.size > 0
  }

  #remove(retained: Retained): void {
    this.#byTopic.delete(retained.topic)
    this.#ending.delete(retained)
    this.#count--
    this.#bytes -= messageBytes(retained.message)
    this.#context.memory.release(retained.message)
  }

  #checkLimits(topic: string, message: Message, earlier: Retained | undefined): void {
    const { maxRetainedMessages, maxRetainedBytes, maxTopicLevels } = this.#context.limits
    checkTopicLevels(topic, maxTopicLevels)
    const count = this.#count + (earlier === undefined ? 1 : 0)
    const bytes = this.#bytes + messageBytes(message) - (earlier === undefined ? 0 : messageBytes(earlier.message))
    if (count <= maxRetainedMessages && bytes <= maxRetainedBytes) return
    throw new BrokerError("LIMIT_EXCEEDED", "retained messages have reached their limit", { scope: "message" })
  }
}
