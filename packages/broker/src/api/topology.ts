import type { Arguments } from "./arguments.ts"

/** How an exchange chooses among its bindings (AMQP 0.9.1 section 3.1.3; headers: section 3.1.3.4). */
export type ExchangeType = "direct" | "fanout" | "topic" | "headers"

/** What an exchange is declared with. */
export interface ExchangeSettings {
  readonly name: string
  readonly type: ExchangeType
  readonly durable: boolean
  readonly autoDelete: boolean
  /** Clients may not publish to it. */
  readonly internal: boolean
  readonly arguments: Arguments
}

/** What a queue is declared with. */
export interface QueueSettings {
  /** Empty: the broker makes up a name `amq.gen-…`. */
  readonly name: string
  readonly durable: boolean
  /** Only the declaring connection may use it, and it ends with that connection. */
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly arguments: Arguments
}

/** A binding's identity: two bindings with equal parts are one. */
export interface Binding {
  readonly source: string
  readonly destination: { readonly kind: "queue" | "exchange"; readonly name: string }
  readonly key: string
  readonly arguments: Arguments
}

/** Answer to a declaration. */
export interface QueueStatus {
  readonly name: string
  /** Messages ready for delivery. */
  readonly messages: number
  readonly consumers: number
}

/** A queue as somebody sees it who asks about it: how it was declared, and what it holds. */
export interface QueueDetails {
  readonly settings: QueueSettings
  /** Messages ready for delivery. */
  readonly messages: number
  readonly consumers: number
  /** Name of the policy that applies; undefined when none does. */
  readonly policy: string | undefined
  /** Name of the operator policy that applies; undefined when none does. */
  readonly operatorPolicy: string | undefined
}
